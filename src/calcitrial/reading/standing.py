"""What stands for every lesion image that ought to be read: the readers' value, or what it still waits for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from calcitrial.reading.case import SOURCES, Kind
from calcitrial.reading.plan import Opened, opened_plan
from calcitrial.reading.reference import LesionImage, Reading, Reference, by_image, readings_of, reference
from calcitrial.record import Cut

UNFINISHED = "read not finished"
RULE_ITEMS = ("reader_1", "reader_2", "reader_3", "limit_percent")  # neither seed nor salt: they tell the order
Row = dict[str, Any]


@dataclass(frozen=True)
class Standing:
    """One lesion image (participant, visit, lesion, kind) with what its readers arrived at.

    Attributes:
        image: what was to be read.
        value: the size that stands, 0 for a lesion that is absent, None where there is none.
        readers: who has read the picture as it is now, in the order of the plan.
        waits: what the read waits for; '' when it is finished.
        missing: why a finished read gives no size; '' where it does.
        rule: by which rule the value stands; '' while it waits.
        entries: of the picture, of every reading that counted, and of the rule.
    """

    image: LesionImage
    value: float | None
    readers: tuple[str, ...]
    waits: str
    missing: str
    rule: str
    entries: tuple[int, ...]


def standing_of(cut: Cut, kind: Kind, quantity: str) -> tuple[Standing, ...]:
    """Return what stands for every lesion image of this kind in the cut, sorted, read or not.

    Args:
        cut: the data cut.
        kind: of picture.
        quantity: an item of the form `read` that is a size (mass, area, volume_ellipsoid, length, …).

    Returns:
        One for each lesion and visit that has a picture of this kind. A reading of a picture that was replaced since
        does not count.
    """
    opened = opened_plan(cut.protocol, cut.rows)
    pictures = _pictures(cut, kind)
    readings = [one for one in readings_of(cut.protocol, cut.rows) if one.image[3] == kind]
    read_rows = {min(row["entries"]): row for row in cut.table("read").iter_rows(named=True) if row["entries"]}
    fresh = [one for one in readings if _same_picture(read_rows[one.entry], pictures.get(one.image))]
    rule = _rule_entries(cut.rows)
    found = by_image(fresh)
    return tuple(
        _standing(image, found.get(image, {}), opened, quantity, (pictures.get(image), read_rows, rule))
        for image in sorted(pictures.keys() | found.keys())
    )


def _pictures(cut: Cut, kind: Kind) -> dict[LesionImage, Row]:
    """Return the series of each lesion and visit, with the entries that name it and not those that measure it."""
    form = next(form for form, of in SOURCES.items() if of == kind)
    found: dict[LesionImage, Row] = {}
    named = cut.rows.filter((pl.col("form") == form) & pl.col("item").is_in(["series_uid", "series_digest"]))
    for row in named.iter_rows(named=True):
        if row["value"]:
            one = found.setdefault((row["participant"], row["visit"], row["lesion"], kind), {"entries": []})
            one[row["item"]] = row["value"]
            one["entries"].append(row["number"])
    return {image: row for image, row in found.items() if "series_uid" in row}


def _same_picture(read: Row, picture: Row | None) -> bool:
    """Tell whether a reading is of the picture that the record has now; one whose picture is gone still stands."""
    return picture is None or read["series_uid"] in (None, picture["series_uid"])


def _rule_entries(rows: pl.DataFrame) -> tuple[int, ...]:
    mine = rows.filter((pl.col("form") == "reading_plan") & pl.col("item").is_in(RULE_ITEMS) & (pl.col("value") != ""))
    return tuple(mine["number"])


def _standing(
    image: LesionImage,
    mine: Mapping[str, Reading],
    opened: Opened | None,
    quantity: str,
    behind: tuple[Row | None, Mapping[int, Row], Sequence[int]],
) -> Standing:
    picture, read_rows, rule = behind
    plan = opened.plan if opened else None
    order = [*plan.readers, plan.third] if plan else sorted(mine)
    readers = tuple(reader for reader in order if reader in mine)
    stands: Reference | None = None
    if plan is not None and set(plan.readers) <= set(mine):
        stands = reference(plan, image, mine, quantity)
    waits = _waits(stands, len(readers), planned=plan is not None)
    counted = stands.readings if stands else tuple(mine.values())
    numbers = {number for one in counted for number in read_rows[one.entry]["entries"]}
    numbers |= {*rule, *(picture["entries"] if picture else ())}
    value, missing = _value(stands, quantity) if stands and not waits else (None, "")
    told = "" if waits or stands is None else stands.rule
    return Standing(image, value, readers, waits, missing, told, tuple(sorted(numbers)))


def _waits(stands: Reference | None, readers: int, *, planned: bool) -> str:
    if not planned:
        return "no plan names the readers"
    if stands is None:
        return "one of the two readers has read it" if readers else "nobody has read it"
    if stands.rule == "waits for the third reader":
        return "the two readers differ and the third has not read it"
    return "the two readers differ and the plan names no third" if stands.rule == "open" else ""


def _value(stands: Reference, quantity: str) -> tuple[float | None, str]:
    """Return the size that stands, or why there is none."""
    if stands.outcome == "absent":
        return 0.0, ""
    if stands.outcome == "not assessable":
        return None, "the readers call it not assessable"
    lacking = f"a reader whose reading stands gave no {quantity.replace('_', ' ')}"
    return stands.value, "" if stands.value is not None else lacking
