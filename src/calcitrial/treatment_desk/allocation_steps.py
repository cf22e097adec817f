"""How far the allocation of one participant has come, as steps that people read, and what may be done next."""

from dataclasses import dataclass

from calcitrial.lesions import LesionList, committed, drawn, list_of, targets
from calcitrial.record import Gateway, current_rows, tabulate


@dataclass(frozen=True)
class Progress:
    """Where one participant stands: the unit that is allocated, and which step is done.

    `targets` are the lesions that a list frozen now would hold.
    """

    unit: str
    enrolled: bool
    activated: bool
    lesions: LesionList | None
    targets: tuple[str, ...]
    drawn: bool

    @property
    def frozen(self) -> bool:
        """Return whether a list is frozen and signed."""
        return self.lesions is not None and self.lesions.signed

    @property
    def version(self) -> int:
        """Return the version of the list that a page shows; 0 before there is one."""
        return self.lesions.version if self.lesions else 0

    @property
    def may_freeze(self) -> bool:
        """Return whether a list can be frozen now."""
        return self.unit == "lesion" and not self.drawn and not (self.lesions and self.lesions.frozen)

    @property
    def may_open(self) -> bool:
        """Return whether the frozen list can be opened again."""
        return self.lesions is not None and self.lesions.frozen and not self.drawn

    @property
    def may_draw(self) -> bool:
        """Return whether everything is there for the draw."""
        ready = self.enrolled and self.activated and not self.drawn
        return ready and (self.unit == "participant" or self.frozen)

    @property
    def steps(self) -> list[tuple[bool, str, str]]:
        """Return the steps as (done, words, what to do when it is not)."""
        found = [
            (self.enrolled, "Enrolled", "Screen and enrol the participant first."),
            (self.activated, "The study has committed to its secret", "A data manager activates the allocation."),
        ]
        if self.unit == "lesion":
            instead = "The investigator freezes and signs the list of lesions."
            found.append((self.frozen or self.drawn, "The list of lesions is frozen and signed", instead))
        found.append((self.drawn, "Drawn", "Drawn once; nobody can repeat or undo it."))
        return found


def progress_of(gateway: Gateway, participant: str) -> Progress:
    """Return how far the allocation of a participant has come."""
    rows = current_rows(gateway.study, participant)
    protocol, unit = gateway.protocol, gateway.protocol.allocation.unit
    given = protocol.form("allocation") is not None and bool(tabulate(protocol, rows, "allocation").height)
    return Progress(
        unit=unit,
        enrolled=bool(tabulate(protocol, rows, "enrolment").height),
        activated=bool(committed(gateway)),
        lesions=list_of(protocol, rows, participant),
        targets=tuple(targets(protocol, rows)),
        drawn=drawn(protocol, rows) if unit == "lesion" else given,
    )
