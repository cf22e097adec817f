"""The likelihood of a linear mixed model with random intercepts, restricted or not, at given variances.

Model: y = X b + sum_k Z_k u_k + e with Var u_k = theta_k I and Var e = theta_0 I, so that
V = sum_k theta_k G_k with G_k = Z_k Z_k' and G_0 = I.
REML: Patterson and Thompson, Biometrika 1971;58:545; score and information as in Searle, Casella and
McCulloch, Variance Components, 1992, ch. 6. V falls into blocks of rows that share no group (participants).
Within a block only the few directions spanned by its groups have a variance other than theta_0, so each block
is turned into those directions once and the rest is summed up once: the cost of a step does not grow with the
number of visits, nothing is found by subtraction, and theta_k = 0 is an ordinary value. The fixed part is
orthonormalised first (X = QR).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from calcitrial.models.design_matrix import Design
from calcitrial.models.estimate import AnalysisError
from calcitrial.models.groups import Grouping

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Place = tuple[Indices, Indices]  # block and slot of each group

LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class Blocks:
    """All that a fit needs of the data; A = [Q e], where e = y - QQ'y keeps the digits that y would lose.

    Per block, in the at most q directions that its groups span (the rest of q is padding): `sums` = A turned
    (blocks x q x (p+1)), `loadings` = Z turned (blocks x q x q), `members`[k] = G_k turned (r x blocks x q x
    q, the residual's last). Outside these directions: `within` = A'A ((p+1) x (p+1)) over `spare` dimensions.
    `slots` says which of the q columns of Z belong to each random term, `places` in which block and slot each
    group of each term stands; `triangle` is R and `start` Q'y.
    """

    rows: int
    sums: Array
    loadings: Array
    members: Array
    within: Array
    spare: int
    slots: tuple[slice, ...]
    places: tuple[Place, ...]
    triangle: Array
    start: Array
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Moments:
    """The likelihood at given variances, and its derivatives.

    `theta` ends with the residual variance and has r entries; `score` (r), `expected` and `observed`
    information and `traces` of V^-1 G_k V^-1 G_l (r x r). In the orthonormal coordinates of the fixed part:
    `beta` (p, beyond least squares), `phi` = (Q'V^-1 Q)^-1, `first`[k] = Q'V^-1 G_k V^-1 Q and
    `second`[k, l] = Q'V^-1 G_k V^-1 G_l V^-1 Q. `effects`: predicted random intercepts, blocks x q.
    Where V is not linear in theta, G_k is dV / d theta_k, `bent`[k, l] = Q'V^-1 (d2V / d theta_k d theta_l) V^-1 Q,
    and `bounded` says which entries of theta are variances, which cannot fall below zero.
    """

    theta: Array
    loglik: float
    score: Array
    traces: Array
    expected: Array
    observed: Array
    beta: Array
    phi: Array
    first: Array
    second: Array
    effects: Array
    bounded: NDArray[np.bool_]
    bent: Array | None = None

    @property
    def singular(self) -> bool:
        """Whether a variance is estimated as zero."""
        return bool((self.theta[self.bounded] <= 0).any())


def summarise(design: Design) -> Blocks:
    """Reduce a design to its sums per block.

    Args:
        design: what `prepare` returned.

    Returns:
        The sums.

    Raises:
        AnalysisError: when the fixed part explains the response exactly.
    """
    both, triangle, least_squares = orthonormal(design)
    block = blocks_of_rows(design.groupings)
    slots, places = _lay_out(design.groupings, block)
    index = np.column_stack([own[grouping.codes] for (_, own), grouping in zip(places, design.groupings, strict=True)])
    turn, back = _directions(_counts(index, block, slots[-1].stop))
    sums = turn @ _sums(index, block, slots[-1].stop, both)
    away = both - (back @ sums)[block[:, None], index].sum(axis=1)
    loadings = np.swapaxes(back, 1, 2) @ _counts(index, block, slots[-1].stop)
    spanned = (turn != 0).any(axis=2)
    return Blocks(
        rows=len(block),
        sums=sums,
        loadings=loadings,
        members=_members(loadings, slots, spanned),
        within=away.T @ away,
        spare=len(block) - int(spanned.sum()),
        slots=slots,
        places=places,
        triangle=triangle,
        start=least_squares,
        names=tuple(grouping.name for grouping in design.groupings),
    )


def orthonormal(design: Design) -> tuple[Array, Array, Array]:
    """Return [Q e] with X = QR and e = y - QQ'y, then R, then Q'y; AnalysisError when e is nothing."""
    basis, triangle = np.linalg.qr(design.matrix)
    least_squares = basis.T @ design.response
    rest = design.response - basis @ least_squares
    if rest @ rest <= 1e-20 * (design.response @ design.response):
        raise AnalysisError(
            f"The fixed part of '{design.formula.text}' explains the response exactly; there is no variance."
        )
    return np.column_stack([basis, rest]), triangle, least_squares


def _directions(counts: Array) -> tuple[Array, Array]:
    """Return T and T' with TZ' an orthonormal basis of what the groups of a block span; zero where padded."""
    values, vectors = np.linalg.eigh(counts)
    real = values > 1e-9 * values[:, -1:]
    scale = np.where(real, 1 / np.sqrt(np.where(real, values, 1.0)), 0.0)
    back = vectors * scale[:, None, :]
    return np.swapaxes(back, 1, 2), back


def _members(loadings: Array, slots: Sequence[slice], spanned: NDArray[np.bool_]) -> Array:
    own = [loadings[:, :, slot] @ np.swapaxes(loadings[:, :, slot], 1, 2) for slot in slots]
    return np.stack([*own, np.eye(loadings.shape[1]) * spanned[:, :, None]])


def blocks_of_rows(groupings: Sequence[Grouping]) -> Indices:
    """Rows that share a group, directly or through others, get the same block number."""
    if len(groupings) == 1:
        return groupings[0].codes
    offsets = np.cumsum([0, *(len(grouping.labels) for grouping in groupings)])
    nodes = [grouping.codes + offset for grouping, offset in zip(groupings, offsets, strict=False)]
    left = np.concatenate(nodes[:-1])
    right = np.concatenate(nodes[1:])
    links = sparse.coo_array((np.ones(len(left)), (left, right)), shape=(offsets[-1], offsets[-1]))
    found = csgraph.connected_components(links, directed=False)[1]
    components: Indices = np.asarray(found, dtype=np.int64)
    return np.asarray(components[nodes[0]])


def _lay_out(groupings: Sequence[Grouping], block: Indices) -> tuple[tuple[slice, ...], tuple[Place, ...]]:
    """Give each random term its slots, and each of its groups a slot in its block."""
    slots: list[slice] = []
    places: list[Place] = []
    start = 0
    for grouping in groupings:
        of_group, within = _place_groups(grouping, block)
        slots.append(slice(start, start + int(within.max()) + 1))
        places.append((of_group, within + start))
        start = slots[-1].stop
    return tuple(slots), tuple(places)


def _place_groups(grouping: Grouping, block: Indices) -> Place:
    """Return, for each group, its block and its number within the block."""
    of_group = np.empty(len(grouping.labels), dtype=np.int64)
    of_group[grouping.codes] = block
    order = np.argsort(of_group, kind="stable")
    ordered = of_group[order]
    within = np.empty_like(of_group)
    within[order] = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    return of_group, within


def _counts(index: Indices, block: Indices, q: int) -> Array:
    blocks = int(block.max()) + 1
    cells = (block[:, None, None] * q + index[:, :, None]) * q + index[:, None, :]
    return np.bincount(cells.ravel(), minlength=blocks * q * q).reshape(blocks, q, q).astype(float)


def _sums(index: Indices, block: Indices, q: int, both: Array) -> Array:
    n, terms = index.shape
    blocks = int(block.max()) + 1
    columns = (block[:, None] * q + index).ravel()
    starts = np.arange(0, n * terms + 1, terms)
    member = sparse.csr_array((np.ones(n * terms), columns, starts), shape=(n, blocks * q))
    return np.asarray(member.T @ both).reshape(blocks, q, -1)


def evaluate(blocks: Blocks, theta: Array, reml: bool) -> Moments:
    """Compute the log-likelihood and its derivatives at given variances.

    Args:
        blocks: sums over rows.
        theta: the variances of the random terms, in their order, then the residual variance (above zero).
        reml: restricted likelihood, else maximum likelihood.

    Returns:
        Everything that inference needs at these variances.
    """
    n, p = blocks.rows, len(blocks.within) - 1
    inverse, log_volume = _invert(blocks, theta)
    solved = inverse @ blocks.sums  # V^-1 A
    whole = cross(blocks.sums, solved) + blocks.within / theta[-1]
    phi = np.asarray(np.linalg.inv(whole[:p, :p]), dtype=np.float64)
    beta = phi @ whole[:p, p]
    contrast = np.append(-beta, 1.0)
    loglik = -0.5 * (log_volume + contrast @ whole @ contrast + n * LOG_TWO_PI)
    if reml:
        loglik += 0.5 * (p * LOG_TWO_PI + np.linalg.slogdet(phi)[1])
        loglik -= np.log(np.abs(np.diag(blocks.triangle))).sum()
    first, second = _sandwiches(blocks, inverse, solved, theta[-1])
    trace, traces = _traces(blocks, inverse, theta[-1])
    squares = np.einsum("i,klij,j->kl", contrast, second, contrast)
    held = np.einsum("ij,klji->kl", phi, second[:, :, :p, :p])
    score, expected, quadratic = derivatives(contrast, phi, first, squares, held, trace, traces, reml)
    return Moments(
        theta=theta,
        loglik=float(loglik),
        score=score,
        traces=traces,
        expected=expected,
        observed=quadratic - expected,
        beta=beta,
        phi=phi,
        first=first[:, :p, :p],
        second=second[:, :, :p, :p],
        effects=_predict(blocks, theta, solved @ contrast),
        bounded=np.ones(len(theta), dtype=np.bool_),
    )


def _invert(blocks: Blocks, theta: Array) -> tuple[Array, float]:
    """V^-1 in the directions of each block, and log|V| over all rows."""
    v = np.tensordot(theta, blocks.members, 1)
    padded = v.shape[1] * len(v) - (blocks.rows - blocks.spare)
    if padded:
        v = v + theta[-1] * (np.eye(v.shape[1]) - blocks.members[-1])
    log_volume = float(np.linalg.slogdet(v)[1].sum()) + (blocks.spare - padded) * np.log(theta[-1])
    return np.asarray(np.linalg.inv(v), dtype=np.float64), log_volume


def cross(left: Array, right: Array) -> Array:
    """Sum over blocks of left'right."""
    return np.asarray(left.reshape(-1, left.shape[2]).T @ right.reshape(-1, right.shape[2]))


def _sandwiches(blocks: Blocks, inverse: Array, solved: Array, residual: float) -> tuple[Array, Array]:
    """A'V^-1 G_k V^-1 A and A'V^-1 G_k V^-1 G_l V^-1 A."""
    turned = blocks.members @ solved
    through = inverse @ turned
    first = np.stack([cross(solved, own) for own in turned])
    second = np.stack([[cross(left, right) for right in through] for left in turned])
    first[-1] += blocks.within / residual**2
    second[-1, -1] += blocks.within / residual**3
    return first, second


def _traces(blocks: Blocks, inverse: Array, residual: float) -> tuple[Array, Array]:
    """Traces of V^-1 G_k and of V^-1 G_k V^-1 G_l."""
    r = len(blocks.members)
    turned = inverse @ blocks.members
    first = np.einsum("kbii->k", turned)
    second = turned.reshape(r, -1) @ np.swapaxes(turned, 2, 3).reshape(r, -1).T
    first[-1] += blocks.spare / residual
    second[-1, -1] += blocks.spare / residual**2
    return first, second


def _predict(blocks: Blocks, theta: Array, solved: Array) -> Array:
    """D Z'V^-1 (e - Q b)."""
    spread = np.zeros(solved.shape[1])
    for value, slot in zip(theta[:-1], blocks.slots, strict=True):
        spread[slot] = value
    return np.asarray(spread * np.einsum("bij,bi->bj", blocks.loadings, solved))


def derivatives(
    contrast: Array, phi: Array, first: Array, squares: Array, held: Array, trace: Array, traces: Array, reml: bool
) -> tuple[Array, Array, Array]:
    """Score, expected information, and y'P G_k P G_l P y (observed plus expected information).

    `first` is A'V^-1 G_k V^-1 A; of A'V^-1 G_k V^-1 G_l V^-1 A only two numbers are needed: `squares`, its value along
    the contrast, and `held`, the trace of its part of the fixed effects times phi.
    """
    p = len(phi)
    along = first @ contrast  # A'V^-1 G_k V^-1 (e - Q b)
    reach = along[:, :p] @ phi
    quadratic = squares - reach @ along[:, :p].T
    score = 0.5 * (along @ contrast - trace)
    expected = 0.5 * traces
    if reml:
        turned = phi @ first[:, :p, :p]
        score = score + 0.5 * np.einsum("kii->k", turned)
        expected = expected - held
        expected = expected + 0.5 * np.einsum("kij,lji->kl", turned, turned)
    return score, expected, quadratic
