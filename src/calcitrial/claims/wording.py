"""Numbers, routes and conditions in the words of a page, in English and French."""

import csv
import re
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "words.csv"
ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})(?:-(\d{2}))?\b")
# A number on its own: no part of an identifier such as NCT03582800, 303347-b or PHP1A.
NUMBER = re.compile(r"(?<![\w-])\d+(?:[.,]\d+)?(?![\w])")
MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
}
# Only before a year: "may" alone is no month.
WRITTEN = re.compile(rf"\b({'|'.join(MONTHS['en'] + MONTHS['fr'])})\s+\d{{4}}")


def numbers_in(text: str) -> frozenset[str]:
    """Return the numbers of a text, dates as year, month and day, decimals with a point, no leading zeros."""
    found = {str(int(part)) for date in ISO_DATE.findall(text) for part in date if part}
    found |= {
        str(names.index(month) + 1) for month in WRITTEN.findall(text) for names in MONTHS.values() if month in names
    }
    rest = ISO_DATE.sub(" ", text)
    for number in NUMBER.findall(rest):
        value = float(number.replace(",", "."))
        found.add(f"{value:g}")
    return frozenset(found)


@cache
def _table() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(
            (row["kind"], row["code"], re.compile(rf"(?<!\w)(?:{row['words']})(?!\w)", re.IGNORECASE))
            for row in csv.DictReader(lines)
        )


def conditions_in(text: str) -> frozenset[str]:
    """Return the codes of the conditions that a text names."""
    return _codes("condition", text)


def routes_in(text: str) -> frozenset[str]:
    """Return the routes that a text names."""
    return _codes("route", text)


def says(kind: str, text: str) -> bool:
    """Return whether a text has words of this kind: not_public, not_confirmed, comfort, effect, share, study, new."""
    return bool(_codes(kind, text))


def _codes(kind: str, text: str) -> frozenset[str]:
    return frozenset(code for one, code, words in _table() if one == kind and words.search(text))
