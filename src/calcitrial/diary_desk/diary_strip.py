"""How well a diary is kept, as a picture: one square per day on which something was due, weeks as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from calcitrial.diary import Standing
from calcitrial.web import colon, spoken

SIZE = 13
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
    answered: int
    due: int

    @property
    def height(self) -> int:
        """Return the height of a week."""
        return 7 * SIZE

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
        return Strip((), 0, 0, 0)
    first = min(days) - timedelta(days=min(days).weekday())
    squares = tuple(_square(day, days[day], first) for day in sorted(days))
    return Strip(squares, max(square.x for square in squares) + SIZE, answered, len(over))


def _square(day: date, there: Sequence[Standing], first: date) -> Square:
    state = min((one.state for one in there), key=WORST.index)
    week, weekday = divmod((day - first).days, 7)
    words = ", ".join(f"{one.occasion.instrument.id} ({spoken(one.state)})" for one in there)
    return Square(week * SIZE, weekday * SIZE, state.replace(" ", "-"), SIGNS[state], f"{day}{colon()} {words}")
