"""The variances of highest likelihood of a linear mixed model with random intercepts; none is below zero."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from calcitrial.models.estimate import AnalysisError
from calcitrial.models.variances import Blocks, Moments, cross, evaluate

Array = NDArray[np.float64]

STEPS = 200
CONVERGED = 1e-14  # half squared length of the next Newton step: the log-likelihood still to be gained
ROUNDING = 1e-8  # the same, when rounding keeps the likelihood from rising any further
SHARED = 1e-9  # smallest eigenvalue of the scaled information at which two variances are told apart


def maximise(blocks: Blocks, reml: bool) -> tuple[Moments, tuple[str, ...]]:
    """Find the variances of highest likelihood, none below zero.

    Newton steps with the observed information where it is positive definite, Fisher scoring elsewhere;
    steps are halved until the likelihood does not fall. A variance that reaches zero is held there
    exactly as long as its score is not positive (active set).

    Args:
        blocks: sums over rows.
        reml: restricted likelihood, else maximum likelihood.

    Returns:
        The moments at the maximum, and sentences about what was noticed on the way.

    Raises:
        AnalysisError: when the variances cannot be told apart, or the residual variance falls to zero.
    """
    scale = float(cross(blocks.sums, blocks.sums)[-1, -1] + blocks.within[-1, -1]) / blocks.rows
    now = evaluate(blocks, np.full(len(blocks.slots) + 1, scale / (len(blocks.slots) + 1)), reml)
    refuse_inseparable([*blocks.names, "residual"], now)
    for _ in range(STEPS):
        free = (now.theta > 0) | (now.score > 0)
        step, free = direction(now, free)
        gain = 0.5 * float(step @ now.score)
        if gain < CONVERGED:
            return now, ()
        now, moved = _climb(blocks, now, step, reml)
        if now.theta[-1] < 1e-10 * scale:
            raise AnalysisError(
                "The residual variance falls to zero: the response does not vary within the groups of "
                f"{', '.join(blocks.names)}; leave out the finest random term."
            )
        if not moved:
            return now, () if gain < ROUNDING else _not_converged(now, blocks.names)
    return now, _not_converged(now, blocks.names)


def direction(now: Moments, free: NDArray[np.bool_]) -> tuple[Array, NDArray[np.bool_]]:
    """The step over the free variances; one that stands at zero and would fall is held as well."""
    while True:
        step = np.zeros_like(now.theta)
        step[free] = _newton(now, free)
        falling = free & now.bounded & (now.theta == 0) & (step < 0)
        if not falling.any():
            return step, free
        free = free & ~falling


def _newton(now: Moments, free: NDArray[np.bool_]) -> Array:
    chosen = np.ix_(free, free)
    try:
        root = np.linalg.cholesky(now.observed[chosen])
    except np.linalg.LinAlgError:
        root = np.linalg.cholesky(now.expected[chosen])
    half = solve_triangular(root, now.score[free], lower=True)
    return np.asarray(solve_triangular(root.T, half, lower=False))


def _climb(blocks: Blocks, now: Moments, step: Array, reml: bool) -> tuple[Moments, bool]:
    """Go along the step to the first boundary at most, halving until the likelihood does not fall."""
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(step < 0, -now.theta / step, np.inf)
    reach[-1] *= 0.9  # the residual variance never becomes zero
    length = min(1.0, float(reach.min()))
    slack = 1e-11 * (1.0 + abs(now.loglik))  # rounding of the likelihood itself
    for _ in range(60):
        theta = np.where(reach <= length, 0.0, now.theta + length * step)
        theta[-1] = now.theta[-1] + length * step[-1]
        new = evaluate(blocks, theta, reml)
        if new.loglik >= now.loglik - slack:
            return new, True
        length /= 2
    return now, False


def refuse_inseparable(names: Sequence[str], now: Moments) -> None:
    """Refuse with the names of the parameters whose expected information is not positive definite."""
    scale = 1 / np.sqrt(0.5 * np.diag(now.traces))  # what would be known if the fixed part were
    values, vectors = np.linalg.eigh(scale[:, None] * now.expected * scale)
    if values[0] < SHARED:
        mixed = [name for name, weight in zip(names, vectors[:, 0], strict=True) if abs(weight) > 1e-3]
        which = f"variances of {', '.join(mixed)} cannot be told apart"
        if len(mixed) == 1:
            which = f"variance of {mixed[0]} cannot be told from the fixed part"
        raise AnalysisError(
            f"The {which}: too few groups remain once the fixed part is fitted; "
            "leave out a random term or collect more groups."
        )


def _not_converged(now: Moments, names: Sequence[str]) -> tuple[str, ...]:
    listed = ", ".join(f"{name} {value:.4g}" for name, value in zip([*names, "residual"], now.theta, strict=True))
    return (
        f"The variances did not converge (last values: {listed}); do not use these estimates, "
        "simplify the random part.",
    )
