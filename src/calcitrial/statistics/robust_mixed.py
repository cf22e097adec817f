"""Tests of a mixed model's fixed part that stay valid when its random part is wrong, with few participants.

The covariance is a sandwich over the participants, made unbiased under the fitted model (CR2), and the reference is t
with Satterthwaite's degrees of freedom; Pustejovsky and Tipton, J Bus Econ Stat 2018;36:672. A sensitivity analysis
beside Kenward and Roger's, which trusts the random part.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from calcitrial.models import AnalysisError, Coefficient, Fit
from calcitrial.statistics.estimating_equations import cluster_places
from calcitrial.statistics.sandwich import Covariance, covariance, satterthwaite_df
from calcitrial.statistics.working import Cluster, bread

Array = NDArray[np.float64]


def robust_tests(fit: Fit, kind: Covariance = "cr2", level: float = 0.95) -> tuple[Coefficient, ...]:
    """Test each coefficient of a mixed model against zero with a covariance taken between the coarsest groups.

    Args:
        fit: a mixed model with nested random intercepts, the first of them the participant.
        kind: the correction for few groups, as in `fit_marginal`.
        level: confidence level.

    Returns:
        One test per coefficient of the fit: its own estimate, other standard errors and degrees of freedom.

    Raises:
        AnalysisError: when the groups are not nested in one coarsest, or the residuals are correlated by themselves.
    """
    clusters = _clusters(fit)
    inverse = bread(clusters)
    estimate = np.array([coefficient.estimate for coefficient in fit.coefficients])
    se = np.sqrt(np.diag(covariance(clusters, inverse, kind)))
    df = satterthwaite_df(clusters, inverse, kind, np.eye(len(estimate)))
    p = 2 * special.stdtr(df, -np.abs(estimate / se))
    half = special.stdtrit(df, 0.5 + level / 2) * se
    table = np.column_stack([estimate, se, df, estimate / se, p, estimate - half, estimate + half])
    terms = [coefficient.term for coefficient in fit.coefficients]
    return tuple(Coefficient(term, *row) for term, row in zip(terms, table.tolist(), strict=True))


def _clusters(fit: Fit) -> list[Cluster]:
    design, names = fit.design, [grouping.name for grouping in fit.design.groupings]
    if design.repeats or set(fit.variances) != {*names, "residual"}:
        raise AnalysisError(
            f"'{fit.formula}' has more than random intercepts; robust tests are offered for random intercepts alone."
        )
    coarsest = min(design.groupings, key=lambda grouping: len(grouping.labels))
    places = cluster_places(coarsest.codes)
    for grouping in design.groupings:
        pairs = np.unique(np.column_stack([grouping.codes, coarsest.codes]), axis=0)
        if len(pairs) > len(grouping.labels):
            raise AnalysisError(
                f"A {grouping.name} belongs to more than one {coarsest.name}; robust tests need groups within groups."
            )
    residual = design.response - design.matrix @ np.array([coefficient.estimate for coefficient in fit.coefficients])
    return [Cluster(design.matrix[rows], _spread(fit, rows), residual[rows]) for rows in places]


def _spread(fit: Fit, rows: NDArray[np.int64]) -> Array:
    """V of the rows of one cluster."""
    total = fit.variances["residual"] * np.eye(len(rows))
    for grouping in fit.design.groupings:
        codes = grouping.codes[rows]
        total += fit.variances[grouping.name] * (codes[:, None] == codes)
    return total
