"""One form as it stands in the record now, and what happened to it since somebody last looked."""

from dataclasses import dataclass

from calcitrial.record import store
from calcitrial.record.entry import Place
from calcitrial.record.trail import Step, history


@dataclass(frozen=True)
class Standing:
    """A form now: how often it was entered or changed (0: never), and its values by item.

    A value that was cleared or redacted is there as ''.
    """

    version: int
    values: dict[str, str]


def standing_of(study: str, place: Place) -> Standing:
    """Return how a form stands now; version 0 and no values when nothing was entered there."""
    rows = [row for row in store.current(study, [place.participant], [place.form]) if store.place_of(row) == place]
    return Standing(max((row[6] for row in rows), default=0), {row[5]: row[7] for row in rows})


def values_at(study: str, place: Place, version: int) -> dict[str, str]:
    """Return the values of a form as somebody saw it who saw this version of it."""
    return {step.item: step.value for step in history(study, place) if 0 < step.version <= version}


def since(study: str, place: Place, version: int) -> list[Step]:
    """Return what was entered at a place after this version of it, in order; redactions are left out."""
    return [step for step in history(study, place) if step.version > version and step.place == place]
