"""How the diaries of every participant stand, kept until their answers change: for the list, and for what is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from calcitrial.diary import Book, Standing, book_of
from calcitrial.record import now
from calcitrial.web import Reading

RECENT = timedelta(days=14)


@dataclass(frozen=True)
class Kept:
    """How the diaries of a participant stand on a day: what is open, missed lately, and what asks for a look.

    `asked` says whether anything is asked of them at all.
    """

    asked: bool
    open: int
    missed: tuple[date, ...]
    alerts: tuple[str, ...]


def kept_now(reading: Reading, book: Book) -> dict[str, Kept]:
    """Return how the diaries of each participant stand on their own day, which may be another at another place."""
    zones = reading.each("zones", lambda some: _zones(book_of(some.study, some.rows)))
    moment = now()
    days = {zone: moment.astimezone(zone).date() for zone in set(zones.values())}
    by_day = {day: kept_on(reading, book, day) for day in set(days.values())}
    return {code: by_day[days[zone]][code] for code, zone in zones.items()}


def _zones(book: Book) -> dict[str, ZoneInfo]:
    return {code: book.zone(code) for code in book.participants}


def kept_on(reading: Reading, book: Book, today: date) -> dict[str, Kept]:
    """Return how the diaries of each participant stand on a day; it rests on the study's plan and texts too."""
    plan = (book.plans, tuple(sorted((one.id, one.digest) for one in book.instruments.values())))
    return reading.each("diaries", lambda some: _kept_of(book_of(some.study, some.rows), today), today, plan)


def _kept_of(book: Book, today: date) -> dict[str, Kept]:
    found = {}
    for code in book.participants:
        standings = book.standings(code, today)
        missed = (one for one in standings if one.state in ("missed", "partly"))
        lately = sorted(one.occasion.due for one in missed if today - RECENT <= one.occasion.due <= today)
        opened = sum(one.is_open for one in standings)
        found[code] = Kept(bool(standings), opened, tuple(lately), alerts_of(standings))
    return found


def alerts_of(standings: Iterable[Standing]) -> tuple[str, ...]:
    """Return what answers say that the team must look at, until somebody has."""
    return tuple(f"{one.occasion.due}: {alert.label}" for one in standings for alert in one.alerts)
