"""From what a person typed to a search, and from a search to trials."""

from dataclasses import dataclass, replace
from pathlib import Path

from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.registrations import OLDEST, PHASES, STATUSES, Trial, country_codes, country_named, locate, years_in
from calcitrial.registry.catalogue import opened
from calcitrial.registry.index import trials_of
from calcitrial.registry.mirror import found_there
from calcitrial.registry.search import Search, find

SEXES = ("female", "male")


@dataclass(frozen=True)
class Answer:
    """How many trials fit (or `more` than that), and those of one page, each with its nearest site in km or None."""

    total: int
    trials: tuple[tuple[Trial, float | None], ...]
    more: bool = False


def ask(
    *,
    words: str = "",
    condition: str = "",
    intervention: str = "",
    status: str = "",
    phase: str = "",
    age: str = "",
    sex: str = "",
    country: str = "",
    near: str = "",
    near_country: str = "France",
    km: float = 100,
) -> Search:
    """Return the search that somebody typed; RefusedError with a sentence for each part that cannot be."""
    problems = [
        *_one_of("status", status, tuple(STATUSES)),
        *_one_of("phase", phase, PHASES),
        *_one_of("sex", sex, SEXES),
    ]
    years = years_in(age) if age.strip() else None
    if age.strip() and (years is None or years > OLDEST or age.strip().startswith("-")):
        problems.append(Problem("age", f"{age[:40]!r} is no age.", "Write years, such as 40, or '6 months'."))
    if country and country.strip().casefold() not in country_codes():
        problems.append(Problem("country", f"{country[:60]!r} is no country known here.", "Write its English name."))
    place = None
    try:
        place = locate(near, near_country) if near.strip() else None
    except RefusedError as error:
        problems += [
            replace(one, place={"place": "near", "country": "near_country"}[one.place]) for one in error.problems
        ]
    refuse(problems)
    return Search(
        words=words,
        condition=condition,
        intervention=intervention,
        status=status,
        phase=phase,
        sex=sex,
        country=country_named(country) if country else "",
        age=years,
        near=place,
        km=km,
    )


def _one_of(place: str, value: str, known: tuple[str, ...]) -> list[Problem]:
    if not value or value in known:
        return []
    return [Problem(place, f"{value[:40]!r} is none of those known.", f"Choose {', '.join(known)}.")]


COUNTRIES = """
WITH RECURSIVE there(value) AS (
  SELECT min(value) FROM facet WHERE kind = 'country'
  UNION ALL SELECT (SELECT min(value) FROM facet WHERE kind = 'country' AND value > there.value) FROM there
  WHERE there.value IS NOT NULL)
SELECT value FROM there WHERE value IS NOT NULL
"""


def countries_of(home: Path) -> tuple[str, ...]:
    """Return the countries in which any trial of a home takes place, by name (a step per country, not per trial)."""
    with opened(home) as link:
        return tuple(row[0] for row in link.execute(COUNTRIES))


def search(home: Path, asked: Search, address: str = "", first: int = 0, most: int = 20) -> Answer:
    """Return the trials of a home that fit: from PostgreSQL where many are copied there, else from the home's index."""
    with opened(home) as link:
        found = found_there(link, address, asked, first, most) or find(link, asked, first=first, most=most)
        trials = trials_of(link, found.numbers)
    return Answer(found.total, tuple(zip(trials, found.distances, strict=True)), found.more)
