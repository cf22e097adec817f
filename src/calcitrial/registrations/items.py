"""Collecting the WHO items of one trial from one source, with where each was read and what was wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from calcitrial.exchange import ITEMS, WhoItem
from calcitrial.registrations.compare import NO_FIELD
from calcitrial.registrations.plain_text import plain
from calcitrial.registrations.terms import date_in

DATED = ("2", "16", "22")
ABSENT = {number: WhoItem(number, name, "", "unspecified", (), NO_FIELD) for number, name in ITEMS.items()}
EMPTY = {number: WhoItem(number, name, "", "unspecified", (), "") for number, name in ITEMS.items()}


@dataclass
class Items:
    """The items found so far; `give` adds one, `done` returns all 25 in order."""

    place: str
    found: dict[str, WhoItem] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def remark(self, number: str, sentence: str) -> None:
        """Note what was wrong with an item."""
        self.remarks.append(f"{ITEMS[number]}: {sentence}")

    def plain(self, number: str, text: str) -> str:
        """Return a text as plain words, noting what had to be taken out of it."""
        words, told = plain(text)
        if told:
            self.remark(number, told)
        return words

    def give(self, number: str, value: str, *read_at: str, note: str = "") -> None:
        """Keep the value of an item with the fields it was read from; an empty one is 'unspecified'."""
        value = self.plain(number, value) if value else ""
        if not value:
            empty = WhoItem(number, ITEMS[number], "", "unspecified", (), note) if note else EMPTY[number]
            self.found[number] = empty
            return
        if number in DATED:
            value = self._date(number, value)
        at = tuple([f"{self.place}: {one}" for one in read_at])
        self.found[number] = WhoItem(number, ITEMS[number], value, "seen", at, note)

    def _date(self, number: str, value: str) -> str:
        found = date_in(value)
        if not found:
            self.remark(number, f"{value[:60]!r} is no date that exists; it stands as it was written.")
        return found or value

    def done(self) -> tuple[WhoItem, ...]:
        """Return all items in order; those that were never given are unspecified."""
        return tuple(self.found.get(number, absent) for number, absent in ABSENT.items())

    def value(self, number: str) -> str:
        """Return the value that an item has so far, '' for none."""
        return self.found[number].value if number in self.found else ""

    def contradictions(self, youngest: float | None, oldest: float | None) -> None:
        """Note what cannot be right within this source: an end before the start, an age range that holds nobody."""
        start, end = date_in(self.value("16")), date_in(self.value("22"))
        if start and end and end < start[: len(end)]:
            self.remark("22", f"The trial ends ({end}) before it begins ({start}). Both stand as written.")
        if youngest is not None and oldest is not None and youngest > oldest:
            self.remark("14", f"The youngest age ({youngest:g} years) is above the oldest ({oldest:g} years).")
        size = self.value("17")
        if size.startswith("-"):
            self.remark("17", f"{size!r} participants cannot be.")
        elif size.split(" ")[0] == "0":
            self.remark("17", "The record says 0 participants, which may mean that the number was never filled in.")


def lines(parts: Sequence[str]) -> str:
    """Return the parts that say something, each once, separated by '; '."""
    return "; ".join(dict.fromkeys(part for part in parts if part))
