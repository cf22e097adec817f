"""How well a diary is kept, as a picture: one square per day on which something was due.

A diary of every day is drawn as a calendar, weeks as columns; what is asked now and then in rows, one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from calcitrial.diary import Standing
from calcitrial.web import colon, spoken

SIZE = 13
WEEK, ROW = 7, 26
# A calendar with fewer of its days than this is mostly empty.
CALENDAR = 0.4
# What is worst on a day is shown; a sign beside the colour, so that nobody needs to tell colours apart.
WORST = ("missed", "partly", "open", "begun", "answered", "to come")
SIGNS = {"missed": "×", "partly": "–", "open": "○", "begun": "○", "answered": "", "to come": ""}


@dataclass(frozen=True)
class Square:
    """One day: where it stands, how its diaries stand, and that in words."""

    x: int
    y: int
    state: str
    sign: str
    words: str


@dataclass(frozen=True)
class Strip:
    """The picture with its size, and the same as numbers: answered of those that are over or answered."""

    squares: tuple[Square, ...]
    width: int
    height: int
    answered: int
    due: int

    @property
    def percent(self) -> int | None:
        """Return the share that was answered; None while nothing was due."""
        return round(100 * self.answered / self.due) if self.due else None


def strip(standings: Sequence[Standing]) -> Strip:
    """Return the calendar of a participant's diaries and questionnaires."""
    days: dict[date, list[Standing]] = {}
    for one in standings:
        days.setdefault(one.occasion.due, []).append(one)
    over = [one for one in standings if one.state in ("answered", "missed", "partly")]
    answered = sum(one.state == "answered" for one in over)
    if not days:
        return Strip((), 0, 0, 0, 0)
    first, last = min(days), max(days)
    monday = first - timedelta(days=first.weekday())
    if len(days) >= CALENDAR * ((last - first).days + 1) and len(days) > WEEK:
        places = {day: divmod((day - monday).days, WEEK) for day in days}
    else:
        places = {day: (place % ROW, place // ROW) for place, day in enumerate(sorted(days))}
    squares = tuple(_square(day, days[day], *places[day]) for day in sorted(days))
    width, height = (SIZE * (1 + max(place[axis] for place in places.values())) for axis in (0, 1))
    return Strip(squares, width, height, answered, len(over))


def _square(day: date, there: Sequence[Standing], column: int, row: int) -> Square:
    state = min((one.state for one in there), key=WORST.index)
    words = ", ".join(f"{one.occasion.instrument.id} ({spoken(one.state)})" for one in there)
    return Square(column * SIZE, row * SIZE, state.replace(" ", "-"), SIGNS[state], f"{day}{colon()} {words}")
