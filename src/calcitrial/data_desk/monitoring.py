"""Central monitoring: figures of each site with intervals that are honest about small numbers, and no arm anywhere.

ICH E6(R3) 3.11.4 asks for monitoring that is proportionate to risk. A site is compared with all sites together by the
exact distribution (binomial or Poisson): outside the 95 % limits asks for a look, outside 99.8 % stands out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from scipy import stats

from calcitrial.data_desk.monitoring_counts import counts
from calcitrial.data_desk.review_rows import tallied
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
    totals = _totals(reading, today)

    def pairs(events: str, of: str) -> dict[str, tuple[int, int]]:
        return {site: (int(total[events]), int(total[of])) for site, total in totals.items()}

    values, weeks = (
        {site: (int(total[events]), total[of]) for site, total in totals.items()}
        for events, of in (("queries", "values"), ("events", "weeks"))
    )
    return [
        share("failures", "Screen failures", "of those screened", pairs("failed", "screened")),
        share("outside", "Visits out of window", "of visits held", pairs("outside", "held")),
        share("missing", "Forms missing", "of forms that a held visit asks for", pairs("missing", "asked")),
        rate("queries", "Queries", "per 100 values", 100, "per 100 values", values),
        rate(
            "corrections",
            "Corrections",
            "per 100 values entered",
            100,
            "per 100 values",
            pairs("corrected", "entered"),
        ),
        share("verified", "Source verified", "of forms to be verified", pairs("verified", "forms")),
        rate("events", "Adverse events", "per participant-week", 1, "per week", weeks),
    ]


SUMMED = ("screened", "outside", "held", "missing", "asked", "values", "queries", "corrected", "entered", "events")


def _totals(reading: Reading, today: date) -> dict[str, dict[str, float]]:
    """Return the sums of what is counted of the participants of each site; weeks are from enrolment to end or today."""
    names = (*SUMMED, "failed", "verified", "forms", "weeks")
    found: dict[str, dict[str, float]] = {site: dict.fromkeys(names, 0) for site in reading.sites.values()}
    tally = tallied(reading)
    for code, one in counts(reading).items():
        total = found[reading.sites[code]]
        for name in SUMMED:
            total[name] += getattr(one, name)
        total["failed"] += one.failed and one.screened
        total["verified"] += tally[code].verified
        total["forms"] += tally[code].forms
        if one.since:
            total["weeks"] += max(((one.until or today) - one.since).days, 0) / 7
    return found
