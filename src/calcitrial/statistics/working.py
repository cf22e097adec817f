"""What a marginal model assumes of its rows: link, variance, and how rows of one cluster are alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]
Family = Literal["gaussian", "binomial"]
Working = Literal["exchangeable", "independence"]
FAMILIES: tuple[Family, ...] = ("gaussian", "binomial")
WORKING: tuple[Working, ...] = ("exchangeable", "independence")


@dataclass(frozen=True)
class Moments:
    """The scale of the residuals and the correlation between rows of one cluster."""

    scale: float
    correlation: float


@dataclass(frozen=True, eq=False)
class Cluster:
    """One cluster of n rows at the current estimate.

    `slopes` is the n x p derivative of the means by the coefficients, `covariance` the n x n working
    covariance without the scale, `residual` the n raw residuals.
    """

    slopes: Array
    covariance: Array
    residual: Array

    @property
    def weighted(self) -> Array:
        """D'V^-1, p x n."""
        return np.asarray(np.linalg.solve(self.covariance, self.slopes).T)


def mean_and_variance(linear: Array, family: Family) -> tuple[Array, Array]:
    """Return the means and the variances (without scale) of rows from their linear predictors.

    Args:
        linear: n linear predictors.
        family: "gaussian" with the identity link, "binomial" with the logit link.

    Returns:
        n means and n variances; with a canonical link the variance is also the slope of the mean.
    """
    if family == "gaussian":
        return linear, np.ones_like(linear)
    mean = special.expit(linear)
    return mean, mean * (1 - mean)


def residual_moments(pearson: Array, places: Sequence[NDArray[np.int64]], p: int, less_p: bool) -> Moments:
    """Estimate scale and exchangeable correlation from Pearson residuals; Liang and Zeger, Biometrika 1986;73:13.

    Args:
        pearson: n Pearson residuals.
        places: the rows of each cluster.
        p: number of coefficients.
        less_p: divide by n - p and pairs - p, as Liang and Zeger and SAS do; otherwise by n and pairs, as geepack.

    Returns:
        The moments; the correlation is zero when no cluster has two rows.
    """
    taken = p if less_p else 0
    scale = float(pearson @ pearson) / (len(pearson) - taken)
    sums = np.array([pearson[rows].sum() for rows in places])
    products = float(sums @ sums - pearson @ pearson) / 2
    pairs = sum(len(rows) * (len(rows) - 1) // 2 for rows in places) - taken
    return Moments(scale, products / pairs / scale if pairs > 0 and scale > 0 else 0.0)


def clusters_at(
    beta: Array,
    response: Array,
    matrix: Array,
    places: Sequence[NDArray[np.int64]],
    family: Family,
    correlation: float,
) -> list[Cluster]:
    """Split the rows into clusters and evaluate each at the coefficients.

    Args:
        beta: p coefficients.
        response: n values.
        matrix: n x p.
        places: the rows of each cluster.
        family: as in `mean_and_variance`.
        correlation: between any two rows of one cluster.

    Returns:
        One cluster for each element of `places`.
    """
    mean, variance = mean_and_variance(matrix @ beta, family)
    slopes, residual, root = matrix * variance[:, None], response - mean, np.sqrt(variance)
    if family == "gaussian":
        slopes = matrix
    return [
        Cluster(
            slopes[rows],
            (correlation + (1 - correlation) * np.eye(len(rows))) * np.outer(root[rows], root[rows]),
            residual[rows],
        )
        for rows in places
    ]


def bread(clusters: Sequence[Cluster]) -> Array:
    """Return the p x p inverse of the sum of D'V^-1 D over the clusters.

    Args:
        clusters: all clusters of the model.

    Returns:
        The model-based covariance of the coefficients without the scale.
    """
    return np.asarray(np.linalg.inv(np.sum([cluster.weighted @ cluster.slopes for cluster in clusters], axis=0)))
