"""The parameters of highest likelihood of a mixed model whose residuals are correlated over visits."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcitrial.models.estimate import AnalysisError
from calcitrial.models.formula import Residual
from calcitrial.models.maximum import CONVERGED, ROUNDING, STEPS, direction, refuse_inseparable
from calcitrial.models.structured import Rows, evaluate
from calcitrial.models.structures import covariance, has_one_variance, starting_values, unstructured_values
from calcitrial.models.variances import Moments

Array = NDArray[np.float64]

LONGEST = 2.0  # of one step in a coordinate of the structure
EDGE = 1e-6  # smallest eigenvalue of the correlation matrix that is still away from the edge


@dataclass(frozen=True, eq=False)
class ResidualCovariance:
    """The estimated covariance of the residuals of one group: `matrix` is m x m in the order of `visits`."""

    residual: Residual
    visits: tuple[str, ...]
    matrix: Array

    @property
    def variances(self) -> dict[str, float]:
        """One variance named "residual", or one per visit, such as "residual[W04]"."""
        own = np.diag(self.matrix).tolist()
        if has_one_variance(self.residual.kind):
            return {"residual": own[0]}
        return {f"residual[{visit}]": value for visit, value in zip(self.visits, own, strict=True)}

    @property
    def correlations(self) -> dict[str, float]:
        """The correlation of each pair of visits, such as "W04:W08"."""
        m = len(self.visits)
        return {
            f"{self.visits[s]}:{self.visits[t]}": float(self._scaled[s, t]) for s in range(m) for t in range(s + 1, m)
        }

    @property
    def smallest(self) -> float:
        """The smallest eigenvalue of the correlation matrix; zero at the limit."""
        return float(np.linalg.eigvalsh(self._scaled)[0])

    @property
    def _scaled(self) -> Array:
        spread = np.sqrt(np.diag(self.matrix))
        return np.asarray(self.matrix / np.outer(spread, spread))

    def to_json(self) -> dict[str, Any]:
        """Return the structure, its visits, the covariance matrix and the correlations as plain values."""
        return {
            "structure": self.residual.label,
            "visits": list(self.visits),
            "covariance": self.matrix.tolist(),
            "correlations": self.correlations,
        }


def maximise_structured(rows: Rows, reml: bool) -> tuple[Moments, tuple[str, ...]]:
    """Find the parameters of highest likelihood.

    Newton steps with the observed information where it is positive definite, Fisher scoring elsewhere; steps are
    halved until the likelihood does not fall and the covariance is positive definite. Beside random intercepts a
    structure can have two maxima, so the search starts from no correlation and from a strong one.

    Args:
        rows: the data.
        reml: restricted likelihood, else maximum likelihood.

    Returns:
        The moments at the maximum, and sentences about what was noticed on the way.

    Raises:
        AnalysisError: when parameters cannot be told apart, or the variance at a visit falls to zero.
    """
    scale = float((rows.both[:, :, -1] ** 2).sum()) / rows.rows
    found = [_search(rows, start, scale, reml) for start in _starts(rows, scale)]
    best, finished = max(found, key=lambda each: (each[1], each[0].loglik))
    if finished and residual_covariance(rows, best).smallest > EDGE:
        return best, ()
    return best, (_no_maximum(rows, best),)


def residual_covariance(rows: Rows, moments: Moments) -> ResidualCovariance:
    """Return the structure at the estimated parameters."""
    repeats = rows.repeats
    psi = moments.theta[len(rows.names) :]
    return ResidualCovariance(
        repeats.residual, repeats.visits, covariance(repeats.residual.kind, psi, len(repeats.visits)).value
    )


def _starts(rows: Rows, scale: float) -> list[Array]:
    """Equal shares for all terms; for `us` the covariance of the residuals of least squares."""
    kind, visits, terms = rows.repeats.residual.kind, len(rows.repeats.visits), len(rows.names)
    share = np.full(terms, scale / (terms + 1))
    if kind == "us":
        return [np.append(share, unstructured_values(_moment_covariance(rows) / (terms + 1)))]
    correlations = (0.0, 0.5) if terms else (0.0,)
    return [np.append(share, starting_values(kind, visits, scale / (terms + 1), rho)) for rho in correlations]


def _moment_covariance(rows: Rows) -> Array:
    """Mean products of residuals by pair of visits, drawn to its diagonal until it is positive definite."""
    visits = len(rows.repeats.visits)
    rest = rows.both[:, :, -1]
    products = rows.together * rest[:, :, None] * rest[:, None, :]
    counts = np.bincount(rows.cells.ravel(), rows.together.ravel(), visits**2)
    sums = np.bincount(rows.cells.ravel(), products.ravel(), visits**2)
    mean = (sums / np.maximum(counts, 1)).reshape(visits, visits)
    mean[np.diag_indices(visits)] = np.maximum(np.diag(mean), 1e-6 * np.diag(mean).max())
    for kept in (0.9, 0.6, 0.3):
        drawn = kept * mean + (1 - kept) * np.diag(np.diag(mean))
        if np.linalg.eigvalsh(drawn)[0] > 0:
            return drawn
    return np.diag(np.diag(mean))


def _search(rows: Rows, start: Array, scale: float, reml: bool) -> tuple[Moments, bool]:
    """Return the last moments and whether they are a maximum."""
    now = evaluate(rows, start, reml)
    if now is None:
        raise AnalysisError(f"The response hardly varies, so {rows.repeats.residual.label} has no covariance.")
    refuse_inseparable(_names(rows), now)
    for _ in range(STEPS):
        step = _step(now)
        if step is None or _refuse_no_variance(rows, now, scale):
            return now, False
        gain = 0.5 * float(step @ now.score)
        if gain < CONVERGED:
            return now, True
        new = _climb(rows, now, step, reml)
        if new is None:
            return now, gain < ROUNDING
        now = new
    return now, False


def _step(now: Moments) -> Array | None:
    """The next step; None where the information is singular because the covariance is."""
    try:
        return direction(now, ~now.bounded | (now.theta > 0) | (now.score > 0))[0]
    except np.linalg.LinAlgError:
        return None


def _refuse_no_variance(rows: Rows, now: Moments, scale: float) -> bool:
    """Refuse a variance of zero; return whether the matrix is so near to singular that the search is lost."""
    found = residual_covariance(rows, now)
    none = [visit for visit, value in zip(found.visits, np.diag(found.matrix), strict=True) if value < 1e-10 * scale]
    if none:
        raise AnalysisError(
            f"The residual variance at {', '.join(none)} falls to zero: the response does not vary there beyond the "
            f"fixed part and the random terms, so {found.residual.label} cannot be estimated; leave out the visit, or "
            "a random term."
        )
    return found.smallest < 1e-3 * EDGE


def _climb(rows: Rows, now: Moments, step: Array, reml: bool) -> Moments | None:
    """Go along the step, to the first variance that reaches zero at most, halving until the likelihood holds."""
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(now.bounded & (step < 0), -now.theta / step, np.inf)
    longest = np.abs(step[~now.bounded]).max()
    length = min(1.0, float(reach.min()), LONGEST / longest if longest > 0 else 1.0)
    slack = 1e-11 * (1.0 + abs(now.loglik))  # rounding of the likelihood itself
    for _ in range(60):
        theta = np.where(reach <= length, 0.0, now.theta + length * step)
        new = evaluate(rows, theta, reml)
        if new is not None and new.loglik >= now.loglik - slack:
            return new
        length /= 2
    return None


def _names(rows: Rows) -> list[str]:
    kind, visits = rows.repeats.residual.kind, rows.repeats.visits
    own = ["residual"] if has_one_variance(kind) else [f"residual[{visit}]" for visit in visits]
    if kind == "us":
        own += [f"correlation({other}, {visit})" for k, visit in enumerate(visits) for other in visits[:k]]
    elif kind.startswith("toep"):
        own += [f"correlation({visits[0]}, {visit})" for visit in visits[1:]]
    else:
        own.append(f"correlation({visits[0]}, {visits[1]})")
    return [*rows.names, *own]


def _no_maximum(rows: Rows, moments: Moments) -> str:
    """With few complete groups a combination of visits fits them all, and the likelihood rises towards it for ever."""
    found, groups = residual_covariance(rows, moments), rows.repeats.grouping
    complete = int((np.bincount(groups.codes) == len(found.visits)).sum())
    return (
        f"The covariance of {found.residual.label} did not converge: the last correlation matrix is nearly singular "
        f"(smallest eigenvalue {found.smallest:.2g}); {complete} of {len(groups.labels)} groups of {groups.name} have "
        f"all {len(found.visits)} visits. Do not use these estimates; choose a structure with fewer parameters."
    )
