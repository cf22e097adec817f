"""Event rates of groups when some people have many events: negative binomial regression.

The variance of a count with mean m is m + m^2 / theta. Poisson is the case without end of theta. Lawless,
Can J Stat 1987;15:209.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import optimize, special

from calcitrial.models import AnalysisError, Coefficient, refuse_if_any

Array = NDArray[np.float64]
ROUNDS = 200
ALL = "all participants"  # the column that stands for one group
FLAT = 1e7  # a theta above it is Poisson


@dataclass(frozen=True)
class Overdispersion:
    """Whether counts vary more than Poisson's.

    `pearson` is the sum of squared Pearson residuals by its degrees of freedom, 1 under Poisson. `statistic` is
    twice the gain in log likelihood of the negative binomial; `p` halves the chi square, because theta lies at
    the edge of its range under Poisson (Self and Liang, JASA 1987;82:605).
    """

    pearson: float
    statistic: float
    p: float


@dataclass(frozen=True)
class EventRates:
    """Log rates of a reference group and log rate ratios of the others, with t tests.

    `model` is "negative binomial", or "Poisson" when the counts do not vary more than Poisson's; `theta` is then
    infinite. `loglik` is that of the model. `overdispersion` belongs to the choice.
    """

    model: str
    coefficients: tuple[Coefficient, ...]
    ratios: Mapping[str, tuple[float, float, float]]
    theta: float
    loglik: float
    n: int
    level: float
    overdispersion: Overdispersion
    messages: tuple[str, ...]


def compare_event_rates(
    data: pl.DataFrame, events: str, exposure: str, group: str, *, reference: str = "", level: float = 0.95
) -> EventRates:
    """Compare rates of groups, letting people differ in how prone they are to events.

    Args:
        data: one row per participant; rows with a missing value are dropped.
        events: column of whole numbers, 0 or more.
        exposure: column of person-years or injections, above 0.
        group: text column.
        reference: the group to compare with; the first in sorted order when left out.
        level: confidence level.

    Returns:
        Log rates and ratios `{group: (estimate, low, high)}` against the reference, by maximum likelihood, with
        t on participants less groups.

    Raises:
        AnalysisError: when the counts are impossible, there is one group, or a group has no event.
    """
    kept = _checked(data, events, exposure, group, reference, level)
    names = kept[group].unique().sort().to_list()
    names = [reference or names[0], *(name for name in names if name != (reference or names[0]))]
    counts = kept[events].cast(pl.Float64).to_numpy()
    offset = np.log(kept[exposure].cast(pl.Float64).to_numpy())
    own = kept[group].to_numpy()
    matrix = np.column_stack([np.ones(len(own)), *((own == name).astype(float) for name in names[1:])])
    beta, theta, dispersion = _fit(counts, matrix, offset)
    mean = np.exp(matrix @ beta + offset)
    weights = mean / (1 + mean / theta)
    vcov = np.linalg.inv(matrix.T @ (matrix * weights[:, None]))
    coefficients = _tests(beta, vcov, len(counts) - len(beta), names, level)
    message = (
        f"Pearson's chi square is {dispersion.pearson:.2f} per degree of freedom and the likelihood ratio test against "
        f"Poisson gives p = {dispersion.p:.3f}."
    )
    return EventRates(
        model="negative binomial" if np.isfinite(theta) else "Poisson",
        coefficients=coefficients,
        ratios={
            name: (float(np.exp(c.estimate)), float(np.exp(c.low)), float(np.exp(c.high)))
            for name, c in zip(names[1:], coefficients[1:], strict=True)
        },
        theta=theta,
        loglik=_loglik(counts, mean, theta),
        n=len(counts),
        level=level,
        overdispersion=dispersion,
        messages=(message,) if np.isfinite(theta) else (message, "The counts vary no more than Poisson's."),
    )


@dataclass(frozen=True)
class GroupRate:
    """Rate of one group per unit of exposure as (estimate, low, high), with t on participants less one.

    `model`, `theta` and `overdispersion` are as in `EventRates`.
    """

    model: str
    rate: tuple[float, float, float]
    theta: float
    n: int
    level: float
    overdispersion: Overdispersion


def event_rate(data: pl.DataFrame, events: str, exposure: str, *, level: float = 0.95) -> GroupRate:
    """Estimate the rate of one group, letting people differ in how prone they are to events.

    Args:
        data: as in `compare_event_rates`; at least two participants.
        events: as in `compare_event_rates`.
        exposure: as in `compare_event_rates`.
        level: confidence level.

    Returns:
        The rate per unit of exposure, by maximum likelihood.

    Raises:
        AnalysisError: when the counts are impossible, of one participant, or all zero.
    """
    one = data.with_columns(pl.lit("all").alias(ALL))
    kept = _checked_values(one, events, exposure, ALL, level)
    total = int(kept[events].sum())
    if total == 0 or kept.height == 1:
        lacking = "had no event" if total == 0 else "are one, so that how people differ cannot be seen"
        raise AnalysisError(f"Participants with {exposure} {lacking}; use the exact rate (poisson_rate).")
    counts = kept[events].cast(pl.Float64).to_numpy()
    offset = np.log(kept[exposure].cast(pl.Float64).to_numpy())
    matrix = np.ones((len(counts), 1))
    beta, theta, dispersion = _fit(counts, matrix, offset)
    mean = np.exp(matrix @ beta + offset)
    se = float(np.sum(mean / (1 + mean / theta)) ** -0.5)
    half = float(special.stdtrit(len(counts) - 1, 0.5 + level / 2)) * se
    low, estimate, high = np.exp(beta[0] + np.array([-half, 0.0, half])).tolist()
    model = "negative binomial" if np.isfinite(theta) else "Poisson"
    return GroupRate(model, (estimate, low, high), theta, len(counts), level, dispersion)


def _fit(counts: Array, matrix: Array, offset: Array) -> tuple[Array, float, Overdispersion]:
    poisson = _coefficients(counts, matrix, offset, np.inf)
    mean = np.exp(matrix @ poisson + offset)
    pearson = float(np.sum((counts - mean) ** 2 / mean)) / (len(counts) - matrix.shape[1])

    def below(log_theta: float) -> float:
        fitted = np.exp(matrix @ _coefficients(counts, matrix, offset, np.exp(log_theta)) + offset)
        return -_loglik(counts, fitted, float(np.exp(log_theta)))

    found = optimize.minimize_scalar(below, bounds=(-8.0, np.log(FLAT)), method="bounded", options={"xatol": 1e-10})
    theta = float(np.exp(found.x))
    statistic = 2 * (-float(found.fun) - _loglik(counts, mean, np.inf))
    if statistic < 1e-6:
        return poisson, float("inf"), Overdispersion(pearson, 0.0, 1.0)
    p = float(special.chdtrc(1, statistic)) / 2
    return _coefficients(counts, matrix, offset, theta), theta, Overdispersion(pearson, statistic, p)


def _coefficients(counts: Array, matrix: Array, offset: Array, theta: float) -> Array:
    """Scoring at a fixed theta; started from the rate of all, which is near for groups."""
    beta = np.zeros(matrix.shape[1])
    beta[0] = np.log(counts.sum() / np.exp(offset).sum())
    for _ in range(ROUNDS):
        mean = np.exp(matrix @ beta + offset)
        weights = mean / (1 + mean / theta)
        score = matrix.T @ ((counts - mean) / (1 + mean / theta))
        step = np.linalg.solve(matrix.T @ (matrix * weights[:, None]), score)
        beta = beta + step * min(1.0, 2.0 / max(np.abs(step).max(), 1e-300))
        if np.abs(step).max() < 1e-12:
            return np.asarray(beta)
    raise AnalysisError(f"The rates did not settle in {ROUNDS} rounds; look for exposures that are far too small.")


def _loglik(counts: Array, mean: Array, theta: float) -> float:
    if np.isinf(theta):
        return float(np.sum(counts * np.log(mean) - mean - special.gammaln(counts + 1)))
    terms = special.gammaln(theta + counts) - special.gammaln(theta) - special.gammaln(counts + 1)
    return float(np.sum(terms - theta * np.log1p(mean / theta) + counts * np.log(mean / (mean + theta))))


def _tests(beta: Array, vcov: Array, df: int, names: Sequence[str], level: float) -> tuple[Coefficient, ...]:
    se = np.sqrt(np.diag(vcov))
    half = special.stdtrit(df, 0.5 + level / 2) * se
    p = 2 * special.stdtr(df, -np.abs(beta / se))
    terms = [f"log rate {names[0]}", *(f"log ratio {name}/{names[0]}" for name in names[1:])]
    table = np.column_stack([beta, se, np.full(len(beta), df), beta / se, p, beta - half, beta + half])
    return tuple(Coefficient(term, *row) for term, row in zip(terms, table.tolist(), strict=True))


def _checked(data: pl.DataFrame, events: str, exposure: str, group: str, reference: str, level: float) -> pl.DataFrame:
    kept = _checked_values(data, events, exposure, group, level)
    refuse_if_any(_group_problems(kept, events, group, reference))
    return kept


def _checked_values(data: pl.DataFrame, events: str, exposure: str, group: str, level: float) -> pl.DataFrame:
    problems = [f"The data have no column {name}." for name in (events, exposure, group) if name not in data.columns]
    if not 0 < level < 1:
        problems.append(f"The confidence level {level} is outside 0 to 1; give for example 0.95.")
    refuse_if_any(problems)
    kept = data.select(events, exposure, pl.col(group).cast(pl.String)).drop_nulls()
    refuse_if_any(
        f"The column {name} holds {kept.schema[name]}; it must hold numbers."
        for name in (events, exposure)
        if not kept.schema[name].is_numeric()
    )
    refuse_if_any(_value_problems(kept, events, exposure, group))
    return kept


def _value_problems(kept: pl.DataFrame, events: str, exposure: str, group: str) -> list[str]:
    if kept.is_empty():
        return [f"No row has {', '.join(name for name in (events, exposure, group) if name != ALL)} all together."]
    counts, times = kept[events].cast(pl.Float64).to_numpy(), kept[exposure].cast(pl.Float64).to_numpy()
    problems = []
    odd = int((~np.isfinite(counts) | (counts < 0) | (counts != np.floor(counts))).sum())
    if odd:
        problems.append(f"{odd} values of {events} are no counts; give whole numbers, 0 or more.")
    short = int((~np.isfinite(times) | (times <= 0)).sum())
    if short:
        problems.append(f"{short} values of {exposure} are not above 0 or infinite; leave those participants out.")
    return problems


def _group_problems(kept: pl.DataFrame, events: str, group: str, reference: str) -> list[str]:
    names = kept[group].unique().sort().to_list()
    if len(names) == 1:
        return [f"The column {group} is '{names[0]}' in every row; a ratio of rates needs two groups."]
    if reference and reference not in names:
        return [f"The reference '{reference}' is not among the groups {', '.join(names)}."]
    if kept.height <= len(names):
        return [f"{kept.height} participants are too few for {len(names)} groups."]
    totals = kept.group_by(group).agg(pl.col(events).sum()).sort(group).rows()
    return [
        f"The group '{name}' had no event, so its log rate is infinite and not estimable; report the exact rates."
        for name, total in totals
        if total == 0
    ]
