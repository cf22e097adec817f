"""Meta-analysis of shares: a binomial likelihood within studies, normal log odds between them.

Hamza, van Houwelingen and Stijnen, J Clin Epidemiol 2008;61:41. Studies without events need no correction. The
Freeman-Tukey transformation is not offered: its back-transformation misleads (Schwarzer et al., Res Synth
Methods 2019;10:476).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from calcitrial.models import AnalysisError, refuse_if_any
from calcitrial.statistics.logistic_mixed import fit_logistic_mixed
from calcitrial.statistics.random_effects import log_odds, typical_variance


@dataclass(frozen=True)
class PooledProportion:
    """A pooled share: `estimate`, `low`, `high` and the prediction interval are shares between 0 and 1.

    `log_odds`, `se` and `tau2` are on the log odds scale; the estimate is the share of the median study. `q` is the
    likelihood ratio test of equal shares on k - 1 degrees of freedom with `q_p`; `i2` is in percent.
    """

    k: int
    events: int
    n: int
    log_odds: float
    se: float
    df: float
    estimate: float
    low: float
    high: float
    predicted_low: float
    predicted_high: float
    level: float
    tau2: float
    i2: float
    q: float
    q_p: float
    loglik: float
    messages: tuple[str, ...]


def pool_proportions(
    events: ArrayLike, n: ArrayLike, *, normal: bool = False, points: int = 25, level: float = 0.95
) -> PooledProportion:
    """Pool shares of studies.

    Args:
        events: k counts of participants with the event.
        n: k numbers of participants.
        normal: use the normal distribution instead of t on k - 1, which is too narrow with few studies.
        points: quadrature nodes.
        level: confidence level.

    Returns:
        The pooled share with confidence and prediction interval.

    Raises:
        AnalysisError: with fewer than two studies, impossible counts, or no event (or only events) in all studies.
    """
    x, size = np.asarray(events, np.float64).ravel(), np.asarray(n, np.float64).ravel()
    k = len(x)
    if k < 2:
        raise AnalysisError(f"A meta-analysis needs at least two studies, and there are {k}.")
    if not 0 < level < 1:
        raise AnalysisError(f"The confidence level {level} is outside 0 to 1; give for example 0.95.")
    if np.isfinite(x).all() and len(size) == k:
        refuse_if_any(_extremes(x, size))
    fitted = fit_logistic_mixed(x, size, np.ones((k, 1)), np.arange(k), ["log odds"], points=points)
    middle, se, tau2 = float(fitted.beta[0]), float(fitted.se[0]), fitted.sigma**2
    df = float("inf") if normal else float(k - 1)
    quantile = float(special.ndtri(0.5 + level / 2) if normal else special.stdtrit(df, 0.5 + level / 2))
    reach = quantile * (se**2 + tau2) ** 0.5
    low, high, new_low, new_high = special.expit(
        middle + np.array([-quantile * se, quantile * se, -reach, reach])
    ).tolist()
    q = _equal_shares(x, size)
    return PooledProportion(
        k=k,
        events=int(x.sum()),
        n=int(size.sum()),
        log_odds=middle,
        se=se,
        df=df,
        estimate=float(special.expit(middle)),
        low=low,
        high=high,
        predicted_low=new_low,
        predicted_high=new_high,
        level=level,
        tau2=tau2,
        i2=100 * tau2 / (tau2 + typical_variance(log_odds(x, size)[1])),
        q=q,
        q_p=float(special.chdtrc(k - 1, q)),
        loglik=fitted.loglik,
        messages=fitted.messages,
    )


def _equal_shares(x: np.ndarray, size: np.ndarray) -> float:
    """Twice the gain in log likelihood of a share for each study over one share for all."""
    own, common = x / size, x.sum() / size.sum()
    yes = special.xlogy(x, own) - special.xlogy(x, common)
    no = special.xlogy(size - x, 1 - own) - special.xlogy(size - x, 1 - common)
    return float(2 * np.sum(yes + no))


def _extremes(x: np.ndarray, size: np.ndarray) -> list[str]:
    if x.sum() not in (0, size.sum()):
        return []
    every = "None" if x.sum() == 0 else "All"
    return [
        f"{every} of the {size.sum():g} participants of {len(x)} studies had the event, so the log odds are infinite "
        "and not estimable; report the exact interval of each study."
    ]
