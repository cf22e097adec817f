"""The injection of one lesion: what, how much, from which vial, guided how; only where it may be given."""

from dataclasses import dataclass

from calcitrial.protocol import Problem, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, tabulate

YES = {"true", "yes", "y", "1"}
WRONG = "Check participant and lesion; if it was injected nevertheless, say so as a deviation."


@dataclass(frozen=True)
class Injection:
    """One injection: concentration in mg/mL, volume in mL, vial, guidance, pain (0 to 10), needle and picture.

    `needle_gauge` is in G, `needle_length` in mm; `immediate_reaction` is 'none' or 'listed' (in forms of their own);
    `deviation` says what went against the protocol, as when the wrong lesion was injected.
    """

    concentration: float
    volume: float
    vial: str
    guidance: str
    pain_during: int | None = None
    pain_before: int | None = None
    pain_after: int | None = None
    needle_gauge: int | None = None
    needle_length: float | None = None
    guidance_image: str = ""
    immediate_reaction: str = ""
    deviation: str = ""


def injection_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why an injection cannot be entered (21 CFR 11.10(f): the permitted sequence of steps).

    The participant must be enrolled, and the lesion in an arm that is injected. An injection that was
    not given may be entered with its reason in any arm; one that was given to the wrong lesion when `deviation` says
    so, for the record holds what happened.
    """
    place = draft.place
    if place.form != "injection" or str(draft.values.get("injected", "true")).strip().lower() not in YES:
        return []
    rows = current_rows(gateway.study, place.participant)
    if not tabulate(gateway.protocol, rows, "enrolment").height:
        what = f"{place.participant} is not enrolled."
        return [Problem(place.participant, what, "Screen and enrol before the first injection.")]
    arm_id = arm_of(gateway, place.participant, place.lesion)
    arm = gateway.protocol.arm(arm_id)
    if (arm is not None and arm.treated) or str(draft.values.get("deviation") or "").strip():
        return []
    what = f"Lesion {place.lesion} is in arm {arm_id or 'none'}, which is not injected."
    return [Problem(f"{place.participant} {place.visit}", what, WRONG)]


def inject(gateway: Gateway, participant: str, visit: str, lesion: str, injection: Injection, by: Author) -> Receipt:
    """Enter the injection of one lesion at a visit that has begun.

    Raises RefusedError when the injection may not be given here, or a value is not admissible.
    """
    draft = Draft(Place(participant, "injection", visit, lesion), {**vars(injection), "injected": True})
    refuse(injection_problems(gateway, draft))
    return gateway.enter([draft], by)


def arm_of(gateway: Gateway, participant: str, lesion: str) -> str:
    """Return the arm of a lesion: its own, its participant's, or the only one; '' when not allocated yet."""
    rows = current_rows(gateway.study, participant)
    plan = gateway.protocol.allocation
    if plan.unit == "none":
        return gateway.protocol.arms[0].id if gateway.protocol.arms else ""
    if plan.unit == "participant":
        table = tabulate(gateway.protocol, rows, "allocation")
        return str(table["arm"][0]) if table.height else ""
    table = tabulate(gateway.protocol, rows, "lesion_allocation").filter(lesion=lesion)
    return str(table["lesion_arm"][0]) if table.height else ""
