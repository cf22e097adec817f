"""Whether two sources of a trial contradict each other in an item, or only word it differently."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from calcitrial.exchange import WhoItem
from calcitrial.registrations.terms import countries_in, date_in, statuses_in

DATES, NUMBERS, STATUSES, COUNTRIES = (
    frozenset({"2", "16", "22"}),
    frozenset({"17"}),
    frozenset({"18"}),
    frozenset({"11"}),
)
# Only what has one right answer can be a conflict; titles, criteria and outcomes are merely worded differently.
STRICT = DATES | NUMBERS | STATUSES | COUNTRIES

SEEKING = {("recruiting",), ("invitation",), ("unknown",)}
NO_FIELD = "The source has no field for it."


@dataclass(frozen=True)
class Said:
    """What one source says of one item: '' when it says nothing; `read_at` are the fields or addresses it stands at."""

    source: str
    value: str
    status: str
    read_at: tuple[str, ...]
    note: str

    @property
    def left_empty(self) -> bool:
        """Return whether the source could have said something and does not."""
        return not self.value and self.note != NO_FIELD

    @classmethod
    def of(cls, source: str, item: WhoItem) -> "tuple[Said, ...]":
        """Return what a source says; one line per value where it has itself found a conflict among its own sources."""
        values = item.value.split(" / ") if item.status == "conflict" else [item.value]
        if len(values) > 1 and len(values) == len(item.sources):
            pairs = zip(values, item.sources, strict=True)
            return tuple(cls(source, value, item.status, (at,), item.note) for value, at in pairs)
        return (cls(source, item.value, item.status, item.sources, item.note),)


def verdict(number: str, said: Sequence[Said]) -> str:
    """Return 'conflict' when the values cannot all be right, 'differ' when their wording differs, else ''.

    'gap' when one source alone says something and another, which has a field for it, leaves it empty.
    """
    values = [one.value for one in said if one.value]
    if any(one.status == "conflict" for one in said):
        return "conflict"
    if len(values) < 2:
        return "gap" if values and any(one.left_empty for one in said) else ""
    if number in STRICT:
        return "conflict" if not _agree(number, values) else ""
    return "differ" if len({_words(value) for value in values}) > 1 else ""


def _agree(number: str, values: Sequence[str]) -> bool:
    if number in DATES:
        # A coarser date agrees with every day in it.
        longest = max((date_in(value) or value for value in values), key=len)
        return all(longest.startswith(date_in(value) or value) for value in values)
    if number in NUMBERS:
        return len({_number(value) for value in values}) == 1
    if number in STATUSES:
        told = {statuses_in(value) or (_words(value),) for value in values}
        # ICTRP says "not recruiting" of whatever has ended.
        return len(told) == 1 or (("not_recruiting",) in told and len(told) == 2 and not told & SEEKING)
    return len({frozenset(countries_in(value)) for value in values}) == 1


def _number(value: str) -> str:
    found = re.search(r"\d[\d,.]*", value)
    return found[0].replace(",", "").split(".")[0].lstrip("0") or "0" if found else value


def _words(value: str) -> str:
    return " ".join(re.findall(r"\w+", value.casefold()))
