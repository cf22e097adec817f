"""Finding trials by words, facets, age and distance; the same question in SQLite's FTS5 and in PostgreSQL's tsvector.

Words are matched whole, without accents or case, and all of them must be there. A trial is found by what any of its
sources says; one that names no limit of age or no sex is found for every age and sex, since nothing excludes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, degrees, radians
from typing import Any, Protocol

from calcitrial.registrations import EARTH_KM, Place, searchable

WORDS, LARGEST_PAGE = 12, 200
# Beyond this nobody turns pages, and nothing is counted.
COUNTED = 10_000
# By how many alternatives a health condition may go.
ALTERNATIVES = 40
FACET = "EXISTS (SELECT 1 FROM facet WHERE kind = ? AND value = ? AND facet.trial = {n})"
# The standings of trials that take people, or may: recruiting, not yet, by invitation, unknown, not told.
TAKING = "standing IN (0, 1, 2, 9, 10)"


@dataclass(frozen=True)
class Search:
    """What is searched for; '' and None ask for nothing. `age` is in years, `km` the distance from `near`.

    For matching: `conditions` are alternatives, one of which all words must name a condition; `years` are completed
    years of life, which limits in months may meet or not; `taking` asks for trials that take people, or may.
    """

    words: str = ""
    condition: str = ""
    intervention: str = ""
    status: str = ""
    phase: str = ""
    sex: str = ""
    country: str = ""
    age: float | None = None
    near: Place | None = None
    km: float = 100.0
    conditions: tuple[str, ...] = ()
    years: int | None = None
    taking: bool = False
    healthy: str = ""


@dataclass(frozen=True)
class Found:
    """How many trials there are, and of one page of them the places in the index with the distance in km or None.

    `more` says that there are more than `total`, which then is COUNTED.
    """

    total: int
    numbers: tuple[int, ...]
    distances: tuple[float | None, ...]
    more: bool = False


class Link(Protocol):
    """A connection of sqlite3 or psycopg, as far as it is needed here."""

    def execute(self, sql: str, values: Sequence[Any], /) -> Any:
        """Run a statement."""


@dataclass(frozen=True)
class Dialect:
    """How one database finds words.

    `source` is the table that words are sought in, `n` the place of a trial there, `clause` the condition with one `?`,
    `among` the same where trials come from elsewhere; the others say how the words of each field are written.
    """

    source: str
    n: str
    clause: str
    among: str
    every: str
    field: str
    both: str
    either: str
    fields: dict[str, str]
    mark: str
    facet_first: bool

    def question(self, search: Search) -> str:
        """Return what the clause looks for; '' when no words are searched for."""
        parts = [self.every.format(word) for word in _words(search.words)]
        for name, text in (("conditions", search.condition), ("interventions", search.intervention)):
            parts += [self.field.format(self.fields[name], word) for word in _words(text)]
        named = [_words(one) for one in search.conditions[:ALTERNATIVES]]
        ways = [self.both.join(self.field.format(self.fields["conditions"], w) for w in words) for words in named]
        if ways:
            parts.append(f"({self.either.join(f'({way})' for way in ways)})")
        return self.both.join(parts)


SQLITE = Dialect(
    source="words",
    n="words.rowid",
    clause="words MATCH ?",
    among="n IN (SELECT rowid FROM words WHERE words MATCH ?)",
    every='"{}"',
    field='{} : "{}"',
    both=" AND ",
    either=" OR ",
    fields={"conditions": "conditions", "interventions": "interventions"},
    mark="?",
    facet_first=True,
)
POSTGRESQL = Dialect(
    source="trial",
    n="n",
    clause="terms @@ to_tsquery('simple', ?)",
    among="terms @@ to_tsquery('simple', ?)",
    every="{}",
    field="{1}:{0}",
    both=" & ",
    either=" | ",
    fields={"conditions": "B", "interventions": "C"},
    mark="%s",
    facet_first=False,
)


def _words(text: str) -> list[str]:
    return searchable(text[:500]).split()[:WORDS]


def find(link: Link, search: Search, dialect: Dialect = SQLITE, first: int = 0, most: int = 20) -> Found:
    """Return the trials of a search: recruiting before others, then the newest registered; near a place the nearest.

    The place `n` of a trial is its place in that order, so a page is read without looking at what comes after it.
    """
    source, n, clauses, values = _from(search, dialect)
    order, distance = n, "NULL"
    if search.near is not None:
        order, distance = f"km, {n}", "km"
    sql = f"FROM {source} WHERE {' AND '.join(clauses) or 'TRUE'}".replace("?", dialect.mark)
    counted = f"SELECT count(*) FROM (SELECT 1 {sql} LIMIT {COUNTED + 1}) AS counted"
    total = link.execute(counted, values).fetchone()[0]
    page = f"SELECT {n}, {distance} {sql} ORDER BY {order} LIMIT {min(most, LARGEST_PAGE):d} OFFSET {max(0, first):d}"
    rows = link.execute(page, values).fetchall() if total else []
    places, distances = tuple(row[0] for row in rows), tuple(row[1] for row in rows)
    return Found(min(total, COUNTED), places, distances, total > COUNTED)


def _from(search: Search, dialect: Dialect) -> tuple[str, str, list[str], list[Any]]:
    """Return the tables of a search, the place of a trial in them, and the conditions with their values.

    What gives the trials is the place near which they are, else their words, else a facet, else all trials.
    """
    question, facets = dialect.question(search), _facets(search)
    source, n, clauses, values = "trial", "n", list[str](), list[Any]()
    if search.near is not None:
        near, asked = _near(search.near, search.km)
        nearest = f"SELECT trial AS place, min(km) AS km FROM ({near}) AS there WHERE km <= ? GROUP BY trial"
        source, values = f"({nearest}) AS near JOIN trial ON n = place", [*asked, search.km]
        clauses += [dialect.among] if question else []
    elif question:
        source, n, clauses = dialect.source, dialect.n, [dialect.clause]
    elif facets and dialect.facet_first:
        kind, value = facets.pop(0)
        source, n, clauses, values = (
            "facet AS named",
            "named.trial",
            ["named.kind = ? AND named.value = ?"],
            [kind, value],
        )
    if question:
        values.append(question)
    for pair in facets:
        clauses.append(FACET.format(n=n))
        values += pair
    more, asked = _limits(search)
    if more and "trial" not in source.split():
        # CROSS keeps the order of the first table, which is that of the answer.
        source += f" CROSS JOIN trial ON trial.n = {n}"
    return source, n, [*clauses, *_but(search, n), *more], [*values, *_but_values(search), *asked]


def _facets(search: Search) -> list[tuple[str, str]]:
    kinds = ("country", "healthy", "status", "phase")
    return [(kind, asked) for kind in kinds if (asked := getattr(search, kind))]


def _but(search: Search, n: str) -> list[str]:
    return [f"NOT {FACET.format(n=n)}"] if search.sex else []


def _but_values(search: Search) -> list[str]:
    return ["only", "male" if search.sex == "female" else "female"] if search.sex else []


def _limits(search: Search) -> tuple[list[str], list[Any]]:
    """Return the conditions on columns of a trial, with their values."""
    clauses: list[str] = []
    values: list[Any] = []
    if search.age is not None:
        clauses.append("youngest <= ? AND oldest >= ?")
        values += [search.age, search.age]
    if search.years is not None:
        clauses.append("youngest < ? AND oldest >= ?")
        values += [search.years + 1, search.years]
    if search.taking:
        clauses.append(TAKING)
    return clauses, values


def _near(place: Place, km: float) -> tuple[str, list[Any]]:
    """Return SQL for the distance of every site that can be that near (haversine, as in the gazetteer)."""
    half = (
        "(sin(radians(latitude - ?) / 2) * sin(radians(latitude - ?) / 2) + cos(radians(?)) * cos(radians(latitude))"
        " * sin(radians(longitude - ?) / 2) * sin(radians(longitude - ?) / 2))"
    )
    km_sql = f"2 * {EARTH_KM} * asin(CASE WHEN {half} < 1 THEN sqrt({half}) ELSE 1 END)"
    point: list[Any] = [place.latitude, place.latitude, place.latitude, place.longitude, place.longitude]
    clause, box = _box(place, km)
    return f"SELECT trial, {km_sql} AS km FROM site WHERE {clause}", [*point, *point, *box]


def _box(place: Place, km: float) -> tuple[str, list[Any]]:
    """Return the degrees within which everything that near lies; near a pole or the date line all longitudes."""
    reach = degrees(km / EARTH_KM) + 1e-6
    low, high = place.latitude - reach, place.latitude + reach
    if low <= -89 or high >= 89:
        return "latitude BETWEEN ? AND ?", [low, high]
    wide = reach / cos(radians(max(abs(low), abs(high))))
    west, east = place.longitude - wide, place.longitude + wide
    if west < -180 or east > 180:
        return "latitude BETWEEN ? AND ?", [low, high]
    return "latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ?", [low, high, west, east]
