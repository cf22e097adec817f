"""Central monitoring: figures of each site with intervals that are honest about small numbers, and no arm anywhere.

ICH E6(R3) 3.11.4 asks for monitoring that is proportionate to risk. A site is compared with all sites together by the
exact distribution (binomial or Poisson): outside the 95 % limits asks for a look, outside 99.8 % stands out.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
from scipy import stats

from calcitrial.participants import windows
from calcitrial.quality import ABOUT_DATA, sites_of, tallies
from calcitrial.record import entry_counts
from calcitrial.statistics import mid_p, poisson_rate
from calcitrial.web import Reading

LOOK, OUT = 0.05, 0.002


@dataclass(frozen=True)
class Figure:
    """One figure of one site: events of so many, as a share or a rate, with its exact interval and how it compares.

    `judged` is '' inside the limits, 'look' outside 95 %, 'out' outside 99.8 %; `of` is 0 where nothing can be said.
    """

    site: str
    events: int
    of: float
    value: float
    low: float
    high: float
    judged: str = ""


@dataclass(frozen=True)
class Measure:
    """One figure of all sites: its name, what it counts, and whether it is a share (else a rate per `per`)."""

    id: str
    label: str
    about: str
    share: bool
    per: float
    unit: str
    overall: float
    figures: tuple[Figure, ...]


def share(id: str, label: str, about: str, counts: Mapping[str, tuple[int, int]]) -> Measure:  # noqa: A002
    """Return a share of each site with its mid-p interval, held against the share of all sites together."""
    events, whole = (sum(pair[part] for pair in counts.values()) for part in (0, 1))
    overall = events / whole if whole else 0.0
    figures = []
    for site, (x, n) in sorted(counts.items()):
        if not n:
            figures.append(Figure(site, 0, 0, 0, 0, 0))
            continue
        limits = mid_p(x, n)
        judged = _judged(x, lambda level, n=n: stats.binom.interval(1 - level, n, overall))  # type: ignore[misc]
        figures.append(Figure(site, x, n, x / n, limits.low, limits.high, judged))
    return Measure(id, label, about, True, 1, "%", overall, tuple(figures))


def rate(
    id: str,  # noqa: A002
    label: str,
    about: str,
    per: float,
    unit: str,
    counts: Mapping[str, tuple[int, float]],
) -> Measure:
    """Return a rate of each site with its exact Poisson interval, held against the rate of all sites together."""
    events, exposure = sum(x for x, _e in counts.values()), sum(e for _x, e in counts.values())
    overall = events / exposure if exposure else 0.0
    figures = []
    for site, (x, e) in sorted(counts.items()):
        if e <= 0:
            figures.append(Figure(site, x, 0, 0, 0, 0))
            continue
        limits = poisson_rate(x, e, per=per)
        judged = _judged(x, lambda level, e=e: stats.poisson.interval(1 - level, overall * e))  # type: ignore[misc]
        figures.append(Figure(site, x, e, per * x / e, limits.low, limits.high, judged))
    return Measure(id, label, about, False, per, unit, per * overall, tuple(figures))


def _judged(events: int, limits: Callable[[float], tuple[float, float]]) -> str:
    for level, word in ((OUT, "out"), (LOOK, "look")):
        low, high = limits(level)
        if not low <= events <= high:
            return word
    return ""


def measures(reading: Reading, today: date) -> list[Measure]:
    """Return every compared figure of the sites of a study."""
    sites = sites_of(reading.protocol, reading.rows)
    tally, enrolled = tallies(reading.protocol, reading.rows), reading.by_participant("enrolment")
    screened = reading.by_participant("screening")
    failed = {code for code, row in reading.by_participant("end_of_study").items() if code not in enrolled and row}
    values = _values_by_site(reading, sites)
    entered = entry_counts(reading.study, ABOUT_DATA)
    return [
        share(
            "failures",
            "Screen failures",
            "of those screened",
            _count(sites, screened, lambda code: (code in failed, 1)),
        ),
        share("outside", "Visits out of window", "of visits held", _visits(reading, sites)),
        share("missing", "Forms missing", "of forms that a held visit asks for", _missing(reading, sites)),
        rate("queries", "Queries", "per 100 values", 100, "per 100 values", _queries(reading, sites, values)),
        rate(
            "corrections",
            "Corrections",
            "per 100 values entered",
            100,
            "per 100 values",
            _count(sites, entered, lambda code: (entered[code][1], entered[code][0])),
        ),
        share(
            "verified",
            "Source verified",
            "of forms to be verified",
            _count(sites, tally, lambda code: (tally[code].verified, tally[code].forms)),
        ),
        rate("events", "Adverse events", "per participant-week", 1, "per week", _events(reading, sites, today)),
    ]


def _count(
    sites: Mapping[str, str], people: Iterable[str], of: Callable[[str], tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    found: dict[str, list[int]] = {site: [0, 0] for site in sites.values()}
    for code in people:
        if code in sites:
            for part, number in enumerate(of(code)):
                found[sites[code]][part] += number
    return {site: (pair[0], pair[1]) for site, pair in found.items()}


def _visits(reading: Reading, sites: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    found: dict[str, list[int]] = {site: [0, 0] for site in sites.values()}
    starts = {code: reading.baseline(code) for code in sites}
    plans = {start: {w.visit.id: w for w in windows(reading.protocol, start)} for start in starts.values() if start}
    for (code, visit), on in reading.visit_dates.items():
        start = starts.get(code)
        window = plans[start].get(visit) if start else None
        if window and code in sites:
            found[sites[code]][0] += not window.holds(on)
            found[sites[code]][1] += 1
    return {site: (pair[0], pair[1]) for site, pair in found.items()}


def _missing(reading: Reading, sites: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    there = set(reading.rows.select("participant", "visit", "form").unique().iter_rows())
    asked = {visit.id: visit.forms for visit in reading.protocol.visits}
    found: dict[str, list[int]] = {site: [0, 0] for site in sites.values()}
    for code, visit in reading.visit_dates:
        for form in asked.get(visit, ()) if code in sites else ():
            found[sites[code]][0] += (code, visit, form) not in there
            found[sites[code]][1] += 1
    return {site: (pair[0], pair[1]) for site, pair in found.items()}


def _values_by_site(reading: Reading, sites: Mapping[str, str]) -> Counter[str]:
    counted = reading.rows.filter(~pl.col("form").is_in(ABOUT_DATA)).group_by("participant").len()
    found: Counter[str] = Counter()
    for code, number in counted.iter_rows():
        if code in sites:
            found[sites[code]] += number
    return found


def _queries(reading: Reading, sites: Mapping[str, str], values: Mapping[str, int]) -> dict[str, tuple[int, float]]:
    raised = reading.rows.filter((pl.col("form") == "query") & (pl.col("item") == "about"))
    asked = Counter(sites[code] for code in raised["participant"] if code in sites)
    return {site: (asked[site], float(values.get(site, 0))) for site in set(sites.values())}


def _events(reading: Reading, sites: Mapping[str, str], today: date) -> dict[str, tuple[int, float]]:
    """Return events and participant-weeks from enrolment until the end of the study, or today."""
    found: dict[str, list[float]] = {site: [0, 0.0] for site in sites.values()}
    for code, row in reading.by_participant("enrolment").items():
        if code in sites and row["enrolment_date"]:
            days = (reading.ends.get(code, today) - date.fromisoformat(row["enrolment_date"])).days
            found[sites[code]][1] += max(days, 0) / 7
    for row in reading.table("adverse_event"):
        if row["participant"] in sites:
            found[sites[row["participant"]]][0] += 1
    return {site: (int(pair[0]), pair[1]) for site, pair in found.items()}
