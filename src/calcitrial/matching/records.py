"""A registry record for one person: what its fields say as criteria in three values, each with its reason.

Only fields are judged: status, ages, sex, conditions, healthy volunteers, place. The criteria in free text are never
read: they are unknown, and the site decides; so the best that a record can be is open. What sources of a record say
against each other is unknown.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from calcitrial.matching.facts import Facts
from calcitrial.matching.judge import Match
from calcitrial.matching.record_words import illness_named
from calcitrial.participants import Assessment
from calcitrial.protocol import Criterion
from calcitrial.registrations import STATUSES, Place, Statement, Trial, distance_km
from calcitrial.registry import Search

Truth = Literal["true", "false", "unknown"]
Told = tuple[Truth, str]
OPEN, ASK = ("recruiting",), ("not_yet", "invitation", "unknown")
SEXES = {"F": "female", "M": "male"}
FREE = "The criteria in free text"
SITE_DECIDES = "unknown: the site decides"


def judge_record(trial: Trial, facts: Facts, place: Search | None = None) -> Match:
    """Return what the fields of a record say for one person; `place` is the country and distance asked for."""
    asked: list[tuple[str, str, Callable[[Statement], Told]]] = [
        ("status", "The trial takes people now", _status),
        ("conditions", "A condition of the trial is one of the person", lambda one: illness_named(one, facts)),
        ("youngest", "Not younger than the youngest age", lambda one: _youngest(one, facts)),
        ("oldest", "Not older than the oldest age", lambda one: _oldest(one, facts)),
        ("sex", "The person's sex is among those sought", lambda one: _sex(one, facts)),
        ("healthy", "Healthy people may join, or the person is ill", lambda one: _healthy(one, facts)),
    ]
    if place is not None and place.country:
        asked.append(("country", f"The trial runs in {place.country}", lambda one: _country(one, place.country)))
    found = [
        _criterion(name, text, _together([(one, judged(one)) for one in trial.statements]))
        for name, text, judged in asked
    ]
    if place is not None and place.near is not None:
        found.append(_criterion("distance", f"A site within {place.km:g} km", _near(trial, place.near, place.km)))
    found.append(_criterion("text", FREE, ("unknown", SITE_DECIDES)))
    return Match(facts.person, trial.id, tuple(found), trial.title)


def _criterion(name: str, text: str, told: Told) -> Assessment:
    return Assessment(Criterion(id=name, type="inclusion", text=text, status="seen"), *told)


def _together(told: Iterable[tuple[Statement, Told]]) -> Told:
    """Return what the sources say together: what one alone knows holds, what they contradict each other in does not."""
    every = [(one.label, truth, why) for one, (truth, why) in told]
    known = [one for one in every if one[1] != "unknown"]
    if len({truth for _label, truth, _why in known}) > 1:
        return "unknown", "sources contradict each other: " + "; ".join(f"{a}: {why}" for a, _t, why in known)
    chosen = known or every
    truth: Truth = chosen[0][1] if chosen else "unknown"
    return truth, "; ".join(dict.fromkeys(why for _label, _truth, why in chosen))


def _status(one: Statement) -> Told:
    found = one.facets.statuses
    if not found:
        return "unknown", "the record names no status"
    words = f"the record says {', '.join(STATUSES[name] for name in found)!r}"
    if any(name in OPEN for name in found):
        return "true", words
    return ("unknown" if any(name in ASK for name in found) else "false"), words


def _age(facts: Facts) -> int | None:
    text = facts.values.get("age_years", "")
    return int(text) if text.isdecimal() else None


def _youngest(one: Statement, facts: Facts) -> Told:
    """Completed years leave open how many months came after them: limits in months may be met or not."""
    limit, years = one.facets.youngest, _age(facts)
    if limit is None:
        return _no_limit(one, "youngest")
    if years is None:
        return "unknown", f"from {limit:g} years; the age is not known"
    truth: Truth = "true" if years >= limit else "false" if years + 1 <= limit else "unknown"
    return truth, f"from {limit:g} years; age_years = {years}"


def _oldest(one: Statement, facts: Facts) -> Told:
    """A limit of whole years holds until the next birthday."""
    limit, years = one.facets.oldest, _age(facts)
    if limit is None:
        return _no_limit(one, "oldest")
    if years is None:
        return "unknown", f"up to {limit:g} years; the age is not known"
    whole = limit == int(limit)
    truth: Truth = "true" if years + (not whole) <= limit else "false" if years > limit or whole else "unknown"
    return truth, f"up to {limit:g} years; age_years = {years}"


def _no_limit(one: Statement, which: str) -> Told:
    if one.kind == "ClinicalTrials.gov":
        return "true", f"the record has no {which} age, which there means no limit"
    return "unknown", f"the record names no {which} age"


def _sex(one: Statement, facts: Facts) -> Told:
    found, sex = one.facets.sexes, facts.values.get("sex", "")
    if not found:
        return "unknown", "the record names no sex"
    words = f"the record says {' and '.join(found)}"
    if len(found) > 1:
        return "true", words
    mine = SEXES.get(sex)
    if mine is None:
        return "unknown", f"{words}; sex = {sex or 'not known'}"
    return ("true" if mine in found else "false"), f"{words}; sex = {sex}"


def _healthy(one: Statement, facts: Facts) -> Told:
    said = one.facets.healthy
    if not said:
        return "unknown", "the record does not say whether healthy people may join"
    if said == ("yes",):
        return "true", "the record takes healthy people"
    if facts.diagnoses or facts.illnesses or "lesion_type" in facts.values:
        return "true", "the record takes no healthy people, and the person is ill"
    return "unknown", "the record takes no healthy people, and no illness of the person is known"


def _country(one: Statement, country: str) -> Told:
    if not one.facets.countries:
        return "unknown", "the record names no country"
    words = f"the record says {', '.join(one.facets.countries[:6])}"
    return ("true" if country in one.facets.countries else "false"), words


def _near(trial: Trial, here: Place, km: float) -> Told:
    sites = [site for site, _source in trial.sites]
    away = list(_distances(trial, here))
    if away and min(away) <= km:
        return "true", f"the nearest is {min(away):.0f} km from {here.label}"
    if len(away) < len(sites) or not sites:
        return "unknown", "where some of its sites lie is not known" if sites else "the record names no site"
    return "false", f"the nearest is {min(away):.0f} km from {here.label}"


def _distances(trial: Trial, here: Place) -> Iterator[float]:
    for site, _source in trial.sites:
        if site.latitude is not None and site.longitude is not None:
            yield distance_km((here.latitude, here.longitude), (site.latitude, site.longitude))
