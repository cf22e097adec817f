"""Concealed allocation that anyone can check afterwards: commit to a secret first, reveal it at unblinding.

The arms of one list (study and stratum) are permuted blocks whose order comes from
HMAC-SHA256(secret, study | stratum | block). The SHA-256 of the secret is entered when the study opens,
so nobody can choose it later; sites, who lack the secret, cannot predict. A place in a list is taken by an
entry under a unique constraint, so two takers never get the same one.
"""

import hashlib
import hmac

import polars as pl

from calcitrial.protocol import Problem, Protocol, refuse
from calcitrial.record import Author, Cut, Draft, Gateway, Place, Receipt, current_rows, tabulate

ALLOCATED = {"none": "nobody", "participant": "participants", "lesion": "lesions"}
INSTEAD = {"none": "Leave the allocation out.", "participant": "Use allocate.", "lesion": "Use allocate_lesions."}


def commitment(secret: bytes) -> str:
    """Return the SHA-256 that is published before the first allocation."""
    return hashlib.sha256(secret).hexdigest()


def commit(gateway: Gateway, secret: bytes, by: Author) -> Receipt:
    """Enter the commitment to the allocation secret; the secret itself never enters the record."""
    place = Place("", "allocation_commitment")
    return gateway.enter([Draft(place, {"secret_sha256": commitment(secret)})], by)


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


def allocate(gateway: Gateway, secret: bytes, participant: str, by: Author) -> str:
    """Take the next free place of the participant's stratum and return the arm; once only.

    Raises RefusedError when the protocol allocates no participants, the participant is not enrolled or
    has an arm, or the secret is not the one committed to.
    """
    _ready(gateway, secret, participant, "participant")
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
    """Freeze the participant's list of target lesions as it stands and return the arm of each; once only.

    Raises RefusedError when the protocol allocates no lesions, the participant is not enrolled, has no target
    lesion or has arms already, or the secret is not the one committed to.
    """
    _ready(gateway, secret, participant, "lesion")
    rows = current_rows(gateway.study, participant)
    table = tabulate(gateway.protocol, rows, "lesion").filter(role="target")
    refuse(_unfreezable(participant, table, tabulate(gateway.protocol, rows, "lesion_allocation")))
    lesions = sorted(table["lesion"], key=lambda lesion: int(lesion.rsplit("-L", 1)[1]))
    arms = {lesion: arm_at(gateway.protocol, secret, participant, slot) for slot, lesion in enumerate(lesions, 1)}
    gateway.enter(
        [
            Draft(Place(participant, "lesion_allocation", lesion=lesion), {"lesion_arm": arm})
            for lesion, arm in arms.items()
        ],
        by,
    )
    return arms


def _unfreezable(participant: str, targets: pl.DataFrame, given: pl.DataFrame) -> list[Problem]:
    """Return why the list cannot be frozen: who adds a lesion later could guess its arm from the block."""
    if given.height:
        what = f"The lesions of {participant} were allocated before."
        return [Problem(participant, what, "A lesion that is found later stays without an arm.")]
    if not targets.height:
        return [Problem(participant, f"{participant} has no target lesion.", "Put the lesions on the body map first.")]
    return []


def allocation_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return that an arm cannot be entered like any other form: it comes from the committed list alone."""
    if draft.place.form not in ("allocation", "lesion_allocation", "allocation_slot", "allocation_commitment"):
        return []
    what = f"The form {draft.place.form} is not entered by hand."
    return [Problem(str(draft.place), what, "Use allocate, which draws the arm from the committed list.")]


def _ready(gateway: Gateway, secret: bytes, participant: str, unit: str) -> None:
    planned = gateway.protocol.allocation.unit
    if planned != unit:
        what = f"Protocol {gateway.study} allocates {ALLOCATED[planned]}, not {ALLOCATED[unit]}."
        refuse([Problem(participant, what, INSTEAD[planned])])
    if not tabulate(gateway.protocol, current_rows(gateway.study, participant), "enrolment").height:
        refuse([Problem(participant, f"{participant} is not enrolled.", "Enrol before allocating.")])
    committed = tabulate(gateway.protocol, _study_rows(gateway), "allocation_commitment")
    if not committed.height or committed["secret_sha256"][0] != commitment(secret):
        what = "The secret is not the one that the study committed to."
        refuse([Problem(gateway.study, what, "Use the committed secret.")])


def _study_rows(gateway: Gateway) -> pl.DataFrame:
    return current_rows(gateway.study).filter(participant="")


def _next_slot(gateway: Gateway, stratum: str) -> int:
    taken = tabulate(gateway.protocol, _study_rows(gateway), "allocation_slot")["repeat"]
    return 1 + sum(1 for place in taken if place.rsplit("/", 1)[0] == stratum)


def misallocated(cut: Cut, secret: bytes) -> tuple[str, ...]:
    """Return the participants whose arm is not the one that the revealed secret gives: anyone can check."""
    rows = cut.table("allocation").iter_rows(named=True)
    return tuple(
        row["participant"]
        for row in rows
        if row["arm"] != arm_at(cut.protocol, secret, row["stratum"] or "", int(row["slot"]))
    )
