"""The words that registries use for status, phase, sex, age, dates and countries, brought to one spelling.

What cannot be read gives nothing rather than a guess. ICTRP writes days before months (25/06/2018).
"""

import csv
import re
from calendar import month_abbr
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

STATUSES = {
    "recruiting": "Recruiting",
    "not_yet": "Not yet recruiting",
    "invitation": "By invitation",
    "active": "Active, not recruiting",
    "not_recruiting": "Not recruiting",
    "completed": "Completed",
    "suspended": "Suspended",
    "terminated": "Terminated",
    "withdrawn": "Withdrawn",
    "unknown": "Unknown",
}
# The first that fits counts: "not yet recruiting" and "active, not recruiting" contain "recruiting". What does not tell
# whether people are sought ("authorised", "ongoing", "not available") is unknown or nothing, never recruiting.
SPELLINGS = (
    ("unknown", ("unknown", "may be ongoing")),
    ("not_yet", ("not yet", "pending")),
    ("active", ("active",)),
    ("not_recruiting", ("not recruiting", "no longer recruiting", "recruitment ended", "recruitment closed")),
    ("invitation", ("invitation",)),
    ("recruiting", ("recruiting", "open to recruitment")),
    ("completed", ("complete", "ended", "finished")),
    ("suspended", ("suspended", "halted")),
    ("terminated", ("terminated", "stopped", "discontinued")),
    ("withdrawn", ("withdrawn", "withheld", "cancelled")),
    ("unknown", ("ongoing", "authorised")),
)
PHASES = ("early 1", "1", "2", "3", "4", "none")
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "0": "early 1"}
DAYS = {"year": 1.0, "month": 1 / 12, "week": 7 / 365.25, "day": 1 / 365.25, "hour": 1 / 8766, "minute": 1 / 525960}
NUMERIC = (
    r"(?P<y>\d{4})-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?",
    r"(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4})",
)
# Registries write the same few words in every record.
KEPT = 20_000
MONTHS = {name.lower(): number for number, name in enumerate(month_abbr) if name}


@lru_cache(KEPT)
def statuses_in(text: str) -> tuple[str, ...]:
    """Return the recruitment status that a text names, as a key of STATUSES; empty when none is known."""
    low = text.casefold().replace("_", " ")
    return next(((key,) for key, spellings in SPELLINGS if any(one in low for one in spellings)), ())


@lru_cache(KEPT)
def phases_in(text: str) -> tuple[str, ...]:
    """Return the phases that a text names ('Phase 2/Phase 3' gives both), 'none' for 'not applicable'."""
    low = text.casefold().replace("_", " ")
    # The EU register lists every phase with yes or no.
    low = re.sub(r"[^\n;:]*:\s*no\b", " ", low)
    if re.search(r"\bearly\b", low):
        return ("early 1",)
    found = [
        ROMAN.get(mark, mark) for mark in re.findall(r"(?:(?<=phase)|(?<![a-z0-9]))(iv|i{1,3}|[0-4])(?![a-z0-9])", low)
    ]
    if found:
        return tuple(phase for phase in PHASES if phase in found)
    return ("none",) if re.search(r"\bn/?a\b|not applicable", low) else ()


@lru_cache(KEPT)
def sexes_in(text: str) -> tuple[str, ...]:
    """Return ('female',), ('male',) or both for a text such as ALL, Both, Female: yes; empty when it says nothing."""
    low = text.casefold()
    female = re.search(r"\bfemales?\b(?!\s*:\s*no)|\bwomen\b|\bf\b", low) is not None
    male = re.search(r"\bmales?\b(?!\s*:\s*no)|\bmen\b|\bm\b", low) is not None
    if re.search(r"\b(all|both|any)\b", low):
        female = male = True
    return tuple(name for name, there in (("female", female), ("male", male)) if there)


@lru_cache(KEPT)
def years_in(text: str) -> float | None:
    """Return an age such as '18 Years', '6 Months' or '65Y' in years; None when it names no limit."""
    found = re.search(r"(\d+(?:[.,]\d+)?)\s*(year|month|week|day|hour|minute|y|m|w|d)?", text.casefold())
    if found is None:
        return None
    unit = found[2] or "year"
    return float(found[1].replace(",", ".")) * DAYS[next(name for name in DAYS if name.startswith(unit))]


@lru_cache(KEPT)
def date_in(text: str) -> str:
    """Return a date as ISO (2020-01-31, or 2020-01 where no day is given); '' when it is none that exists."""
    for pattern in (
        r"(?P<y>\d{4})-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?",
        r"(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4})",
    ):
        if found := re.match(rf"\s*{pattern}(?!\d)", text):
            return _date(found["y"], found["m"], found["d"])
    if found := re.match(r"\s*(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)\s*$", text):
        return _date(found["y"], found["m"], found["d"])
    if found := re.match(r"\s*(?:(\d{1,2})\s+)?([A-Za-z]{3})[a-z]*\.?\s+(?:(\d{1,2}),?\s+)?(\d{4})\b", text):
        return _date(found[4], str(MONTHS.get(found[2].lower(), 0)), found[1] or found[3])
    return ""


def _date(year: str, month: str, day: str | None) -> str:
    try:
        there = date(int(year), int(month), int(day or 1))
    except ValueError:
        return ""
    return there.isoformat() if day else there.isoformat()[:7]


@cache
def country_codes() -> dict[str, str]:
    """Return the ISO 3166 code of each country by its name and other spellings, casefolded."""
    lines = csv.DictReader((files("calcitrial.registrations") / "countries.csv").read_text("utf-8").splitlines())
    found = {}
    for line in lines:
        for name in (line["name"], line["code"], *filter(None, line["also"].split("|"))):
            found[name.casefold()] = line["code"]
    return found


@cache
def country_names() -> dict[str, str]:
    """Return the name of each country by its ISO 3166 code."""
    lines = csv.DictReader((files("calcitrial.registrations") / "countries.csv").read_text("utf-8").splitlines())
    return {line["code"]: line["name"] for line in lines}


@lru_cache(KEPT)
def country_named(text: str) -> str:
    """Return one country in the one spelling that is used here; the text itself when no country is known by it."""
    code = country_codes().get(text.strip().casefold(), "")
    return country_names()[code] if code else text.strip()


def countries_in(text: str) -> tuple[str, ...]:
    """Return the countries of a text that separates them by semicolons, bars or line ends, each in one spelling."""
    parts = [country_named(part) for part in re.split(r"[;|\n]", text) if part.strip()]
    return tuple(dict.fromkeys(parts))
