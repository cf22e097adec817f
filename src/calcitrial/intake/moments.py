"""Cleans dates, times and ages: all dates of a participant move by the same days, great ages are told together."""

import re
from datetime import date, timedelta

OLDEST = 90  # ages above 89 are told together (45 CFR 164.514(b)(2)(i)(C))
DATE = re.compile(r"(\d{4})[.]?(\d{2})[.]?(\d{2})")  # with points: ACR-NEMA
MOMENT = re.compile(r"(\d{8})(\d{0,6}(?:\.\d{1,6})?)(?:[+-]\d{4})?")
TIME = re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?")


def _date(text: str, days: int) -> str:
    """Return the date moved by `days`; '' when it is none, for then nobody knows what it tells."""
    match = DATE.fullmatch(text.strip())
    try:
        moved = date(*map(int, match.groups())) + timedelta(days) if match else None
    except (ValueError, OverflowError):
        moved = None
    return f"{moved.year:04d}{moved.month:02d}{moved.day:02d}" if moved else ""


def _moment(text: str, days: int) -> str:
    """Return the moment moved by `days`, without its offset from UTC, which tells the region."""
    match = MOMENT.fullmatch(text.strip())
    moved = _date(match[1], days) if match else ""
    return moved + match[2] if match and moved else ""


def _time(text: str, _days: int) -> str:
    return text.strip() if TIME.fullmatch(text.strip()) else ""


def _age(text: str, _days: int) -> str:
    old = text.endswith("Y") and text[:3].isdigit() and int(text[:3]) >= OLDEST
    return f"{OLDEST:03d}Y" if old else text


CLEANERS = {"DA": _date, "DT": _moment, "TM": _time, "AS": _age}
