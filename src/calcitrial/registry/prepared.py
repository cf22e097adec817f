"""What a trial is in the index, worked out from its statements alone: no database, so any process can do it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from calcitrial.protocol import Problem
from calcitrial.registrations import OLDEST, STATUSES, YOUNGEST, Statement, Trial, searchable, statements_in_lines
from calcitrial.registry.index import packed, place_of

# Which number lists a trial that has several, the best known first.
FIRST = ("NCT", "20", "ISRCTN", "ACTRN", "DRKS")
STANDINGS = {status: place for place, status in enumerate(STATUSES)}


@dataclass(frozen=True)
class Prepared:
    """The rows of one trial: `place` where it would stand, texts to search, its statements (key, packed content)."""

    place: int
    ids: tuple[str, ...]
    standing: int
    registered: str
    youngest: float
    oldest: float
    words: tuple[str, ...]
    statements: tuple[tuple[str, bytes], ...]
    facets: tuple[tuple[str, str], ...]
    places: tuple[tuple[float, float], ...]
    remarks: tuple[str, ...] = ()


def prepare(trial: Trial, listed: str = "") -> Prepared:
    """Return the rows of a trial; `listed` is the number that lists it, the best known one when left out."""
    facets = trial.facets
    ids = tuple(dict.fromkeys(one for told in trial.statements for one in told.ids))
    standing = min((STANDINGS[status] for status in facets.statuses), default=len(STANDINGS))
    texts = (_titles(trial), " ".join(facets.conditions), " ".join(facets.interventions), " ".join(_rest(trial, ids)))
    only = facets.sexes if len(facets.sexes) == 1 else ()
    named = (
        ("status", facets.statuses),
        ("phase", facets.phases),
        ("only", only),
        ("country", facets.countries),
        ("healthy", facets.healthy),
    )
    return Prepared(
        place=place_of(standing, facets.registered, listed or ranked(ids)[0]),
        ids=ids,
        standing=standing,
        registered=facets.registered,
        youngest=YOUNGEST if facets.youngest is None else facets.youngest,
        oldest=OLDEST if facets.oldest is None else facets.oldest,
        words=tuple([searchable(text) for text in texts]),
        statements=tuple([(one.key, packed(one.to_json())) for one in trial.statements]),
        facets=tuple([(kind, value) for kind, values in named for value in values]),
        places=tuple(sorted(_places(trial))),
        remarks=tuple([f"{one.label}: {remark}" for one in trial.statements for remark in one.remarks]),
    )


def ranked(ids: Iterable[str]) -> list[str]:
    """Return the numbers of a trial, those of a registry before one's own, the best known registry first."""
    return sorted(ids, key=lambda one: next((n for n, mark in enumerate(FIRST) if one.startswith(mark)), len(FIRST)))


def prepared_lines(lines: Sequence[tuple[int, bytes]], name: str) -> list[Prepared | Problem]:
    """Return the trials of numbered lines of JSON, and a problem for each line that cannot be read."""
    return list(prepared_each(statements_in_lines(lines, name)))


def prepared_each(found: Iterable[Statement | Problem]) -> Iterator[Prepared | Problem]:
    """Yield each statement as a trial of its own, problems as they are."""
    return (one if isinstance(one, Problem) else prepare(Trial("", (one,))) for one in found)


def _titles(trial: Trial) -> str:
    return " ".join(dict.fromkeys(one.item(number).value for one in trial.statements for number in ("9", "10")))


def _rest(trial: Trial, ids: tuple[str, ...]) -> Iterator[str]:
    yield from ids
    for one in trial.statements:
        yield from [one.item(number).value for number in ("3", "5", "6", "8", "14", "19")]
        yield from [f"{site.name} {site.town}" for site in one.sites[:200]]


def _places(trial: Trial) -> set[tuple[float, float]]:
    found = (site for one in trial.statements for site in one.sites)
    return {(s.latitude, s.longitude) for s in found if s.latitude is not None and s.longitude is not None}
