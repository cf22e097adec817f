"""Limits of agreement between two readers and repeatability of one, on the log scale and as ratios.

Bland and Altman, Stat Methods Med Res 1999;8:135-60: bias and limits of d = log(first) - log(second), with their
approximate intervals. Exact intervals of the limits from the noncentral t distribution: Carkeet, Optom Vis Sci
2015;92:e71-80. Repeatability: within-reader standard deviation of two readings and RC = 1.96 sqrt(2) wSD with
a chi-square interval, as in Raunig et al., Stat Methods Med Res 2015;24:27-67. exp of each is a ratio.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, nct, norm, t

from calcitrial.protocol import Problem, RefusedError

Floats = NDArray[np.float64]
TAIL = 0.975
Z = float(norm.ppf(TAIL))
# 1.96 by name in the definition of RC and of the smallest detectable change, not the exact quantile.
DETECTABLE = 1.96 * math.sqrt(2)


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % confidence interval."""

    value: float
    low: float
    high: float

    def ratio(self) -> "Interval":
        """Return exp of value and bounds."""
        return Interval(math.exp(self.value), math.exp(self.low), math.exp(self.high))


@dataclass(frozen=True)
class Limits:
    """Bias and 95 % limits of agreement of two readers, on the log scale; `lower` and `upper` with both intervals."""

    count: int
    bias: Interval
    sd: float
    lower: Interval
    upper: Interval
    lower_exact: Interval
    upper_exact: Interval


@dataclass(frozen=True)
class Repeatability:
    """How far two readings of one reader lie apart: wSD (log scale) and the repeatability coefficient."""

    count: int
    wsd: float
    rc: Interval


def limits_of_agreement(differences: Floats) -> Limits:
    """Return bias and limits of log differences, one per lesion; RefusedError below three.

    Lesions count as independent.
    """
    count = differences.size
    _refuse_few(count)
    bias, sd = float(differences.mean()), float(differences.std(ddof=1))
    quantile, root = float(t.ppf(TAIL, count - 1)), math.sqrt(count)
    error = sd * math.sqrt(1 / count + Z**2 / (2 * (count - 1)))
    near, far = (float(nct.ppf(p, count - 1, Z * root)) / root for p in (1 - TAIL, TAIL))
    low, high = bias - Z * sd, bias + Z * sd
    return Limits(
        count=count,
        bias=Interval(bias, bias - quantile * sd / root, bias + quantile * sd / root),
        sd=sd,
        lower=Interval(low, low - quantile * error, low + quantile * error),
        upper=Interval(high, high - quantile * error, high + quantile * error),
        lower_exact=Interval(low, bias - far * sd, bias - near * sd),
        upper_exact=Interval(high, bias + near * sd, bias + far * sd),
    )


def repeatability(differences: Floats) -> Repeatability:
    """Return wSD and RC from the log differences of two readings, one per lesion; RefusedError below three."""
    count = differences.size
    _refuse_few(count)
    wsd = math.sqrt(float((differences**2).mean()) / 2)
    rc = DETECTABLE * wsd
    low, high = (rc * math.sqrt(count / float(chi2.ppf(p, count))) for p in (TAIL, 1 - TAIL))
    return Repeatability(count, wsd, Interval(rc, low, high))


def _refuse_few(count: int) -> None:
    if count < 3:
        what = f"{count} lesions have both readings."
        raise RefusedError([Problem("agreement", what, "At least three are needed.")])
