"""The likelihood of a mixed model whose residuals are correlated over visits, at given parameters.

V = sum_k theta_k Z_k Z_k' + S, where S holds for the rows i, j of one group the covariance of their visits, and zero
elsewhere (`structures`). The derivatives by theta and by the parameters psi of the structure are those of `variances`;
second derivatives of V add to the observed information. Rows that share a
group, directly or through others, form a block, and blocks are padded to one size and inverted together.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calcitrial.models.design_matrix import Design
from calcitrial.models.groups import Repeats
from calcitrial.models.structures import Covariance, covariance
from calcitrial.models.variances import LOG_TWO_PI, Moments, blocks_of_rows, cross, derivatives, orthonormal

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


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


@dataclass(frozen=True, eq=False)
class _Inner:
    """V^-1, V^-1 A, and the derivatives of V (b x r x n x n) at given parameters."""

    structure: Covariance
    inverse: Array
    solved: Array
    slopes: Array
    log_volume: float


def evaluate(rows: Rows, theta: Array, reml: bool) -> Moments | None:
    """Compute the log-likelihood and its derivatives.

    Args:
        rows: the data.
        theta: the variances of the random terms, then the parameters of the structure.
        reml: restricted likelihood, else maximum likelihood.

    Returns:
        All that a search needs here (`second` and `bent` are empty: `complete` fills them), or None where the
        covariance is not positive definite.
    """
    try:
        return _moments(rows, theta, reml, _inner(rows, theta))
    except np.linalg.LinAlgError:
        return None


def complete(rows: Rows, moments: Moments) -> Moments:
    """Return the moments with the second-order matrices that Kenward-Roger needs."""
    inner = _inner(rows, moments.theta)
    p, (b, r, n, _) = len(moments.phi), inner.slopes.shape
    fixed = inner.solved[:, :, :p]
    turned = (inner.slopes.reshape(b, r * n, n) @ fixed).reshape(b, r, n, p).swapaxes(1, 2).reshape(b, n, r * p)
    second = cross(turned, inner.inverse @ turned).reshape(r, p, r, p).swapaxes(1, 2)
    bent, _ = _second_order(rows, inner)
    return replace(moments, second=second, bent=_padded(bent[:, :, :p, :p], len(rows.names)))


def _inner(rows: Rows, theta: Array) -> _Inner:
    own = len(rows.names)
    structure = covariance(rows.repeats.residual.kind, theta[own:], len(rows.repeats.visits))
    v = np.einsum("k,bkij->bij", theta[:own], rows.members) + rows.empty
    v += rows.together * structure.value.ravel()[rows.cells]
    np.linalg.cholesky(structure.value)  # raises LinAlgError where the matrix is not positive definite, also if v is
    inverse = np.asarray(np.linalg.inv(v), dtype=np.float64)
    sign, volume = np.linalg.slogdet(v)
    if (sign <= 0).any():
        raise np.linalg.LinAlgError
    bent = rows.together[:, None] * structure.first.reshape(len(structure.first), -1)[:, rows.cells].swapaxes(0, 1)
    slopes = np.concatenate([rows.members, bent], axis=1)
    return _Inner(structure, inverse, inverse @ rows.both, slopes, float(volume.sum()))


def _moments(rows: Rows, theta: Array, reml: bool, inner: _Inner) -> Moments:
    p = rows.both.shape[2] - 1
    whole = cross(rows.both, inner.solved)
    phi = np.asarray(np.linalg.inv(whole[:p, :p]), dtype=np.float64)
    beta = phi @ whole[:p, p]
    contrast = np.append(-beta, 1.0)
    loglik = -0.5 * (inner.log_volume + contrast @ whole @ contrast + rows.rows * LOG_TWO_PI)
    if reml:
        loglik += 0.5 * (p * LOG_TWO_PI + np.linalg.slogdet(phi)[1]) - np.log(np.abs(np.diag(rows.triangle))).sum()
    first, squares, held = _sandwiches(inner, contrast, phi)
    trace, traces = _traces(inner.inverse[:, None] @ inner.slopes)
    score, expected, quadratic = derivatives(contrast, phi, first, squares, held, trace, traces, reml)
    curvature = _curved(rows, *_second_order(rows, inner), contrast, phi, reml)
    return Moments(
        theta=theta,
        loglik=float(loglik),
        score=score,
        traces=traces,
        expected=expected,
        observed=quadratic - expected + curvature,
        beta=beta,
        phi=phi,
        first=first[:, :p, :p],
        second=np.zeros(0),
        effects=_predict(rows, theta, inner.solved @ contrast),
        bounded=np.arange(len(theta)) < len(rows.names),
    )


def _sandwiches(inner: _Inner, contrast: Array, phi: Array) -> tuple[Array, Array, Array]:
    """A'V^-1 G_k V^-1 A, and of A'V^-1 G_k V^-1 G_l V^-1 A what `derivatives` needs."""
    b, r, n, _ = inner.slopes.shape
    p, width = len(phi), len(contrast)
    turned = (inner.slopes.reshape(b, r * n, n) @ inner.solved).reshape(b, r, n, width)
    first = cross(inner.solved, turned.swapaxes(1, 2).reshape(b, n, r * width)).reshape(width, r, width)
    mixed = np.zeros((width, width))
    mixed[:p, :p], mixed[:, p] = np.linalg.cholesky(phi), contrast
    left = turned @ mixed
    right = inner.inverse[:, None] @ left
    squares = _pairs(left[..., p:], right[..., p:])
    return np.ascontiguousarray(first.swapaxes(0, 1)), squares, _pairs(left[..., :p], right[..., :p])


def _pairs(left: Array, right: Array) -> Array:
    """The sum of products over all but the second axis."""
    r = left.shape[1]
    return np.asarray(left.swapaxes(0, 1).reshape(r, -1) @ right.swapaxes(0, 1).reshape(r, -1).T)


def _traces(turned: Array) -> tuple[Array, Array]:
    """Traces of V^-1 G_k and of V^-1 G_k V^-1 G_l."""
    b, r, n, _ = turned.shape
    straight = turned.reshape(b, r, n * n)
    across = turned.swapaxes(2, 3).reshape(b, r, n * n)
    return np.einsum("bkii->k", turned), np.asarray((straight @ across.swapaxes(1, 2)).sum(axis=0))


def _second_order(rows: Rows, inner: _Inner) -> tuple[Array, Array]:
    """A'V^-1 V_kl V^-1 A and the trace of V^-1 V_kl, for pairs of parameters of the structure.

    V_kl has in every group the entries of one m x m matrix, so sums over pairs of visits are made once.
    """
    m, width = len(rows.repeats.visits), inner.solved.shape[2]
    slots = np.zeros((len(rows.repeats.grouping.labels) * m + 1, width))
    slots[rows.place] = inner.solved
    lined = slots[:-1].reshape(-1, m * width)
    pairs = (lined.T @ lined).reshape(m, width, m, width).transpose(0, 2, 1, 3).reshape(m * m, -1)
    weights = np.bincount(rows.cells.ravel(), (inner.inverse * rows.together).ravel(), m * m)
    second = inner.structure.second
    flat = second.reshape(*second.shape[:2], -1)
    return (flat @ pairs).reshape(*flat.shape[:2], width, width), flat @ weights


def _predict(rows: Rows, theta: Array, solved: Array) -> Array:
    """theta_k Z_k'V^-1 (e - Q b), the groups of one random term after those of another."""
    there = rows.index >= 0
    by_row = np.zeros(rows.rows)
    by_row[rows.index[there]] = solved[there]
    own = [value * np.bincount(codes, by_row) for value, codes in zip(theta, rows.codes, strict=False)]
    return np.concatenate([*own, np.zeros(0)])


def _curved(rows: Rows, bent: Array, curvature: Array, contrast: Array, phi: Array, reml: bool) -> Array:
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
