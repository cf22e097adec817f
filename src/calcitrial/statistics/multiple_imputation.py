"""Combines the analyses of several completed data sets into one; Rubin, Multiple Imputation, 1987, chapter 3.

Degrees of freedom for small samples: Barnard and Rubin, Biometrika 1999;86:948.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import special

from calcitrial.models import refuse_if_any
from calcitrial.statistics.imputation import Imputations


@dataclass(frozen=True)
class Analysed:
    """What one completed data set says: an estimate, its standard error and degrees of freedom (may be infinite)."""

    estimate: float
    se: float
    df: float = float("inf")


@dataclass(frozen=True)
class Pooled:
    """The combined answer.

    `within` is the mean variance, `between` the variance of the estimates; `increase` is the relative increase
    of the variance because values are missing, `missing_information` the share of information lost.
    """

    estimate: float
    se: float
    df: float
    statistic: float
    p: float
    low: float
    high: float
    level: float
    imputations: int
    within: float
    between: float
    increase: float
    missing_information: float


Analysis = Callable[[pl.DataFrame], Analysed]


def pool(analyses: Sequence[Analysed], level: float = 0.95) -> Pooled:
    """Combine the analyses of completed data sets.

    Args:
        analyses: one per imputation, at least two; the complete-data degrees of freedom are their mean.
        level: confidence level.

    Returns:
        The combined estimate with t test and interval.

    Raises:
        AnalysisError: when there are fewer than two analyses or one has no finite standard error.
    """
    refuse_if_any(_problems(analyses, level))
    m = len(analyses)
    estimates = np.array([one.estimate for one in analyses])
    within = float(np.mean([one.se**2 for one in analyses]))
    between = float(estimates.var(ddof=1))
    total = within + (1 + 1 / m) * between
    increase = (1 + 1 / m) * between / within
    df = _barnard_rubin(m, increase, float(np.mean([one.df for one in analyses])))
    estimate, se = float(estimates.mean()), total**0.5
    quantile, tail = _reference(df, level, abs(estimate / se))
    half = quantile * se
    return Pooled(
        estimate=estimate,
        se=se,
        df=df,
        statistic=estimate / se,
        p=2 * tail,
        low=estimate - half,
        high=estimate + half,
        level=level,
        imputations=m,
        within=within,
        between=between,
        increase=increase,
        missing_information=(increase + 2 / (df + 3)) / (increase + 1),
    )


def analyse_imputed(imputations: Imputations, analysis: Analysis, level: float = 0.95) -> Pooled:
    """Analyse each completed data set and combine the answers.

    Args:
        imputations: the data with its imputed values.
        analysis: takes a completed table and returns what it says.
        level: confidence level.

    Returns:
        The combined estimate.

    Raises:
        AnalysisError: as `pool`, or as the analysis does.
    """
    return pool([analysis(imputations.completed(number)) for number in range(imputations.count)], level)


def _barnard_rubin(m: int, increase: float, complete: float) -> float:
    share = increase / (1 + increase)
    rubin = (m - 1) / share**2 if share**2 > 0 else float("inf")
    if np.isinf(complete):
        return rubin
    observed = (complete + 1) / (complete + 3) * complete * (1 - share)
    return observed if np.isinf(rubin) else rubin * observed / (rubin + observed)


def _reference(df: float, level: float, distance: float) -> tuple[float, float]:
    """Quantile and upper tail of t, or of the normal distribution when the degrees of freedom are infinite."""
    if np.isinf(df):
        return float(special.ndtri(0.5 + level / 2)), float(special.ndtr(-distance))
    return float(special.stdtrit(df, 0.5 + level / 2)), float(special.stdtr(df, -distance))


def _problems(analyses: Sequence[Analysed], level: float) -> list[str]:
    problems = []
    if len(analyses) < 2:
        problems.append(f"{len(analyses)} imputations cannot show how uncertain they are; make at least 2, better 20.")
    bad = [
        number
        for number, one in enumerate(analyses, 1)
        if not (np.isfinite(one.estimate) and np.isfinite(one.se) and one.se > 0 and one.df > 0)
    ]
    if bad:
        problems.append(
            f"The analysis of imputation {', '.join(map(str, bad[:5]))} has no finite estimate with a standard error "
            "above 0; look at the completed table."
        )
    if not 0 < level < 1:
        problems.append(f"The confidence level {level} is outside 0 to 1; give for example 0.95.")
    return problems
