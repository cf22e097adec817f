"""Covariances of marginal models that hold when there are few clusters.

The plain sandwich (Liang and Zeger 1986) is too small below some 40 clusters, because residuals are smaller
than errors. Each correction replaces the residuals e of a cluster by A e, with H the cluster's leverage:

- mancl-derouen: A = (I - H)^-1; Mancl and DeRouen, Biometrics 2001;57:126. The same as CR3.
- kauermann-carroll: A = (I - H)^(-1/2), the principal root; Kauermann and Carroll, JASA 2001;96:1387.
- cr2: the symmetric root that makes the covariance unbiased under the working model; Pustejovsky and Tipton,
  J Bus Econ Stat 2018;36:672. Equal to kauermann-carroll where the working covariance of a cluster is a
  multiple of the identity.
- fay-graubard: scales the scores, not the residuals; Fay and Graubard, Biometrics 2001;57:1198, bound 0.75.
- mbn: inflates the plain sandwich and adds part of the model-based covariance; Morel, Bokossa and Neerchal,
  Biom J 2003;45:395.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calcitrial.models import AnalysisError
from calcitrial.statistics.working import Cluster

Array = NDArray[np.float64]
Covariance = Literal["mancl-derouen", "kauermann-carroll", "cr2", "fay-graubard", "mbn", "plain"]
COVARIANCES: tuple[Covariance, ...] = ("mancl-derouen", "kauermann-carroll", "cr2", "fay-graubard", "mbn", "plain")
BOUND = 0.75  # Fay and Graubard's b
ALONE = 1e-8  # what is left of a residual that its own cluster fixes


def influences(clusters: Sequence[Cluster], inverse: Array, kind: Covariance) -> list[Array]:
    """Return for each cluster the p x n matrix that turns its residuals into its share of the coefficients' error.

    Args:
        clusters: the clusters of the model at its estimate.
        inverse: what `bread` returned.
        kind: the correction; "mbn" has the shares of "plain".

    Returns:
        One matrix per cluster.

    Raises:
        AnalysisError: when one cluster alone fixes a coefficient, so that Mancl and DeRouen's does not exist.
    """
    return [_influence(cluster, inverse, kind, number) for number, cluster in enumerate(clusters, 1)]


def _influence(cluster: Cluster, inverse: Array, kind: Covariance, number: int) -> Array:
    weighted = cluster.weighted
    plain = inverse @ weighted
    if kind in ("plain", "mbn"):
        return plain
    if kind == "fay-graubard":
        share = np.einsum("ij,ji->i", weighted @ cluster.slopes, inverse)
        return np.asarray(inverse @ (weighted / np.sqrt(1 - np.minimum(BOUND, share))[:, None]))
    lower = np.linalg.cholesky(cluster.covariance)
    if kind == "cr2":
        # Pustejovsky and Tipton's B, with the upper triangle of the working covariance on either side.
        left = cluster.covariance - cluster.slopes @ inverse @ cluster.slopes.T
        return plain @ lower @ _root(lower.T @ left @ lower, -0.5, number) @ lower.T
    scaled = np.linalg.solve(lower, cluster.slopes)
    power = -0.5 if kind == "kauermann-carroll" else -1.0
    changed = _root(np.eye(len(lower)) - scaled @ inverse @ scaled.T, power, number)
    return np.asarray(plain @ lower @ np.linalg.solve(lower.T, changed).T)


def _root(matrix: Array, power: float, number: int) -> Array:
    """A power of a symmetric non-negative matrix; directions without length stay zero, or are refused for -1."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    alive = values > ALONE * max(values.max(), 1e-300)
    if power == -1.0 and not alive.all():
        raise AnalysisError(
            f"Cluster number {number} alone fixes a coefficient, so Mancl and DeRouen's covariance does not exist; "
            "ask for 'cr2' or leave the term out that only this cluster has."
        )
    powered = np.where(alive, np.where(alive, values, 1.0) ** power, 0.0)
    return np.asarray((vectors * powered) @ vectors.T)


def covariance(clusters: Sequence[Cluster], inverse: Array, kind: Covariance, scale: float = 1.0) -> Array:
    """Return the p x p covariance of the coefficients.

    Args:
        clusters: the clusters of the model at its estimate.
        inverse: what `bread` returned.
        kind: the correction.
        scale: of the residuals; only "mbn" needs it, for its part of the model-based covariance.

    Returns:
        The covariance.

    Raises:
        AnalysisError: as `influences`; and when MBN is asked of fewer clusters than its correction allows.
    """
    shares = [
        part @ cluster.residual for part, cluster in zip(influences(clusters, inverse, kind), clusters, strict=True)
    ]
    meat = np.asarray(np.sum([np.outer(share, share) for share in shares], axis=0))
    return _morel(clusters, scale * inverse, meat) if kind == "mbn" else meat


def _morel(clusters: Sequence[Cluster], model_based: Array, plain: Array) -> Array:
    m, p = len(clusters), len(model_based)
    n = sum(len(cluster.residual) for cluster in clusters)
    if m == 1 or n <= p:
        raise AnalysisError(f"MBN's covariance needs two clusters and more than {p} rows; there are {m} and {n}.")
    inflation = (n - 1) / (n - p) * m / (m - 1)
    delta = p / (m - p) if m > 3 * p else 0.5
    design_effect = max(1.0, float(np.trace(np.linalg.solve(model_based, plain))) / p)
    return np.asarray(inflation * plain + delta * design_effect * model_based)


def satterthwaite_df(clusters: Sequence[Cluster], inverse: Array, kind: Covariance, contrasts: Array) -> Array:
    """Degrees of freedom of contrasts under the working model; Pustejovsky and Tipton 2018, their equation 11.

    Args:
        clusters: the clusters of the model at its estimate.
        inverse: what `bread` returned.
        kind: the correction whose covariance is used.
        contrasts: c x p, one contrast per row.

    Returns:
        c degrees of freedom, by matching the first two moments of the variance estimate to a chi square.
    """
    parts = influences(clusters, inverse, kind)
    lower = np.linalg.cholesky(inverse)
    found = []
    for line in np.atleast_2d(contrasts):
        rows = [line @ part for part in parts]
        own = np.array([row @ c.covariance @ row for row, c in zip(rows, clusters, strict=True)])
        shared = np.array([row @ c.slopes @ lower for row, c in zip(rows, clusters, strict=True)])
        products = np.diag(own) - shared @ shared.T
        found.append(float(np.trace(products) ** 2 / np.sum(products**2)))
    return np.array(found)
