"""Random-effects meta-analysis of estimates with known variances: two levels of normal distributions.

tau2 is the variance between studies. Hartung and Knapp, Stat Med 2001;20:3875 (also Sidik and Jonkman) gives
the t test; the normal one is known to be too narrow with few studies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from calcitrial.models import refuse_if_any

Array = NDArray[np.float64]
TauMethod = Literal["reml", "dl", "pm"]
TestMethod = Literal["hartung-knapp", "normal"]


@dataclass(frozen=True)
class MetaAnalysis:
    """The pooled estimate, on the scale of the estimates given.

    `df` is infinite for the normal test. `predicted_low` and `predicted_high` hold the effect of a new study at
    the same level. `tau2_low` and `tau2_high` are the Q-profile interval; `i2` is in percent; `q` is Cochran's
    statistic on `k` - 1 degrees of freedom with `q_p`.
    """

    k: int
    method: str
    test: str
    estimate: float
    se: float
    df: float
    p: float
    low: float
    high: float
    predicted_low: float
    predicted_high: float
    level: float
    tau2: float
    tau2_low: float
    tau2_high: float
    i2: float
    q: float
    q_p: float


def pool_effects(
    estimates: ArrayLike,
    variances: ArrayLike,
    *,
    method: TauMethod = "reml",
    test: TestMethod = "hartung-knapp",
    level: float = 0.95,
) -> MetaAnalysis:
    """Pool the estimates of studies.

    Args:
        estimates: k finite numbers, such as log odds.
        variances: their k sampling variances, above 0.
        method: of tau2: "reml", "dl" (DerSimonian and Laird 1986) or "pm" (Paule and Mandel 1982).
        test: "hartung-knapp" (t on k - 1) or "normal".
        level: confidence level.

    Returns:
        The pooled estimate with its interval, the prediction interval and the heterogeneity.

    Raises:
        AnalysisError: when there are fewer than two studies, a number is missing or a variance is not above 0.
    """
    y, v = np.asarray(estimates, np.float64).ravel(), np.asarray(variances, np.float64).ravel()
    refuse_if_any(_problems(y, v, method, test, level))
    k, tau2 = len(y), _tau2(y, v, method)
    weights = 1 / (v + tau2)
    estimate = float(weights @ y / weights.sum())
    variance = 1 / float(weights.sum())
    df = float("inf")
    if test == "hartung-knapp":
        variance *= float(weights @ (y - estimate) ** 2) / (k - 1)
        df = float(k - 1)
    quantile = float(special.stdtrit(df, 0.5 + level / 2) if df < np.inf else special.ndtri(0.5 + level / 2))
    se = variance**0.5
    tail = special.stdtr(df, -abs(estimate / se)) if df < np.inf else special.ndtr(-abs(estimate / se))
    half, reach = quantile * se, quantile * (variance + tau2) ** 0.5
    low, high = _q_profile(y, v, level)
    q = _cochran(y, v, 0.0)
    return MetaAnalysis(
        k=k,
        method=method,
        test=test,
        estimate=estimate,
        se=se,
        df=df,
        p=2 * float(tail),
        low=estimate - half,
        high=estimate + half,
        predicted_low=estimate - reach,
        predicted_high=estimate + reach,
        level=level,
        tau2=tau2,
        tau2_low=low,
        tau2_high=high,
        i2=100 * tau2 / (tau2 + typical_variance(v)),
        q=q,
        q_p=float(special.chdtrc(k - 1, q)),
    )


def leave_one_out(
    estimates: ArrayLike, variances: ArrayLike, *, method: TauMethod = "reml", test: TestMethod = "hartung-knapp"
) -> tuple[MetaAnalysis, ...]:
    """Pool again without each study in turn.

    Args:
        estimates: as in `pool_effects`, at least three.
        variances: as in `pool_effects`.
        method: as in `pool_effects`.
        test: as in `pool_effects`.

    Returns:
        One meta-analysis per study left out, in the order of the studies.

    Raises:
        AnalysisError: as `pool_effects`.
    """
    y, v = np.asarray(estimates, np.float64).ravel(), np.asarray(variances, np.float64).ravel()
    return tuple(
        pool_effects(np.delete(y, place), np.delete(v, place), method=method, test=test) for place in range(len(y))
    )


def log_odds(events: ArrayLike, n: ArrayLike) -> tuple[Array, Array]:
    """Log odds of each study with their variances; where a cell is empty, a half is added to both of that study.

    Args:
        events: k counts.
        n: k sizes.

    Returns:
        k log odds and k variances.
    """
    x, size = np.asarray(events, np.float64), np.asarray(n, np.float64)
    more = np.where((x == 0) | (x == size), 0.5, 0.0)
    yes, no = x + more, size - x + more
    return np.log(yes / no), 1 / yes + 1 / no


def typical_variance(variances: Array) -> float:
    """Higgins and Thompson's typical sampling variance, Stat Med 2002;21:1539, equation 9.

    Args:
        variances: k sampling variances.

    Returns:
        The variance against which tau2 is put to give I2.
    """
    w = 1 / variances
    return float((len(w) - 1) * w.sum() / (w.sum() ** 2 - w @ w))


def _cochran(y: Array, v: Array, tau2: float) -> float:
    weights = 1 / (v + tau2)
    return float(weights @ (y - weights @ y / weights.sum()) ** 2)


def _tau2(y: Array, v: Array, method: str) -> float:
    if method == "dl":
        w = 1 / v
        return max(0.0, (_cochran(y, v, 0.0) - len(y) + 1) / float(w.sum() - w @ w / w.sum()))
    if method == "pm":
        return _above_zero(lambda tau2: _cochran(y, v, tau2) - len(y) + 1)
    return _above_zero(lambda tau2: _restricted_score(y, v, tau2))


def _restricted_score(y: Array, v: Array, tau2: float) -> float:
    """Twice the slope of the restricted log likelihood: y'PPy - tr P."""
    w = 1 / (v + tau2)
    away = y - w @ y / w.sum()
    return float((w * away) @ (w * away) - w.sum() + w @ w / w.sum())


def _above_zero(falling: Callable[[float], float]) -> float:
    if falling(0.0) <= 0:
        return 0.0
    top = 1e-3
    while falling(top) > 0:
        top *= 4
    return float(optimize.brentq(falling, 0.0, top, xtol=1e-15, rtol=1e-14))


def _q_profile(y: Array, v: Array, level: float) -> tuple[float, float]:
    """Viechtbauer, Stat Med 2007;26:37."""
    df, tail = len(y) - 1, (1 - level) / 2
    return (
        _above_zero(lambda tau2: _cochran(y, v, tau2) - float(special.chdtri(df, tail))),
        _above_zero(lambda tau2: _cochran(y, v, tau2) - float(special.chdtri(df, 1 - tail))),
    )


def _problems(y: Array, v: Array, method: str, test: str, level: float) -> list[str]:
    problems = []
    if len(y) != len(v):
        problems.append(f"There are {len(y)} estimates and {len(v)} variances; give one variance for each.")
    elif not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        problems.append("An estimate is missing or infinite, or a variance is not above 0; leave that study out.")
    if len(y) < 2:
        problems.append(f"A meta-analysis needs at least two studies, and there are {len(y)}.")
    elif len(set(y.tolist())) == 1 and test == "hartung-knapp":
        problems.append(
            f"All {len(y)} studies have the same estimate, so Hartung and Knapp's standard error would be zero and is "
            "not estimable; ask for the test 'normal'."
        )
    if method not in ("reml", "dl", "pm") or test not in ("hartung-knapp", "normal"):
        problems.append(f"'{method}' with '{test}' is not offered; choose reml, dl or pm with hartung-knapp or normal.")
    if not 0 < level < 1:
        problems.append(f"The confidence level {level} is outside 0 to 1; give for example 0.95.")
    return problems
