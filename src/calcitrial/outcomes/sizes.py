"""Where a lesion's size comes from: the form of a picture, or what the blinded readers arrived at.

Either way a lesion has one size per visit: a value (0 for a lesion that was looked for and not found), or the reason
why there is none that may be used. One source never fills the gaps of the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from calcitrial.reading import UNFINISHED, Kind, standing_of
from calcitrial.record import Cut

By = Literal["automatic", "site", "reads"]
UNREADABLE = {
    "touches_bone": "it touches bone and awaits a reader",
    "at_edge": "it is cut by the edge of the image",
    "needs_reader": "the automatic measurement needs a reader",
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Quantity:
    """What of a picture is a size: the form and item of its first measurement, and who makes that one.

    The readers' forms call it by the same item; `unit` is that of both.
    """

    form: str
    item: str
    kind: Kind
    by: By
    unit: str


@dataclass(frozen=True)
class Size:
    """The size of one lesion at one visit.

    Attributes:
        participant: whose lesion it is.
        lesion: its id.
        visit: when.
        value: the size, 0 for a lesion looked for and not found, None where none was measured.
        unusable: why it must not be used; '' when nothing speaks against it.
        readers: how many blinded readers have read it, None where the size is not theirs.
        entries: of the record, behind it.
    """

    participant: str
    lesion: str
    visit: str
    value: float | None
    unusable: str
    readers: int | None
    entries: tuple[int, ...]


def sizes_of(cut: Cut, quantity: Quantity, by: By) -> list[Size]:
    """Return the sizes of all lesions of a cut from one source, each lesion and visit once."""
    return list(_read(cut, quantity) if by == "reads" else _measured(cut, quantity))


def _measured(cut: Cut, quantity: Quantity) -> Iterator[Size]:
    gone = frozenset(cut.redacted.select("lesion", "visit", "item").iter_rows())
    for row in cut.table(quantity.form).iter_rows(named=True):
        flags = set((row["flags"] or "").replace(";", " ").replace(",", " ").split())
        number = row[quantity.item]
        value = 0.0 if "not_found" in flags else None if number is None else float(number)
        against = next((words for flag, words in UNREADABLE.items() if flag in flags), "")
        if (row["lesion"], row["visit"], "flags") in gone:
            against = "its flags were redacted"  # they may have said that it cannot be read
        place = (row["participant"], row["lesion"], row["visit"])
        yield Size(*place, value, against, None, tuple(row["entries"]))


def _read(cut: Cut, quantity: Quantity) -> Iterator[Size]:
    for one in standing_of(cut, quantity.kind, quantity.item):
        participant, visit, lesion, _kind = one.image
        unusable = f"{UNFINISHED}: {one.waits}" if one.waits else one.missing
        yield Size(participant, lesion, visit, one.value, unusable, len(one.readers), one.entries)
