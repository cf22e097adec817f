r"""Variances of a linear mixed model with random intercepts, by REML or maximum likelihood.

Model: y = X b + sum_k Z_k u_k + e with Var u_k = theta_k I and Var e = theta_0 I, so that
V = sum_k theta_k Z_k Z_k' + theta_0 I.
REML: Patterson and Thompson, Biometrika 1971;58:545; score and information as in Searle, Casella and
McCulloch, Variance Components, 1992, ch. 6. V falls into blocks of rows that share no group (participants).
Each block is inverted through its few random intercepts (Woodbury), so that the cost does not grow with the
number of visits:  Z'V^-1 Z = (theta_0 I + CD)^-1 C  and  Z'V^-1 A = (theta_0 I + CD)^-1 Z'A  with C = Z'Z.
These forms hold at theta_k = 0, so the boundary is exact. The fixed part is orthonormalised first (X = QR).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import solve_triangular
from scipy.sparse import csgraph

from calcitrial.analysis.design_matrix import Design, Grouping
from calcitrial.analysis.estimate import AnalysisError

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Place = tuple[Indices, Indices]  # block and slot of each group

LOG_TWO_PI = float(np.log(2 * np.pi))
STEPS = 200
CONVERGED = 1e-14  # half squared length of the next Newton step: the log-likelihood still to be gained
SHARED = 1e-9  # smallest eigenvalue of the scaled information at which two variances are told apart


@dataclass(frozen=True, eq=False)
class Blocks:
    """Sums over rows, for each block of rows that shares groups; all that a fit needs of the data.

    With A = [Q e], where e = y - QQ'y keeps the digits that y would lose: `total` = A'A ((p+1) x (p+1)); per
    block, padded with zeros to q random intercepts, `counts` = Z'Z (blocks x q x q) and `sums` = Z'A
    (blocks x q x (p+1)). `slots` says which of the q belong to each random term, `places` in which block and
    slot each group of each term stands; `triangle` is R and `start` Q'y.
    """

    rows: int
    total: Array
    counts: Array
    sums: Array
    slots: tuple[slice, ...]
    places: tuple[Place, ...]
    triangle: Array
    start: Array
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Moments:
    """The likelihood at given variances, and its derivatives.

    `theta` ends with the residual variance and has r entries; `score` (r), `expected` and `observed`
    information (r x r). In the orthonormal coordinates of the fixed part: `beta` (p, beyond
    least squares), `phi` = (Q'V^-1 Q)^-1,
    `first`[k] = Q'V^-1 G_k V^-1 Q and `second`[k, l] = Q'V^-1 G_k V^-1 G_l V^-1 Q, where G_k = dV/dtheta_k.
    """

    theta: Array
    loglik: float
    score: Array
    expected: Array
    observed: Array
    beta: Array
    phi: Array
    first: Array
    second: Array
    effects: Array  # D Z'V^-1 (e - Q b): predicted random intercepts, blocks x q


def summarise(design: Design) -> Blocks:
    """Reduce a design to its sums per block.

    Args:
        design: what `prepare` returned.

    Returns:
        The sums.

    Raises:
        AnalysisError: when the fixed part explains the response exactly.
    """
    basis, triangle = np.linalg.qr(design.matrix)
    least_squares = basis.T @ design.response
    rest = design.response - basis @ least_squares
    both = np.column_stack([basis, rest])
    if rest @ rest <= 1e-20 * (design.response @ design.response):
        raise AnalysisError(
            f"The fixed part of '{design.formula.text}' explains the response exactly; there is no variance."
        )
    block = _blocks_of_rows(design.groupings)
    slots, places = _lay_out(design.groupings, block)
    index = np.column_stack(
        [own[grouping.codes] for (_, own), grouping in zip(places, design.groupings, strict=True)]
    )
    return Blocks(
        rows=len(block),
        total=both.T @ both,
        counts=_counts(index, block, slots[-1].stop),
        sums=_sums(index, block, slots[-1].stop, both),
        slots=slots,
        places=places,
        triangle=triangle,
        start=least_squares,
        names=tuple(grouping.name for grouping in design.groupings),
    )


def _blocks_of_rows(groupings: Sequence[Grouping]) -> Indices:
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
    n, p = blocks.rows, len(blocks.total) - 1
    solved = _solve(blocks, theta)
    phi = np.asarray(np.linalg.inv(solved.whole[:p, :p]), dtype=np.float64)
    beta = phi @ solved.whole[:p, p]
    contrast = np.append(-beta, 1.0)
    loglik = -0.5 * (solved.log_volume + contrast @ solved.whole @ contrast + n * LOG_TWO_PI)
    if reml:
        loglik += 0.5 * (p * LOG_TWO_PI + np.linalg.slogdet(phi)[1])
        loglik -= np.log(np.abs(np.diag(blocks.triangle))).sum()
    first, second = _sandwiches(blocks.slots, solved.inner, solved.outer)
    first, second = _with_residual(solved.whole, first, second, theta)
    trace, traces = _with_residual(np.array(float(n)), *_traces(blocks.slots, solved.inner), theta)
    score, expected, quadratic = _derivatives(contrast, phi, first, second, trace, traces, reml)
    return Moments(
        theta=theta,
        loglik=float(loglik),
        score=score,
        expected=expected,
        observed=quadratic - expected,
        beta=beta,
        phi=phi,
        first=first[:, :p, :p],
        second=second[:, :, :p, :p],
        effects=solved.spread * (solved.outer @ contrast),
    )


@dataclass(frozen=True, eq=False)
class _Solved:
    """`inner` = Z'V^-1 Z, `outer` = Z'V^-1 A, `whole` = A'V^-1 A, log|V|, and the diagonal of D."""

    inner: Array
    outer: Array
    whole: Array
    log_volume: float
    spread: Array


def _solve(blocks: Blocks, theta: Array) -> _Solved:
    residual, width, q = float(theta[-1]), len(blocks.total), blocks.counts.shape[1]
    spread = np.empty(q)
    for value, slot in zip(theta[:-1], blocks.slots, strict=True):
        spread[slot] = value
    left = residual * np.eye(q) + blocks.counts * spread
    solved = np.linalg.solve(left, np.concatenate([blocks.counts, blocks.sums], axis=2))
    inner, outer = solved[:, :, :q], solved[:, :, q:]
    weighted = (spread[:, None] * outer).reshape(-1, width)
    return _Solved(
        inner=inner,
        outer=outer,
        whole=(blocks.total - blocks.sums.reshape(-1, width).T @ weighted) / residual,
        log_volume=(blocks.rows - q * len(left)) * np.log(residual) + float(np.linalg.slogdet(left)[1].sum()),
        spread=spread,
    )


def _sandwiches(slots: Sequence[slice], inner: Array, outer: Array) -> tuple[Array, Array]:
    """A'V^-1 G_k V^-1 A and A'V^-1 G_k V^-1 G_l V^-1 A for the random terms."""
    width = outer.shape[2]
    first = np.empty((len(slots), width, width))
    second = np.empty((len(slots), len(slots), width, width))
    for right, own in enumerate(slots):
        through = inner[:, :, own] @ outer[:, own]
        for left, other in enumerate(slots):
            second[left, right] = outer[:, other].reshape(-1, width).T @ through[:, other].reshape(-1, width)
        flat = outer[:, own].reshape(-1, width)
        first[right] = flat.T @ flat
    return first, second


def _traces(slots: Sequence[slice], inner: Array) -> tuple[Array, Array]:
    """Traces of V^-1 G_k and of V^-1 G_k V^-1 G_l for the random terms."""
    diagonal = np.einsum("bii->i", inner)
    squares = np.einsum("bij,bij->ij", inner, inner)
    first = np.array([diagonal[slot].sum() for slot in slots])
    second = np.array([[squares[left, right].sum() for right in slots] for left in slots])
    return first, second


def _with_residual(base: Array, first: Array, second: Array, theta: Array) -> tuple[Array, Array]:
    """Append the residual's quantities, which follow from I = (V - sum_k theta_k G_k) / theta_0."""
    random, residual = theta[:-1], theta[-1]
    last = (base - np.tensordot(random, first, 1)) / residual
    beside = (first - np.tensordot(random, second, 1)) / residual
    corner = (last - np.tensordot(random, beside, 1)) / residual
    r = len(theta)
    whole = np.empty((r, r, *base.shape))
    whole[:-1, :-1] = second
    whole[:-1, -1] = whole[-1, :-1] = beside
    whole[-1, -1] = corner
    return np.concatenate([first, last[None]]), whole


def _derivatives(
    contrast: Array, phi: Array, first: Array, second: Array, trace: Array, traces: Array, reml: bool
) -> tuple[Array, Array, Array]:
    """Score, expected information, and y'P G_k P G_l P y (observed plus expected information)."""
    p = len(phi)
    along = first @ contrast  # A'V^-1 G_k V^-1 (e - Q b)
    reach = along[:, :p] @ phi
    quadratic = np.einsum("i,klij,j->kl", contrast, second, contrast) - reach @ along[:, :p].T
    score = 0.5 * (along @ contrast - trace)
    expected = 0.5 * traces
    if reml:
        turned = phi @ first[:, :p, :p]
        score = score + 0.5 * np.einsum("kii->k", turned)
        expected = expected - np.einsum("ij,klji->kl", phi, second[:, :, :p, :p])
        expected = expected + 0.5 * np.einsum("kij,lji->kl", turned, turned)
    return score, expected, quadratic


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
    scale = float(blocks.total[-1, -1]) / (blocks.rows - len(blocks.total) + 1)
    now = evaluate(blocks, np.full(len(blocks.slots) + 1, scale / (len(blocks.slots) + 1)), reml)
    _refuse_inseparable(blocks, now)
    for _ in range(STEPS):
        free = (now.theta > 0) | (now.score > 0)
        step, free = _direction(now, free)
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
            break
    return now, _not_converged(now, blocks.names)


def _direction(now: Moments, free: NDArray[np.bool_]) -> tuple[Array, NDArray[np.bool_]]:
    """The step over the free variances; one that stands at zero and would fall is held as well."""
    while True:
        step = np.zeros_like(now.theta)
        step[free] = _newton(now, free)
        falling = free & (now.theta == 0) & (step < 0)
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


def _refuse_inseparable(blocks: Blocks, now: Moments) -> None:
    scale = 1 / np.sqrt(np.maximum(np.diag(now.expected), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(scale[:, None] * now.expected * scale)
    if values[0] < SHARED:
        names = [*blocks.names, "residual"]
        mixed = [name for name, weight in zip(names, vectors[:, 0], strict=True) if abs(weight) > 1e-3]
        which = f"variances of {', '.join(mixed)} cannot be told apart"
        if len(mixed) == 1:
            which = f"variance of {mixed[0]} cannot be told from the fixed part"
        raise AnalysisError(
            f"The {which}: too few groups remain once the fixed part is fitted; "
            "leave out a random term or collect more groups."
        )


def _not_converged(now: Moments, names: Sequence[str]) -> tuple[str, ...]:
    listed = ", ".join(
        f"{name} {value:.4g}" for name, value in zip([*names, "residual"], now.theta, strict=True)
    )
    return (
        f"The variances did not converge (last values: {listed}); do not use these estimates, "
        "simplify the random part.",
    )
