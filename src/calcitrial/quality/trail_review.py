"""Review of the trail: a sample of the changes in a span of submissions, looked at and signed (ICH E6(R3) 4.2.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from calcitrial.protocol import Problem, refuse
from calcitrial.quality.marks import ABOUT_DATA, sha256, table
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, Step, changes, current_rows, read_head, stamp


@dataclass(frozen=True)
class Review:
    """One signed review: which submissions, of which site ('' for all), how many changes, what was found."""

    name: str
    first: int
    last: int
    site: str
    looked_at: int
    of: int
    finding: str
    by: str
    at: str


def reviews(study: str) -> list[Review]:
    """Return every review of the trail, the last first."""
    found = [
        Review(
            place.repeat,
            int(one["review_from"]),
            int(one["review_to"]),
            one["review_site"],
            len(one["review_entries"].split()),
            int(one["review_of"]),
            one["review_finding"],
            one["printed_name"],
            one["signed_at"],
        )
        for place, one in table(current_rows(study, "", ["trail_review"]), "trail_review").items()
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def to_review(study: str, first: int, last: int, participants: frozenset[str] | None = None) -> list[Step]:
    """Return every change of data in a span of submissions, of these participants (None: of all)."""
    return [
        step
        for step in changes(study, first, last)
        if step.place.form not in ABOUT_DATA and (participants is None or step.place.participant in participants)
    ]


def sample(study: str, steps: Sequence[Step], size: int) -> list[Step]:
    """Return so many of the changes, drawn by a digest of study and entry: everybody draws the same ones."""
    drawn = sorted(steps, key=lambda step: sha256(f"{study} {step.number}".encode()))[:size]
    return sorted(drawn, key=lambda step: step.number)


def next_span(study: str, site: str = "") -> tuple[int, int]:
    """Return the submissions that no review of this site has covered: from after the last one until now."""
    covered = max((one.last for one in reviews(study) if one.site == site), default=0)
    return covered + 1, read_head(study).sequence


def review_trail(
    gateway: Gateway,
    span: tuple[int, int],
    entries: Sequence[int],
    finding: str,
    by: Author,
    *,
    site: str = "",
    of: int = 0,
    printed_name: str = "",
) -> Receipt:
    """Sign that these changes were looked at, and what was found; once for each span and site."""
    first, last = span
    if not 1 <= first <= last:
        what = f"The submissions {first} to {last} are no span."
        refuse([Problem("review", what, "Wait until something was entered, or choose another span.")])
    values = {
        "review_from": first,
        "review_to": last,
        "review_site": site,
        "review_entries": " ".join(map(str, sorted(entries))) or "none",
        "review_of": max(of, len(entries)),
        "review_finding": finding,
        "printed_name": printed_name or by.name,
        "signed_at": stamp(gateway.clock()),
    }
    return gateway.enter([Draft(Place("", "trail_review", repeat=f"{site or 'all'} {first}-{last}"), values)], by)
