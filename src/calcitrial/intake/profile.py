"""The two tables of de-identification: what the standard says of an attribute, and what may remain.

`profile.csv` is Table E.1-1 of PS3.15 2024b (Basic Application Level Confidentiality Profile): of each attribute
the code of the Basic Profile (`basic`), the options that speak of it, and what is done here (`action`), with the
reason where the standard leaves a choice or something stricter was chosen. X removes, Z empties, D puts a dummy,
K keeps, C cleans, U replaces UIDs. `identifies` marks attributes whose values must be found nowhere afterwards:
those that name a person, place, device or order and are not plain description.

`allowed.csv` is the other way round: the only attributes that may remain, the pattern that a value must have, and
what happens to a value that has not. An attribute of neither table is removed.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

EDITION = "PS3.15 2024b"


@dataclass(frozen=True)
class Row:
    """One attribute of Table E.1-1 and what is done with it."""

    tag: str
    keyword: str
    vr: str
    basic: str
    options: str
    action: str
    identifies: str
    choice: str


@dataclass(frozen=True)
class Allowed:
    """One attribute that may remain: the name of its pattern, and remove, empty, replace or refuse otherwise."""

    keyword: str
    pattern: str
    otherwise: str


@cache
def profile() -> Mapping[str, Row]:
    """Return Table E.1-1 by keyword; groups of attributes (curves, overlays, private) have a name of their own."""
    return {row["keyword"]: Row(**row) for row in _read("profile.csv")}


@cache
def allowed() -> Mapping[str, Allowed]:
    """Return the attributes that may remain, by keyword."""
    return {row["keyword"]: Allowed(**row) for row in _read("allowed.csv")}


def _read(name: str) -> list[dict[str, str]]:
    with (files("calcitrial.intake") / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
