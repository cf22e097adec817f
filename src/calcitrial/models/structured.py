"""Variances of a mixed model whose residuals are correlated over visits, by REML or maximum likelihood.

V = sum_k theta_k Z_k Z_k' + S, where S holds for the rows i, j of one group the covariance of their visits, and zero
elsewhere (`structures`). theta and the parameters psi of the structure are found together, by the same steps and with
the same derivatives as in `variances`; second derivatives of V add to the observed information. Rows that share a
group, directly or through others, form a block, and blocks are padded to one size and inverted together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcitrial.models.design_matrix import Design
from calcitrial.models.estimate import AnalysisError
from calcitrial.models.formula import Residual
from calcitrial.models.groups import Repeats
from calcitrial.models.structures import (
    Covariance,
    covariance,
    has_one_variance,
    starting_values,
    unstructured_values,
)
from calcitrial.models.variances import (
    CONVERGED,
    LOG_TWO_PI,
    ROUNDING,
    STEPS,
    Moments,
    blocks_of_rows,
    derivatives,
    direction,
    orthonormal,
    refuse_inseparable,
)

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

LONGEST = 2.0  # of one step in a coordinate of the structure
EDGE = 1e-7  # smallest eigenvalue of the correlation matrix that is still away from the edge


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
        return self.matrix / np.outer(spread, spread)

    def to_json(self) -> dict[str, Any]:
        """Return the structure, its visits, the covariance matrix and the correlations as plain values."""
        return {
            "structure": self.residual.label,
            "visits": list(self.visits),
            "covariance": self.matrix.tolist(),
            "correlations": self.correlations,
        }


@dataclass(frozen=True, eq=False)
class Rows:
    """All that a fit needs of the data, in b blocks of n rows; missing rows are zero in `both`.

    `both` = [Q e] (b x n x (p+1)); `members` = Z_k Z_k' (b x k x n x n); `together` is 1 where two rows are of one
    group of the structure, `empty` 1 on the diagonal of missing rows; `cells` says at which visits a pair of rows
    is, as the number s m + t; `place` is the cell group x m + visit of a row, one more than all for a missing row.
    `index` is the row of the data in each place of `both` (-1 for a missing one).
    """

    repeats: Repeats
    both: Array
    members: Array
    together: Array
    empty: Array
    cells: Indices
    place: Indices
    index: Indices
    triangle: Array
    start: Array
    names: tuple[str, ...]
    codes: tuple[Indices, ...]

    @property
    def rows(self) -> int:
        """The number of rows of the data."""
        return int((self.index >= 0).sum())


def arrange(design: Design, repeats: Repeats) -> Rows:
    """Sort the rows of a design into blocks.

    Args:
        design: what `prepare` returned, with a residual structure.
        repeats: that structure's rows.

    Returns:
        The blocks.

    Raises:
        AnalysisError: when the fixed part explains the response exactly.
    """
    both, triangle, start = orthonormal(design)
    index = _places(blocks_of_rows([*design.groupings, repeats.grouping]))
    there = index >= 0
    group = np.where(there, repeats.grouping.codes[index], -1)
    visit = np.where(there, repeats.codes[index], 0)
    m, groups = len(repeats.visits), len(repeats.grouping.labels)
    members = [_same(np.where(there, grouping.codes[index], -1)) for grouping in design.groupings]
    return Rows(
        repeats=repeats,
        both=np.where(there[:, :, None], both[index], 0.0),
        members=np.stack([np.zeros((*there.shape, there.shape[1])), *members], axis=1)[:, 1:],
        together=_same(group),
        empty=np.eye(there.shape[1]) * ~there[:, :, None],
        cells=visit[:, :, None] * m + visit[:, None, :],
        place=np.where(there, group * m + visit, groups * m),
        index=index,
        triangle=triangle,
        start=start,
        names=tuple(grouping.name for grouping in design.groupings),
        codes=tuple(grouping.codes for grouping in design.groupings),
    )


def _places(block: Indices) -> Indices:
    """Return the rows of each block, padded with -1."""
    order = np.argsort(block, kind="stable")
    sizes = np.bincount(block)
    within = np.arange(len(block)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    index = np.full((len(sizes), int(sizes.max())), -1)
    index[block[order], within] = order
    return index


def _same(codes: Indices) -> Array:
    return np.asarray((codes[:, :, None] == codes[:, None, :]) & (codes >= 0)[:, :, None], dtype=np.float64)


def evaluate(rows: Rows, theta: Array, reml: bool) -> Moments | None:
    """Compute the log-likelihood and its derivatives.

    Args:
        rows: the data.
        theta: the variances of the random terms, then the parameters of the structure.
        reml: restricted likelihood, else maximum likelihood.

    Returns:
        Everything that inference needs here, or None where the covariance is not positive definite.
    """
    own = len(rows.names)
    structure = covariance(rows.repeats.residual.kind, theta[own:], len(rows.repeats.visits))
    v = np.einsum("k,bkij->bij", theta[:own], rows.members) + rows.empty
    v += rows.together * structure.value.ravel()[rows.cells]
    try:
        np.linalg.cholesky(structure.value)
        inverse = np.asarray(np.linalg.inv(v), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None
    sign, volume = np.linalg.slogdet(v)
    return _moments(rows, theta, reml, structure, inverse, float(volume.sum())) if (sign > 0).all() else None


def _moments(
    rows: Rows, theta: Array, reml: bool, structure: Covariance, inverse: Array, log_volume: float
) -> Moments | None:
    p = rows.both.shape[2] - 1
    solved = inverse @ rows.both
    whole = _cross(rows.both, solved)
    phi = np.asarray(np.linalg.inv(whole[:p, :p]), dtype=np.float64)
    beta = phi @ whole[:p, p]
    contrast = np.append(-beta, 1.0)
    loglik = -0.5 * (log_volume + contrast @ whole @ contrast + rows.rows * LOG_TWO_PI)
    if reml:
        loglik += 0.5 * (p * LOG_TWO_PI + np.linalg.slogdet(phi)[1]) - np.log(np.abs(np.diag(rows.triangle))).sum()
    slopes = rows.together[:, None] * structure.first.reshape(len(structure.first), -1)[:, rows.cells].swapaxes(0, 1)
    g = np.concatenate([rows.members, slopes], axis=1)
    first, second = _sandwiches(g, inverse, solved)
    trace, traces = _traces(inverse[:, None] @ g)
    score, expected, quadratic = derivatives(contrast, phi, first, second, trace, traces, reml)
    bent, curvature = _second_order(rows, structure, inverse, solved)
    return Moments(
        theta=theta,
        loglik=float(loglik),
        score=score,
        traces=traces,
        expected=expected,
        observed=quadratic - expected + _curved(rows, curvature, bent, contrast, phi, reml),
        beta=beta,
        phi=phi,
        first=first[:, :p, :p],
        second=second[:, :, :p, :p],
        effects=_predict(rows, theta, solved @ contrast),
        bounded=np.arange(len(theta)) < len(rows.names),
        bent=_padded(bent[:, :, :p, :p], len(rows.names)),
    )


def _cross(left: Array, right: Array) -> Array:
    """Sum over blocks of left'right."""
    return np.asarray(left.reshape(-1, left.shape[2]).T @ right.reshape(-1, right.shape[2]))


def _sandwiches(g: Array, inverse: Array, solved: Array) -> tuple[Array, Array]:
    """A'V^-1 G_k V^-1 A and A'V^-1 G_k V^-1 G_l V^-1 A."""
    b, r, n, _ = g.shape
    width = solved.shape[2]
    turned = (g.reshape(b, r * n, n) @ solved).reshape(b, r, n, width).swapaxes(1, 2).reshape(b, n, r * width)
    first = _cross(solved, turned).reshape(width, r, width).swapaxes(0, 1)
    second = _cross(turned, inverse @ turned).reshape(r, width, r, width).swapaxes(1, 2)
    return np.ascontiguousarray(first), np.ascontiguousarray(second)


def _traces(turned: Array) -> tuple[Array, Array]:
    """Traces of V^-1 G_k and of V^-1 G_k V^-1 G_l."""
    b, r, n, _ = turned.shape
    straight = turned.reshape(b, r, n * n)
    across = turned.swapaxes(2, 3).reshape(b, r, n * n)
    return np.einsum("bkii->k", turned), np.asarray((straight @ across.swapaxes(1, 2)).sum(axis=0))


def _second_order(rows: Rows, structure: Covariance, inverse: Array, solved: Array) -> tuple[Array, Array]:
    """A'V^-1 V_kl V^-1 A and the trace of V^-1 V_kl, for pairs of parameters of the structure.

    V_kl has in every group the entries of one m x m matrix, so sums over pairs of visits are made once.
    """
    m, width = len(rows.repeats.visits), solved.shape[2]
    slots = np.zeros((len(rows.repeats.grouping.labels) * m + 1, width))
    slots[rows.place] = solved
    lined = slots[:-1].reshape(-1, m * width)
    pairs = (lined.T @ lined).reshape(m, width, m, width).transpose(0, 2, 1, 3).reshape(m * m, -1)
    weights = np.bincount(rows.cells.ravel(), (inverse * rows.together).ravel(), m * m)
    flat = structure.second.reshape(*structure.second.shape[:2], -1)
    return (flat @ pairs).reshape(*flat.shape[:2], width, width), flat @ weights


def _predict(rows: Rows, theta: Array, solved: Array) -> Array:
    """theta_k Z_k'V^-1 (e - Q b), the groups of one random term after those of another."""
    there = rows.index >= 0
    by_row = np.zeros(rows.rows)
    by_row[rows.index[there]] = solved[there]
    own = [value * np.bincount(codes, by_row) for value, codes in zip(theta, rows.codes, strict=False)]
    return np.concatenate([*own, np.zeros(0)])


def _curved(rows: Rows, curvature: Array, bent: Array, contrast: Array, phi: Array, reml: bool) -> Array:
    """What second derivatives of V add to the observed information: (tr(P V_kl) - y'P V_kl P y) / 2."""
    p = len(phi)
    extra = curvature - np.einsum("i,klij,j->kl", contrast, bent, contrast)
    if reml:
        extra = extra - np.einsum("ij,klji->kl", phi, bent[:, :, :p, :p])
    return _padded(0.5 * extra, len(rows.names))


def _padded(own: Array, before: int) -> Array:
    """Zero for the variances, which enter V linearly, then what belongs to the structure."""
    whole = np.zeros((before + len(own), before + len(own), *own.shape[2:]))
    whole[before:, before:] = own
    return whole


def maximise(rows: Rows, reml: bool) -> tuple[Moments, tuple[str, ...]]:
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
    limits = _at_limit(rows, best)
    if finished or limits:
        return best, limits
    listed = ", ".join(f"{name} {value:.4g}" for name, value in zip(_names(rows), best.theta, strict=True))
    return best, (
        f"The covariance did not converge (last parameters: {listed}); do not use these estimates, "
        "choose a structure with fewer parameters.",
    )


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


def _at_limit(rows: Rows, moments: Moments) -> tuple[str, ...]:
    found = residual_covariance(rows, moments)
    if found.smallest > EDGE:
        return ()
    pair, value = max(found.correlations.items(), key=lambda each: abs(each[1]))
    return (
        f"The covariance over visits of {found.residual.label} is estimated at its limit (a singular matrix; the "
        f"largest correlation is {value:.6f} between {pair.replace(':', ' and ')}); the data cannot carry this "
        "structure, choose one with fewer parameters.",
    )
