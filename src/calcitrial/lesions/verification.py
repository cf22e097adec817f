"""Checking the allocation once its secret is revealed: every arm is computed again, and any other one is named.

What `Assignments.to_json` gives is enough for anybody else to check too, with a hash function and nothing of ours
(docs/check_allocation.py).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from calcitrial.lesions.allocation import arm_at, commitment
from calcitrial.lesions.listing import number_of
from calcitrial.protocol import Problem, Protocol, refuse
from calcitrial.record import Author, Cut, Draft, Gateway, Place, Receipt, current_rows, in_turn, tabulate


@dataclass(frozen=True)
class Assignment:
    """One assignment: of whom (participant, and lesion where lesions are allocated), from which place, to which arm."""

    participant: str
    lesion: str
    stratum: str
    slot: int
    arm: str

    @property
    def unit(self) -> str:
        """Return what was assigned: the lesion, or the participant."""
        return self.lesion or self.participant


@dataclass(frozen=True)
class Assignments:
    """Everything that an allocation rests on: the plan, the commitment, the secret once revealed, and who is where."""

    protocol: Protocol
    commitment: str
    secret: bytes
    assignments: tuple[Assignment, ...]
    listed: tuple[str, ...]

    def faults(self) -> tuple[str, ...]:
        """Return what does not fit, as sentences; none when every arm is the one that the secret gives.

        Before the secret is revealed, only the places are checked.
        """
        return (*self._secret_faults(), *self._place_faults(), *self._arm_faults())

    def wrong(self) -> tuple[Assignment, ...]:
        """Return the assignments whose arm is not the one that the revealed secret gives."""
        return tuple(a for a in self.assignments if self.secret and a.arm != self.expected(a))

    def expected(self, one: Assignment) -> str:
        """Return the arm that the secret gives at a place; '' for a place that no list has."""
        return arm_at(self.protocol, self.secret, one.stratum, one.slot) if one.slot > 0 else ""

    def _secret_faults(self) -> Iterator[str]:
        if self.secret and commitment(self.secret) != self.commitment:
            yield "The revealed secret is not the one that the study committed to."

    def _place_faults(self) -> Iterator[str]:
        taken = Counter((a.stratum, a.slot) for a in self.assignments)
        for (stratum, slot), times in sorted(taken.items()):
            if times > 1:
                yield f"Place {slot} of {stratum or 'the list'} is taken {times} times."
        for stratum in sorted({a.stratum for a in self.assignments}):
            slots = sorted(slot for one, slot in taken if one == stratum)
            if slots != list(range(1, len(slots) + 1)):
                yield f"The places of {stratum or 'the list'} are {slots}, not 1 to {len(slots)} without gaps."
        for lesion in sorted(set(self.listed) - {a.lesion for a in self.assignments}):
            yield f"{lesion} is on a drawn list and has no arm."

    def _arm_faults(self) -> Iterator[str]:
        for one in self.wrong():
            yield f"{one.unit} is in arm {one.arm or 'none'}; the secret gives {self.expected(one) or 'no such place'}."

    def to_json(self) -> dict[str, object]:
        """Return all of it, ready for JSON, for a check by somebody else."""
        plan = self.protocol.allocation
        return {
            "study": self.protocol.id,
            "arms": [arm.id for arm in self.protocol.arms],
            "ratio": list(plan.ratio),
            "block": plan.block,
            "commitment": self.commitment,
            "secret": self.secret.hex(),
            "assignments": [asdict(one) for one in self.assignments] if self.secret else [],
        }


def assignments_of(cut: Cut, secret: bytes = b"") -> Assignments:
    """Return every assignment of a cut with the secret that was revealed in it, or with the one given."""
    told = _first(cut, "allocation_secret", "secret")
    found = _of_lesions(cut) if cut.protocol.allocation.unit == "lesion" else _of_participants(cut)
    drawn = {a.participant for a in found}
    listed = tuple(lesion for code, lesions in _lists(cut).items() if code in drawn for lesion in lesions)
    promised = _first(cut, "allocation_commitment", "secret_sha256")
    return Assignments(cut.protocol, promised, secret or bytes.fromhex(told), found, listed)


def _first(cut: Cut, form: str, item: str) -> str:
    table = cut.table(form) if cut.protocol.form(form) is not None else None
    return str(table[item][0] or "") if table is not None and table.height else ""


def _of_participants(cut: Cut) -> tuple[Assignment, ...]:
    if cut.protocol.form("allocation") is None:
        return ()
    return tuple(
        Assignment(row["participant"], "", row["stratum"] or "", int(row["slot"] or 0), row["arm"] or "")
        for row in cut.table("allocation").iter_rows(named=True)
    )


def _of_lesions(cut: Cut) -> tuple[Assignment, ...]:
    """Return the lesions at the places of their lists; those of a study without lists in the order of their numbers."""
    if cut.protocol.form("lesion_allocation") is None:
        return ()
    lists, found = _lists(cut), []
    own: dict[str, dict[str, str]] = {}
    for row in cut.table("lesion_allocation").iter_rows(named=True):
        own.setdefault(row["participant"], {})[row["lesion"]] = row["lesion_arm"] or ""
    for participant, arms in own.items():
        order = lists.get(participant) or tuple(sorted(arms, key=number_of))
        for lesion, arm in arms.items():
            slot = order.index(lesion) + 1 if lesion in order else 0
            found.append(Assignment(participant, lesion, participant, slot, arm))
    return tuple(sorted(found, key=lambda a: (a.participant, a.slot)))


def _lists(cut: Cut) -> dict[str, tuple[str, ...]]:
    table = cut.table("lesion_list")
    return {row["participant"]: tuple((row["listed_lesions"] or "").split()) for row in table.iter_rows(named=True)}


def misallocated(cut: Cut, secret: bytes) -> tuple[str, ...]:
    """Return the participants or lesions whose arm is not the one that the revealed secret gives: anyone can check."""
    return tuple(one.unit for one in assignments_of(cut, secret).wrong())


def reveal(gateway: Gateway, secret: bytes, reason: str, by: Author) -> Receipt:
    """Enter the secret of the allocation with the reason, so that anybody can check every arm; once only.

    Raises RefusedError before the study is locked, unless a data manager reveals it; without a reason; or for a
    secret that the study did not commit to.
    """
    with in_turn(gateway.study):
        forms = ["allocation_commitment", "allocation_secret", "lock"]
        rows = current_rows(gateway.study, forms=forms).filter(participant="")
        promised, told, locks = (tabulate(gateway.protocol, rows, form) for form in forms)
        place = gateway.study
        if not promised.height or promised["secret_sha256"][0] != commitment(secret):
            refuse([Problem(place, "The secret is not the one that the study committed to.", "Use that one.")])
        if told.height:
            refuse([Problem(place, "The secret was revealed before.", "Nothing is left to do.")])
        locked = bool(locks.filter(repeat="", locked="true").height)
        if not locked and by.role.replace("_", " ") != "data manager":
            what = "The study is not locked."
            refuse([Problem(place, what, "Lock it first, or let a data manager reveal the secret with a reason.")])
        values = {"secret": secret.hex(), "reveal_reason": reason}
        return gateway.enter([Draft(Place("", "allocation_secret"), values)], by)
