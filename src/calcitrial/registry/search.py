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
FACET = "EXISTS (SELECT 1 FROM facet WHERE kind = ? AND value = ? AND facet.trial = n)"
FACET_FIRST = "n IN (SELECT trial FROM facet WHERE kind = ? AND value = ?)"


@dataclass(frozen=True)
class Search:
    """What is searched for; '' and None ask for nothing. `age` is in years, `km` the distance from `near`."""

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


@dataclass(frozen=True)
class Found:
    """How many trials there are, and of one page of them the places in the index with the distance in km or None."""

    total: int
    numbers: tuple[int, ...]
    distances: tuple[float | None, ...]


class Link(Protocol):
    """A connection of sqlite3 or psycopg, as far as it is needed here."""

    def execute(self, sql: str, values: Sequence[Any], /) -> Any:
        """Run a statement."""


@dataclass(frozen=True)
class Dialect:
    """How one database finds words: the condition with one `?`, and how the words of each field are written in it."""

    clause: str
    every: str
    field: str
    between: str
    fields: dict[str, str]
    mark: str

    def question(self, search: Search) -> str:
        """Return what the clause looks for; '' when no words are searched for."""
        parts = [self.every.format(word) for word in _words(search.words)]
        for name, text in (("conditions", search.condition), ("interventions", search.intervention)):
            parts += [self.field.format(self.fields[name], word) for word in _words(text)]
        return self.between.join(parts)


SQLITE = Dialect(
    clause="n IN (SELECT rowid FROM words WHERE words MATCH ?)",
    every='"{}"',
    field='{} : "{}"',
    between=" AND ",
    fields={"conditions": "conditions", "interventions": "interventions"},
    mark="?",
)
POSTGRESQL = Dialect(
    clause="terms @@ to_tsquery('simple', ?)",
    every="{}",
    field="{1}:{0}",
    between=" & ",
    fields={"conditions": "B", "interventions": "C"},
    mark="%s",
)


def _words(text: str) -> list[str]:
    return searchable(text[:500]).split()[:WORDS]


def find(link: Link, search: Search, dialect: Dialect = SQLITE, first: int = 0, most: int = 20) -> Found:
    """Return the trials of a search: recruiting before others, then the newest registered; near a place the nearest."""
    clauses, values = _conditions(search, dialect)
    source, where = "trial", " AND ".join(clauses) or "TRUE"
    order, distance = "standing, registered DESC, id", "NULL"
    if search.near is not None:
        near, asked = _near(search.near, search.km)
        nearest = f"SELECT trial AS place, min(km) AS km FROM ({near}) AS there WHERE km <= ? GROUP BY trial"
        source = f"({nearest}) AS near JOIN trial ON n = place"
        values, order, distance = [*asked, search.km, *values], "km, id", "km"
    sql = f"FROM {source} WHERE {where}".replace("?", dialect.mark)
    total = link.execute(f"SELECT count(*) {sql}", values).fetchone()[0]
    page = f"SELECT n, {distance} {sql} ORDER BY {order} LIMIT {min(most, LARGEST_PAGE):d} OFFSET {max(0, first):d}"
    rows = link.execute(page, values).fetchall() if total else []
    return Found(total, tuple(row[0] for row in rows), tuple(row[1] for row in rows))


def _conditions(search: Search, dialect: Dialect) -> tuple[list[str], list[Any]]:
    clauses: list[str] = []
    values: list[Any] = []
    if question := dialect.question(search):
        clauses.append(dialect.clause)
        values.append(question)
    for kind in ("country", "status", "phase"):
        if asked := getattr(search, kind):
            # Without anything that finds fewer, the first facet gives the trials; all others are looked up for each.
            clauses.append(FACET_FIRST if not clauses and search.near is None else FACET)
            values += [kind, asked]
    if search.sex:
        clauses.append(f"NOT {FACET}")
        values += ["only", "male" if search.sex == "female" else "female"]
    if search.age is not None:
        clauses.append("youngest <= ? AND oldest >= ?")
        values += [search.age, search.age]
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
