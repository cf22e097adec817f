"""Shares of lesions that responded: intervals for one arm, and marginal models (GEE) for two."""

import numpy as np
import polars as pl
from inference_outcome import Outcome, counted
from numpy.typing import NDArray
from scipy import special

from calcitrial.models import AnalysisError, clopper_pearson
from calcitrial.statistics import MarginalFit, clustered_proportion, fit_marginal
from calcitrial.statistics.sandwich import Covariance, covariance

INTERVALS = "Share of responding lesions in one arm, 3 lesions per participant"
ARMS = "Odds of response compared between arms (GEE), 3 lesions per participant"
METHODS = ("korn-graubard", "wilson", "cr2", "logit", "likelihood", "arcsine")
CORRECTIONS: dict[str, tuple[Covariance, bool]] = {
    "Mancl-DeRouen, t": ("mancl-derouen", True),
    "Kauermann-Carroll, t": ("kauermann-carroll", True),
    "Fay-Graubard, t": ("fay-graubard", True),
    "plain sandwich, normal": ("plain", False),
}
LESIONS = 3


def draw(rng: np.random.Generator, people: int, share: float, icc: float) -> pl.DataFrame:
    """Draw answers whose correlation within participants is `icc` (beta-binomial)."""
    weight = (1 - icc) / icc
    own = rng.beta(share * weight, (1 - share) * weight, people)
    answers = (rng.random((people, LESIONS)) < own[:, None]).astype(np.int64)
    codes = np.repeat(np.arange(people), LESIONS)
    arm = np.where(codes % 2, "STS", "CTL")
    return pl.DataFrame({"participant": codes, "arm": arm, "responder": answers.ravel()})


def proportions(rng: np.random.Generator, trials: int) -> list[Outcome]:
    """Return how often each interval leaves the true share out."""
    asked = ((10, 0.4, 0.33), (15, 0.4, 0.33), (15, 0.4, 0.10), (15, 0.15, 0.33), (30, 0.4, 0.33))
    return [one for people, share, icc in asked for one in one_arm(rng, trials, people, share, icc)]


def one_arm(rng: np.random.Generator, trials: int, people: int, share: float, icc: float) -> list[Outcome]:
    """Draw one arm again and again and return how often each interval leaves the true share out."""
    arms = [draw(rng, people, share, icc) for _ in range(trials)]
    name = f"{people} participants, {100 * share:.0f} % respond, ICC {icc:.2f}"
    found = [counted(INTERVALS, name, method, [_outside(one, method, share) for one in arms]) for method in METHODS]
    return [*found, counted(INTERVALS, name, "lesions as independent", [_naive(one, share) for one in arms])]


def _outside(rows: pl.DataFrame, method: str, share: float) -> bool | None:
    try:
        own = clustered_proportion(rows, "responder", "participant", method)  # type: ignore[arg-type]
    except AnalysisError:
        return None
    return not own.low <= share <= own.high


def _naive(rows: pl.DataFrame, share: float) -> bool:
    own = clopper_pearson(int(rows["responder"].sum()), rows.height)
    return not own.low <= share <= own.high


def marginal(rng: np.random.Generator, trials: int) -> list[Outcome]:
    """Return how often arms without a difference are said to differ."""
    return [one for people in (12, 20, 30) for one in two_arms(rng, trials, people)]


def two_arms(rng: np.random.Generator, trials: int, people: int) -> list[Outcome]:
    """Draw two like arms again and again and return how often each covariance says that they differ."""
    told = [_tested(draw(rng, people, 0.4, 0.2)) for _ in range(trials)]
    name = f"{people} participants, 40 % respond, ICC 0.20"
    return [
        counted(ARMS, name, method, [None if one is None else bool(one[number] < 0.05) for one in told])
        for number, method in enumerate(CORRECTIONS)
    ]


def _tested(rows: pl.DataFrame) -> NDArray[np.float64] | None:
    try:
        found = fit_marginal(rows, "responder ~ arm", "participant", family="binomial")
        return np.array([_p(found, *how) for how in CORRECTIONS.values()])
    except AnalysisError:
        return None


def _p(found: MarginalFit, kind: Covariance, with_t: bool) -> float:
    se = covariance(found.solved.clusters, found.solved.inverse, kind)[1, 1] ** 0.5
    statistic = -abs(found.coefficients[1].estimate / se)
    return float(2 * (special.stdtr(found.coefficients[1].df, statistic) if with_t else special.ndtr(statistic)))
