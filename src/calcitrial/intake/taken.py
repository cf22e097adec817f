"""What is taken, and what came of it."""

from dataclasses import dataclass, field
from pathlib import Path

STORAGE = "1.2.840.10008.5.1.4.1.1."
# The objects that are taken: CT, CR, DX, ultrasound (image, multi-frame), captures, segmentations, reports.
KINDS = {
    "2": "CT",
    "1": "CR",
    "1.1": "DX",
    "1.1.1": "DX",
    "6.1": "US",
    "3.1": "US",
    "7": "SC",
    "7.1": "SC",
    "7.2": "SC",
    "7.3": "SC",
    "7.4": "SC",
    "66.4": "SEG",
    "88.11": "SR",
    "88.22": "SR",
    "88.33": "SR",
    "88.34": "SR",
}
TAKEN = {STORAGE + end: kind for end, kind in KINDS.items()}
MOST_TOLD = 20


@dataclass(frozen=True)
class SeriesTaken:
    """One series at its place.

    Attributes:
        modality: CT, CR, DX, US, SC, SEG or SR.
        folder: where its files are.
        series_uid: the UID that it has now.
        count: files there, those of earlier takings included.
        new: how many of them were not there before.
        digest: sha256 over the names and contents of its files.
    """

    modality: str
    folder: Path
    series_uid: str
    count: int
    new: int
    digest: str


@dataclass(frozen=True)
class Taken:
    """What came of a source: series that were taken, sentences on those that were not, and what was passed over."""

    series: tuple[SeriesTaken, ...]
    refusals: tuple[str, ...]
    passed_over: dict[str, int] = field(default_factory=dict)


def few(problems: list[str]) -> list[str]:
    """Return the problems, of very many only the first and how many more there are."""
    more = len(problems) - MOST_TOLD
    return problems if more <= 0 else [*problems[:MOST_TOLD], f"{more} further problems are left out."]
