"""What a form holds now, as marks: short digests over the numbers of its current entries.

An entry is never changed and its number never used twice, so the numbers of the current entries say what the form
holds. A change, a cleared value and a redaction all take a number away or bring a new one.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import polars as pl

from calcitrial.protocol import house_forms
from calcitrial.record import Entry, Place

# What is said about data, and so is no data itself.
ABOUT_DATA = frozenset({"signature", "study_signature", "query", "verification", "endorsement", "trail_review", "lock"})
LETTERS = 16

Numbers = dict[Place, dict[str, int]]


def numbers_of(rows: pl.DataFrame) -> Numbers:
    """Return the current entry of each item, by place, of every form that holds data."""
    found: Numbers = {}
    wanted = rows.filter(~pl.col("form").is_in(ABOUT_DATA))
    columns = wanted.select("participant", "form", "visit", "lesion", "repeat", "item", "number")
    for *place, item, number in columns.iter_rows():
        found.setdefault(Place(*place), {})[item] = number
    return found


def laid_over(numbers: Numbers, made: Iterable[Entry]) -> Numbers:
    """Return the current entries as they stand with those of the act that is being entered."""
    found = {place: dict(items) for place, items in numbers.items()}
    for one in made:
        if one.place.form not in ABOUT_DATA:
            found.setdefault(one.place, {})[one.item] = one.number
    return found


def sha256(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def mark(numbers: Iterable[int]) -> str:
    """Return 64 bits of the SHA-256 over entry numbers, in hexadecimal."""
    return sha256(",".join(map(str, sorted(numbers))).encode())[:LETTERS]


def written_place(place: Place) -> str:
    """Return a place of a known participant as text: form, visit, lesion and repeat as a JSON array."""
    return orjson.dumps([place.form, place.visit, place.lesion, place.repeat]).decode()


def read_place(participant: str, text: str) -> Place:
    """Return the place that `written_place` wrote."""
    return Place(participant, *orjson.loads(text))


def table(rows: pl.DataFrame, form: str) -> dict[Place, dict[str, Any]]:
    """Return the forms of one kind that the rows hold: values by item, by place; absent items are ''."""
    items = [item.id for item in house_forms()[form].items]
    found: dict[Place, dict[str, Any]] = {}
    columns = rows.filter(pl.col("form") == form).select(
        "participant", "form", "visit", "lesion", "repeat", "item", "value", "version", "number"
    )
    for *place, item, value, version, number in columns.iter_rows():
        one = found.setdefault(Place(*place), {**dict.fromkeys(items, ""), "version": 0, "number": 0})
        one[item] = value
        one["version"], one["number"] = max(one["version"], version), max(one["number"], number)
    return found


def of_places(numbers: Numbers, places: Sequence[Place]) -> Mapping[Place, str]:
    """Return the mark of each of these places; '' where nothing is entered."""
    return {place: mark(numbers[place].values()) if place in numbers else "" for place in places}
