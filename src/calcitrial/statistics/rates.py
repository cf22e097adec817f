"""Exact Poisson rates of events: per 100 person-years, per injection, and their ratio.

An exact interval supposes that events come independently. Where some people have many, use
`negative_binomial.compare_event_rates`, which tests that supposition and says so.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from calcitrial.models import clopper_pearson, refuse_if_any


@dataclass(frozen=True)
class Rate:
    """Events per `per` units of exposure with the exact interval; `exposure` is in units, such as years."""

    events: int
    exposure: float
    per: float
    unit: str
    estimate: float
    low: float
    high: float
    level: float


@dataclass(frozen=True)
class RateRatio:
    """Rate of the first group by that of the second; `high` is infinite when the second had no event."""

    estimate: float
    low: float
    high: float
    level: float
    p: float
    messages: tuple[str, ...]


def poisson_rate(
    events: int, exposure: float, *, per: float = 100.0, unit: str = "person-years", level: float = 0.95
) -> Rate:
    """Exact rate; Garwood, Biometrika 1936;28:437.

    Args:
        events: whole number of events, 0 or more.
        exposure: person-years (days by 365.25), or injections given.
        per: rate per so many units: 100 for 100 person-years, 1 for one injection.
        unit: what exposure counts, for the reader.
        level: confidence level.

    Returns:
        The rate; the lower limit is 0 without events.

    Raises:
        AnalysisError: when the count is impossible or there is no exposure.
    """
    refuse_if_any([*_count_problems(events, exposure, unit), *_level_problems(level)])
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(special.gammaincinv(events, tail))
    high = float(special.gammaincinv(events + 1, 1 - tail))
    scale = per / exposure
    return Rate(int(events), float(exposure), per, unit, events * scale, low * scale, high * scale, level)


def poisson_rate_ratio(first: Rate, second: Rate, level: float = 0.95) -> RateRatio:
    """Exact ratio of two rates, given the number of events of both; Przyborowski and Wilenski 1940.

    Args:
        first: rate of the first group, such as the treated.
        second: rate of the second group, with exposure in the same unit.
        level: confidence level.

    Returns:
        The ratio with Clopper and Pearson's limits carried over and the exact two-sided p.

    Raises:
        AnalysisError: when neither group had an event, or the units differ.
    """
    problems = _level_problems(level)
    if first.unit != second.unit:
        problems.append(f"One rate counts {first.unit} and the other {second.unit}; give both the same exposure.")
    if first.events + second.events == 0:
        problems.append("Neither group had an event, so the ratio of their rates is not estimable; report the rates.")
    refuse_if_any(problems)
    events, exposures = (first.events, second.events), (first.exposure, second.exposure)
    share = clopper_pearson(events[0], sum(events), level)
    low, estimate, high = (
        _odds(value) * exposures[1] / exposures[0] for value in (share.low, share.estimate, share.high)
    )
    p = float(stats.binomtest(events[0], sum(events), exposures[0] / sum(exposures)).pvalue)
    messages = ("The second group had no event, so the ratio has no upper limit.",) if events[1] == 0 else ()
    return RateRatio(estimate, low, high, level, p, messages)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else float("inf")


def _count_problems(events: int, exposure: float, unit: str) -> list[str]:
    problems = []
    if not np.isfinite(events) or events != int(events) or events < 0:
        problems.append(f"{events} is not a number of events; give a whole number, 0 or more.")
    if not (np.isfinite(exposure) and exposure > 0):
        problems.append(f"The exposure is {exposure:g} {unit}; a rate needs exposure above 0.")
    return problems


def _level_problems(level: float) -> list[str]:
    return [] if 0 < level < 1 else [f"The confidence level {level} is outside 0 to 1; give for example 0.95."]
