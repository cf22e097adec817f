"""The cases that can be read: the images of one visit, with the lesions that the record knows on them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from calcitrial.protocol import Protocol
from calcitrial.record import tabulate

Kind = Literal["ct", "film", "ultrasound"]
Point = tuple[float, float, float]
# The forms whose series are read, where a protocol has them; each holds series_uid and series_digest.
SOURCES: dict[str, Kind] = {
    "ct_measurement": "ct",
    "film_measurement": "film",
    "ultrasound_measurement": "ultrasound",
}


@dataclass(frozen=True)
class Known:
    """One lesion on a series: identity, where it was found (patient LPS mm), the entry that names the series."""

    lesion: str
    point_mm: Point | None
    entry: int


@dataclass(frozen=True)
class Case:
    """One series of one visit, as released in one batch; what a reader gets as one task."""

    participant: str
    visit: str
    kind: Kind
    series_uid: str
    series_digest: str
    batch: int
    lesions: tuple[Known, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Return what names the case among all others; it never reaches a reader."""
        return (self.participant, self.visit, self.kind, self.series_uid, str(self.batch))


def cases(protocol: Protocol, rows: pl.DataFrame, batches: Sequence[int]) -> tuple[Case, ...]:
    """Return the released cases, sorted by their key.

    A lesion belongs to the first batch whose end lies behind the entry of its series; one that is entered
    later on the same series becomes a case of a later batch, so that no case changes once it is released.
    """
    return tuple(sorted((one for one in _grouped(protocol, rows, batches) if one.batch), key=lambda one: one.key))


def unreleased(protocol: Protocol, rows: pl.DataFrame, batches: Sequence[int]) -> int:
    """Return how many cases wait for a batch."""
    return sum(1 for one in _grouped(protocol, rows, batches) if not one.batch)


def _grouped(protocol: Protocol, rows: pl.DataFrame, batches: Sequence[int]) -> Iterator[Case]:
    """Yield every case; batch 0 means that it was not released."""
    for form, kind in SOURCES.items():
        if protocol.form(form) is None:
            continue
        found: dict[tuple[str, str, str, int], list[tuple[Known, str]]] = defaultdict(list)
        entries = _series_entries(rows, form)
        for row in tabulate(protocol, rows, form).iter_rows(named=True):
            entry = entries.get((row["participant"], row["visit"], row["lesion"]))
            if entry is None:
                continue  # without a series, or redacted: nothing to show
            batch = next((number for number, end in enumerate(batches, 1) if entry <= end), 0)
            key = (row["participant"], row["visit"], row["series_uid"], batch)
            found[key].append((Known(row["lesion"], _point(row), entry), row["series_digest"] or ""))
        for (participant, visit, uid, batch), lines in found.items():
            known = tuple(sorted((known for known, _digest in lines), key=lambda one: one.lesion))
            yield Case(participant, visit, kind, uid, lines[0][1], batch, known)


def _series_entries(rows: pl.DataFrame, form: str) -> dict[tuple[str, str, str], int]:
    """Return the entry that names the series, by participant, visit and lesion."""
    named = rows.filter((pl.col("form") == form) & (pl.col("item") == "series_uid"))
    lines = named.select("participant", "visit", "lesion", "number").iter_rows()
    return {(participant, visit, lesion): number for participant, visit, lesion, number in lines}


def _point(row: dict[str, str | None]) -> Point | None:
    x, y, z = (row.get(f"centroid_{axis}") for axis in "xyz")
    return None if x is None or y is None or z is None else (float(x), float(y), float(z))
