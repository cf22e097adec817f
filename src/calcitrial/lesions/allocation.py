"""Concealed allocation that anyone can check afterwards: commit to a secret first, reveal it at unblinding.

The arms of one list (study and stratum) are permuted blocks whose order comes from
HMAC-SHA256(secret, study | stratum | block). The SHA-256 of the secret is entered when the study opens,
so nobody can choose it later; sites, who lack the secret, cannot predict. Who takes a place in a list waits for
their turn, and the place is an entry under a unique constraint, so two takers never get the same one.
"""

import hashlib
import hmac

from calcitrial.lesions.listing import LesionList, content_of, drawn, list_of
from calcitrial.protocol import Problem, Protocol, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, in_turn, tabulate

ALLOCATED = {"none": "nobody", "participant": "participants", "lesion": "lesions"}
INSTEAD = {"none": "Leave the allocation out.", "participant": "Use allocate.", "lesion": "Use allocate_lesions."}
BY_VERB = {
    "allocation": "allocate",
    "lesion_allocation": "allocate_lesions",
    "allocation_slot": "allocate",
    "allocation_commitment": "activate",
    "allocation_secret": "reveal",
    "sealed_codes": "seal",
    "lesion_list": "freeze",
}


def commitment(secret: bytes) -> str:
    """Return the SHA-256 that is published before the first allocation."""
    return hashlib.sha256(secret).hexdigest()


def commit(gateway: Gateway, secret: bytes, by: Author) -> Receipt:
    """Enter the commitment to the allocation secret; the secret itself does not enter the record here."""
    place = Place("", "allocation_commitment")
    return gateway.enter([Draft(place, {"secret_sha256": commitment(secret)})], by)


def committed(gateway: Gateway) -> str:
    """Return the commitment that stands in the record; '' before there is one."""
    if gateway.protocol.form("allocation_commitment") is None:
        return ""
    rows = current_rows(gateway.study, forms=["allocation_commitment"])
    table = tabulate(gateway.protocol, rows, "allocation_commitment")
    return str(table["secret_sha256"][0]) if table.height else ""


def arm_at(protocol: Protocol, secret: bytes, stratum: str, slot: int) -> str:
    """Return the arm at a place (1, 2, …) of the list of one stratum."""
    plan = protocol.allocation
    repeats = plan.block // sum(plan.ratio)
    pairs = zip(protocol.arms, plan.ratio, strict=True)
    block = [arm.id for arm, share in pairs for _ in range(share * repeats)]
    number, place = divmod(slot - 1, plan.block)
    message = f"{protocol.id}|{stratum}|{number}"
    order = sorted(range(plan.block), key=lambda i: _draw(secret, f"{message}|{i}"))
    return block[order[place]]


def _draw(secret: bytes, message: str) -> bytes:
    return hmac.new(secret, message.encode(), hashlib.sha256).digest()


def stratum_of(gateway: Gateway, participant: str) -> str:
    """Return the stratum of a participant, such as 'SSc'; '' when the protocol has no strata."""
    table = tabulate(gateway.protocol, current_rows(gateway.study, participant), "screening")
    row = table.row(0, named=True) if table.height else {}
    return "/".join(str(row.get(name) or "not known") for name in gateway.protocol.allocation.strata)


def draw_arms(gateway: Gateway, secret: bytes, participant: str, by: Author) -> dict[str, str]:
    """Draw whatever the protocol allocates and return the arm by participant or by lesion; see the two below."""
    if gateway.protocol.allocation.unit == "lesion":
        return allocate_lesions(gateway, secret, participant, by)
    return {participant: allocate(gateway, secret, participant, by)}


def allocate(gateway: Gateway, secret: bytes, participant: str, by: Author) -> str:
    """Take the next free place of the participant's stratum and return the arm; once only.

    Raises RefusedError when the protocol allocates no participants, the participant is not enrolled or
    has an arm, or the secret is not the one committed to.
    """
    with in_turn(gateway.study):
        _ready(gateway, secret, participant, "participant")
        if tabulate(gateway.protocol, current_rows(gateway.study, participant), "allocation").height:
            what = f"{participant} was allocated before."
            refuse([Problem(participant, what, "Each participant is allocated once.")])
        stratum = stratum_of(gateway, participant)
        slot = _next_slot(gateway, stratum)
        arm = arm_at(gateway.protocol, secret, stratum, slot)
        gateway.enter(
            [
                Draft(Place("", "allocation_slot", repeat=f"{stratum}/{slot}"), {"taken_by": participant}),
                Draft(Place(participant, "allocation"), {"arm": arm, "stratum": stratum, "slot": slot}),
            ],
            by,
        )
    return arm


def allocate_lesions(gateway: Gateway, secret: bytes, participant: str, by: Author) -> dict[str, str]:
    """Draw an arm for each lesion of the participant's frozen list and return them; once only.

    Raises RefusedError when the protocol allocates no lesions, the participant is not enrolled, the list is not
    frozen or its lesions are no longer what was signed, they have arms already, or the secret is not the one
    committed to.
    """
    with in_turn(gateway.study):
        _ready(gateway, secret, participant, "lesion")
        lesions = _listed(gateway, participant)
        arms = {lesion: arm_at(gateway.protocol, secret, participant, slot) for slot, lesion in enumerate(lesions, 1)}
        gateway.enter(
            [
                Draft(Place(participant, "lesion_allocation", lesion=lesion), {"lesion_arm": arm})
                for lesion, arm in arms.items()
            ],
            by,
        )
    return arms


def _listed(gateway: Gateway, participant: str) -> tuple[str, ...]:
    """Return the lesions of the frozen list, which may be drawn for: who adds one later could guess its arm."""
    rows = current_rows(gateway.study, participant)
    there = list_of(gateway.protocol, rows, participant)
    if drawn(gateway.protocol, rows):
        what = f"The lesions of {participant} were allocated before."
        refuse([Problem(participant, what, "A lesion that is found later stays without an arm.")])
    if there is None or not there.frozen:
        what = f"The list of lesions of {participant} is not frozen."
        refuse([Problem(participant, what, "The investigator freezes and signs it before the draw.")])
    if there is not None and not there.signed:
        what = f"No signature stands under the list of lesions of {participant}."
        refuse([Problem(participant, what, "Open the list with a reason, then freeze and sign it again.")])
    changed = _changed(gateway, participant, there) if there else []
    if changed:
        what = f"Since the list of {participant} was signed, {', '.join(changed)} changed."
        refuse([Problem(participant, what, "Open the list with a reason, look again, and freeze it.")])
    return there.lesions if there else ()


def _changed(gateway: Gateway, participant: str, there: LesionList) -> list[str]:
    """Return the listed lesions whose entry on the body map is not the one that was signed."""
    rows = current_rows(gateway.study, participant)
    now = content_of(gateway.protocol, rows, list(there.lesions)).splitlines()
    pairs = zip(there.content.splitlines(), now, strict=True)
    return [new.split()[0] for old, new in pairs if old.split()[:2] != new.split()[:2]]


def allocation_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return that an arm cannot be entered like any other form: it comes from the committed list alone."""
    verb = BY_VERB.get(draft.place.form)
    if verb is None:
        return []
    what = f"The form {draft.place.form} is not entered by hand."
    instead = "Use allocate, which draws the arm from the committed list." if verb == "allocate" else f"Use {verb}."
    return [Problem(str(draft.place), what, instead)]


def _ready(gateway: Gateway, secret: bytes, participant: str, unit: str) -> None:
    planned = gateway.protocol.allocation.unit
    if planned != unit:
        what = f"Protocol {gateway.study} allocates {ALLOCATED[planned]}, not {ALLOCATED[unit]}."
        refuse([Problem(participant, what, INSTEAD[planned])])
    if not tabulate(gateway.protocol, current_rows(gateway.study, participant), "enrolment").height:
        refuse([Problem(participant, f"{participant} is not enrolled.", "Enrol before allocating.")])
    if committed(gateway) != commitment(secret):
        what = "The secret is not the one that the study committed to."
        refuse([Problem(gateway.study, what, "Use the committed secret.")])


def _next_slot(gateway: Gateway, stratum: str) -> int:
    rows = current_rows(gateway.study, forms=["allocation_slot"])
    taken = tabulate(gateway.protocol, rows, "allocation_slot")["repeat"]
    return 1 + sum(1 for place in taken if place.rsplit("/", 1)[0] == stratum)
