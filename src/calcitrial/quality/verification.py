"""Source verification: who compared which value with the source, in the version that was seen.

A verification names each item with its entry; so an edit afterwards shows as unverified by itself. Which forms are
to be verified, and which share of them, is a table (`critical.csv`), risk-based and assumed (ICH E6(R3) 3.11.4).
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import orjson
import polars as pl

from calcitrial.protocol import Problem, refuse
from calcitrial.quality.marks import numbers_of, read_place, sha256, table, written_place
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows

Verified = Literal["", "part", "stale", "verified"]
TABLE = Path(__file__).parent / "critical.csv"


@cache
def shares() -> dict[str, float]:
    """Return the share of the forms of each kind that is to be verified, 0 to 1; '' stands for all others."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {row["form"]: float(row["percent"]) / 100 for row in csv.DictReader(lines)}


def is_critical(form: str) -> bool:
    """Return whether every form of this kind is to be verified."""
    return shares().get(form, shares()[""]) == 1


def is_chosen(study: str, place: Place) -> bool:
    """Return whether this form is to be verified; of a share below 1, those that a digest of the place picks."""
    drawn = int(sha256(orjson.dumps([study, *place]))[:8], 16) / 16**8
    return drawn < shares().get(place.form, shares()[""])


def verified_in(rows: pl.DataFrame) -> dict[Place, dict[str, int]]:
    """Return which entry of each item was compared with the source, by place."""
    return {
        read_place(place.participant, values["verified_form"]): orjson.loads(values["verified_items"])
        for place, values in table(rows, "verification").items()
        if values["verified_form"] and values["verified_items"]
    }


def how_verified(now: Mapping[str, int], seen: Mapping[str, int]) -> Verified:
    """Return how far a form is verified: '' not at all, 'stale' when a verified value changed since."""
    if not seen:
        return ""
    if any(now.get(item) != number for item, number in seen.items()):
        return "stale"
    return "verified" if seen.keys() >= now.keys() else "part"


def verify_source(gateway: Gateway, seen: Mapping[Place, Mapping[str, int]], by: Author) -> Receipt:
    """Say that these values, each named with the entry that was seen, agree with the source; one submission.

    Raises RefusedError when a value is another one by now.
    """
    problems, drafts = [], []
    for participant in sorted({place.participant for place in seen}):
        rows = current_rows(gateway.study, participant)
        now, there = numbers_of(rows), table(rows, "verification")
        for place in (place for place in seen if place.participant == participant):
            if not seen[place] or any(now.get(place, {}).get(item) != number for item, number in seen[place].items()):
                what = "A value is another one than you saw, or is not there."
                problems.append(Problem(str(place), what, "Read the form again, then compare it with the source."))
                continue
            drafts.append(_draft(place, seen[place], now[place], there))
    if not seen:
        problems.append(Problem("verification", "No value was chosen.", "Choose the values that you compared."))
    refuse(problems)
    return gateway.enter(drafts, by)


def _draft(
    place: Place, seen: Mapping[str, int], now: Mapping[str, int], there: Mapping[Place, Mapping[str, object]]
) -> Draft:
    key = Place(place.participant, "verification", repeat="/".join(place[1:]))
    before = there.get(key)
    old = orjson.loads(str(before["verified_items"])) if before else {}
    kept = {item: number for item, number in old.items() if now.get(item) == number}
    items = orjson.dumps(kept | dict(seen), option=orjson.OPT_SORT_KEYS).decode()
    values = {"verified_form": written_place(place), "verified_items": items}
    version = int(str(before["version"])) if before else 0
    return Draft(key, values, version, "compared with the source again" if before else "")
