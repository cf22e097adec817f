"""The injection of one lesion: what, how much, from which vial, guided how; only where it may be given."""

from dataclasses import dataclass

from calcitrial.protocol import Problem, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, tabulate


@dataclass(frozen=True)
class Injection:
    """One injection: concentration in mg/mL, volume in mL, vial, guidance, pain during it (0 to 10)."""

    concentration: float
    volume: float
    vial: str
    guidance: str
    pain_during: int | None = None


def inject(gateway: Gateway, participant: str, visit: str, lesion: str, injection: Injection, by: Author) -> Receipt:
    """Enter the injection of one lesion at a visit that has begun.

    Raises RefusedError when the participant is not enrolled, the lesion's arm is not treated or not
    allocated, or a value is not admissible (21 CFR 11.10(f): the permitted sequence of steps).
    """
    arm_id = arm_of(gateway, participant, lesion)
    arm = gateway.protocol.arm(arm_id)
    if arm is None or not arm.treated:
        what = f"Lesion {lesion} is in arm {arm_id or 'none'}, which is not injected."
        refuse([Problem(f"{participant} {visit}", what, "Check participant and lesion.")])
    values = {**vars(injection), "injected": True}
    return gateway.enter([Draft(Place(participant, "injection", visit, lesion), values)], by)


def arm_of(gateway: Gateway, participant: str, lesion: str) -> str:
    """Return the arm of a lesion: its own, its participant's, or the only one; '' when not allocated yet.

    Raises RefusedError when the participant is not enrolled.
    """
    rows = current_rows(gateway.study, participant)
    if not tabulate(gateway.protocol, rows, "enrolment").height:
        what = f"{participant} is not enrolled."
        refuse([Problem(participant, what, "Screen and enrol before the first injection.")])
    plan = gateway.protocol.allocation
    if plan.unit == "none":
        return gateway.protocol.arms[0].id if gateway.protocol.arms else ""
    if plan.unit == "participant":
        table = tabulate(gateway.protocol, rows, "allocation")
        return str(table["arm"][0]) if table.height else ""
    table = tabulate(gateway.protocol, rows, "lesion_allocation").filter(lesion=lesion)
    return str(table["lesion_arm"][0]) if table.height else ""
