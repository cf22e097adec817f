"""Laboratory values: which analytes there are, the range for a person's age and sex, and whether a value lies in it.

Ranges differ by laboratory, so a site enters its own (form `lab_range`); where it has none, an example serves for
adults: the Nordic column of Table 3 in eJIFCC 2016;27(1):48-65 (PMC4975217). Of a child, and of an analyte without a
range, nothing is flagged. The range that was used is entered with each value. No CTCAE grade is derived from it.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Literal

from calcitrial.protocol import Problem
from calcitrial.record import Draft, Gateway, Place

HERE = Path(__file__).parent
SOURCES = {"nordic": "example: Nordic adults, eJIFCC 2016;27(1):48-65, Table 3"}
NUMBER = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*(\S.*)?")
COLUMNS = ("analyte", "sex", "age_from", "age_to", "low", "high", "source", "valid_from", "valid_to")
NAMES = ("site", *COLUMNS)

Flag = Literal["low", "normal", "high", "no range"]


@dataclass(frozen=True)
class Analyte:
    """What a laboratory measures: id, label, and the one unit in which it is entered."""

    id: str
    label: str
    unit: str


@dataclass(frozen=True)
class Range:
    """A reference range: for whom (sex '' both, ages in completed years, both included) and where it was read.

    `site` is '' for the example that ships; a limit of None is none. `since` and `until` are the first and last day
    on which the laboratory used it.
    """

    analyte: str
    sex: str
    age_from: int
    age_to: int | None
    low: Decimal | None
    high: Decimal | None
    source: str
    site: str = ""
    since: date | None = None
    until: date | None = None

    def holds_on(self, day: date | None) -> bool:
        """Return whether the laboratory used the range on a day; one without dates holds always."""
        if day is None:
            return self.until is None
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def holds_for(self, sex: str, age: int | None) -> bool:
        """Return whether the range is for a person of this sex and age; not when what it needs is not known."""
        if self.sex and self.sex != sex:
            return False
        return age is not None and self.age_from <= age and (self.age_to is None or age <= self.age_to)

    def flag(self, value: Decimal) -> Flag:
        """Return whether a value lies below, in or above the range; its limits lie in it."""
        if self.low is not None and value < self.low:
            return "low"
        return "high" if self.high is not None and value > self.high else "normal"


@cache
def analytes() -> dict[str, Analyte]:
    """Return the analytes that can be entered, by id, in the order of the table."""
    with (HERE / "laboratory_analytes.csv").open(encoding="utf-8", newline="") as lines:
        return {row["analyte"]: Analyte(row["analyte"], row["label"], row["unit"]) for row in csv.DictReader(lines)}


@cache
def example_ranges() -> tuple[Range, ...]:
    """Return the ranges that ship with the program, an example for adults with its source."""
    with (HERE / "laboratory_ranges.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(_range(row, SOURCES[row["source"]]) for row in csv.DictReader(lines))


def _range(row: Mapping[str, str | None], source: str, site: str = "") -> Range:
    def limit(name: str) -> Decimal | None:
        return Decimal(str(row[name])) if row.get(name) else None

    until = int(str(row["age_to"])) if row.get("age_to") else None
    ages = int(str(row["age_from"])), until
    limits = limit("low"), limit("high")
    days = (date.fromisoformat(str(row[name])) if row.get(name) else None for name in ("valid_from", "valid_to"))
    return Range(str(row["analyte"]), row.get("sex") or "", *ages, *limits, source, site, *days)


def site_ranges(rows: Iterable[Mapping[str, str | None]]) -> list[Range]:
    """Return the ranges that sites entered, from the rows of the form `lab_range`; redacted ones are left out."""
    plain = ({name: row.get(f"range_{name}") for name in NAMES} for row in rows)
    whole = [row for row in plain if row["site"] and row["analyte"] and row["age_from"]]
    return [_range(row, str(row["source"] or ""), str(row["site"])) for row in whole]


def range_for(
    analyte: str, sex: str, age: int | None, site: str, entered: Iterable[Range] = (), on: date | None = None
) -> Range | None:
    """Return the range for a person on a day: of their site's laboratory where it has entered any for this analyte.

    Of several that hold that day the one with the latest first day counts.
    """
    own = [one for one in entered if one.site == site and one.analyte == analyte]
    known = own or [one for one in example_ranges() if one.analyte == analyte]
    fitting = [one for one in known if one.holds_for(sex, age) and one.holds_on(on)]
    return max(fitting, key=lambda one: one.since or date.min, default=None)


def why_no_range(analyte: str, sex: str, age: int | None, site: str, entered: Iterable[Range] = ()) -> str:
    """Return in words why there is no range for a person: none known, none for this age or sex, or that day."""
    own = [one for one in entered if one.site == site and one.analyte == analyte]
    known = own or [one for one in example_ranges() if one.analyte == analyte]
    if not known:
        return "none is known: the laboratory of the site has entered none"
    if age is None:
        return "the age of the person is not known"
    if not any(one.holds_for(sex, age) for one in known):
        return "none for this age and sex"
    return "none for that day"


def without_example() -> tuple[Analyte, ...]:
    """Return the analytes for which no range ships, so that nothing is flagged until a site enters its own."""
    known = {one.analyte for one in example_ranges()}
    return tuple(one for one in analytes().values() if one.id not in known)


def read_value(analyte: Analyte, text: str) -> Decimal:
    """Return a value as typed, with or without its unit; ValueError with a sentence for anything else."""
    match = NUMBER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{analyte.label} is {text[:40]!r}. Write a number in {analyte.unit}.")
    if match[2] and match[2].strip() != analyte.unit:
        raise ValueError(f"{analyte.label} is given in {match[2].strip()[:40]!r}. Write it in {analyte.unit}.")
    try:
        return Decimal(match[1].replace(",", "."))
    except InvalidOperation:  # pragma: no cover - the pattern admits only numbers
        raise ValueError(f"{analyte.label} is {text[:40]!r}. Write a number in {analyte.unit}.") from None


def laboratory_values(analyte: Analyte, value: Decimal, used: Range | None, drawn: str) -> dict[str, object]:
    """Return the form of one value: value, unit, day, the range that was used, and the flag that follows."""
    return {
        "lab_date": drawn,
        "lab_value": value,
        "lab_unit": analyte.unit,
        "lab_low": used.low if used else None,
        "lab_high": used.high if used else None,
        "lab_flag": used.flag(value) if used else "no range",
        "lab_range_source": used.source if used else "",
    }


def range_drafts(site: str, lines: Iterable[Mapping[str, str | None]]) -> tuple[list[Draft], list[Problem]]:
    """Return the drafts that a table of ranges (columns COLUMNS) makes for a site, and what is wrong with it."""
    drafts, problems = [], []
    for number, line in enumerate(lines, 2):
        extra = sorted(str(name) for name in line if name not in COLUMNS)
        if extra or line.get("analyte") not in analytes():
            what = f"The column {extra[0]!r} is unknown." if extra else f"{line.get('analyte')!r} is no analyte."
            known = ", ".join(COLUMNS if extra else analytes())
            problems.append(Problem(f"line {number}", what[:200], f"Known: {known}."))
            continue
        values = {f"range_{name}": line.get(name) or "" for name in COLUMNS} | {"range_site": site}
        since = (line.get("valid_from") or "").strip()
        parts = (site, str(line["analyte"]), line.get("sex") or "both", line.get("age_from") or "", since)
        key = "/".join(parts if since else parts[:-1])
        drafts.append(Draft(Place("", "lab_range", repeat=key), values))
    return drafts, problems


def laboratory_problems(_gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return what speaks against a laboratory value: an unknown analyte, another unit, a flag that is not so."""
    if draft.place.form != "laboratory":
        return []
    analyte = analytes().get(draft.place.repeat)
    if analyte is None:
        known = ", ".join(analytes())
        return [Problem(str(draft.place), f"{draft.place.repeat!r} is no analyte.", f"Known: {known}.")]
    values = {item: str(value).strip() for item, value in draft.values.items() if value not in (None, "")}
    found = []
    if values.get("lab_unit", analyte.unit) != analyte.unit:
        what = f"{analyte.label} is given in {values['lab_unit'][:40]!r}."
        found.append(Problem(f"{draft.place}.lab_unit", what, f"Write it in {analyte.unit}."))
    flag = _flag_of(analyte, values)
    if flag and values.get("lab_flag", flag) != flag:
        what = f"{analyte.label} of {values['lab_value']} is flagged {values['lab_flag']!r}."
        found.append(Problem(f"{draft.place}.lab_flag", what, f"By its own range it is {flag!r}."))
    return found


def _flag_of(analyte: Analyte, values: Mapping[str, str]) -> Flag | None:
    """Return the flag that follows from a value and its own range; None when one of them cannot be read."""
    try:
        value = read_value(analyte, values["lab_value"])
        low, high = (Decimal(values[name].replace(",", ".")) if name in values else None for name in LIMITS)
    except (KeyError, ValueError, InvalidOperation):
        return None
    if low is None and high is None:
        return "no range"
    return Range(analyte.id, "", 0, None, low, high, "").flag(value)


LIMITS = ("lab_low", "lab_high")
