"""Days and moments out of what somebody typed."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal, overload

from calcitrial.protocol import Problem, RefusedError


@overload
def day_asked(told: Mapping[str, str], name: str) -> date: ...
@overload
def day_asked(told: Mapping[str, str], name: str, *, needed: Literal[False]) -> date | None: ...
def day_asked(told: Mapping[str, str], name: str, *, needed: bool = True) -> date | None:
    """Return the day that a field holds, None where it is empty and not needed; RefusedError otherwise."""
    text = told.get(name, "").strip()
    if not text and not needed:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        what = f"{text!r} is no day." if text else "No day is given."
        raise RefusedError([Problem(name, what, "Write it as 2026-03-01.")]) from None


def moment_asked(text: str) -> tuple[datetime | None, list[Problem]]:
    """Return the moment that is meant (UTC; the end of the day for a day), and what is wrong with the text."""
    if not text.strip():
        return None, []
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None, [Problem("at", f"{text!r} is no moment.", "Write it as 2026-03-01 or 2026-03-01T12:00Z.")]
    if len(text.strip()) == len("2026-03-01"):
        found = found.replace(hour=23, minute=59, second=59)
    return found if found.tzinfo else found.replace(tzinfo=UTC), []
