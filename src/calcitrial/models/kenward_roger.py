"""Tests and intervals for the fixed part when there are few participants.

Kenward and Roger, Biometrics 1997;53:983-997 (KR below). The variances of random intercepts enter V linearly, so
that the second derivatives R_ij of V vanish; the parameters of a residual structure do not. Satterthwaite: Giesbrecht
and Burns, Biometrics 1985;41:477-486; several contrasts at once: Fai and Cornelius, J Stat Comput Simul
1996;54:363-378.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.linalg import solve_triangular

from calcitrial.models.estimate import AnalysisError
from calcitrial.models.variances import Moments

Array = NDArray[np.float64]
Method = Literal["kr", "kr-linear", "satterthwaite"]
METHODS: tuple[Method, ...] = ("kr", "kr-linear", "satterthwaite")


@dataclass(frozen=True, eq=False)
class Inference:
    """The fixed part with all that a test of it needs.

    `beta` (p); p x p: `vcov` = (X'V^-1 X)^-1 and `vcov_adjusted`, KR's Phi_A, the same as `vcov` under
    Satterthwaite; `slopes`[k] = d vcov / d theta_k; `spread` (r x r): covariance of the estimated variances.
    """

    method: Method
    beta: Array
    vcov: Array
    vcov_adjusted: Array
    slopes: Array
    spread: Array


@dataclass(frozen=True)
class TTest:
    """One contrast of the fixed part: `low` and `high` at the level asked, `p` two-sided against zero."""

    estimate: float
    se: float
    df: float
    statistic: float
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class FTest:
    """Several contrasts at once; `scaling` is KR's lambda, already in `statistic`."""

    num_df: int
    den_df: float
    statistic: float
    scaling: float
    p: float


def infer(triangle: Array, start: Array, moments: Moments, method: Method, settled: bool = True) -> Inference:
    """Prepare inference at the estimated variances, back in the coordinates of the formula's columns.

    KR takes W from the expected information of all variances, also those at zero, as pbkrtest does; beside a
    residual structure from the observed information, as mmrm does. Satterthwaite takes the observed information, as
    lmerTest and mmrm do. Where a variance is at zero, or the search found no maximum, the likelihood is not quadratic
    there, and the expected information is used.

    Args:
        triangle: R of X = QR (p x p).
        start: Q'y (p).
        moments: the likelihood at its maximum.
        method: "kr", "kr-linear" or "satterthwaite".
        settled: whether that is a maximum; without one nothing is adjusted.

    Returns:
        The fixed part with its covariances.

    Raises:
        AnalysisError: when KR's adjustment leaves a variance that is not positive.
    """
    phi = moments.phi
    slopes = phi @ moments.first @ phi
    observed = (method == "satterthwaite" or moments.bent is not None) and settled and not moments.singular
    spread = _inverse(moments.observed if observed else moments.expected, settled)
    adjusted = _adjust(moments, slopes, spread, method == "kr") if method != "satterthwaite" and settled else phi
    _refuse_negative(adjusted, method)
    back = solve_triangular(triangle, np.eye(len(phi)))
    return Inference(
        method=method,
        beta=back @ (start + moments.beta),
        vcov=back @ phi @ back.T,
        vcov_adjusted=back @ adjusted @ back.T,
        slopes=back @ slopes @ back.T,
        spread=spread,
    )


def _inverse(information: Array, settled: bool) -> Array:
    """The inverse; away from a maximum, where rounding can leave negative eigenvalues, without those directions."""
    if settled:
        return np.asarray(np.linalg.inv(information), dtype=np.float64)
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-300))
    values, vectors = np.linalg.eigh(scale[:, None] * information * scale)
    kept = values > 1e-10
    half = scale[:, None] * vectors[:, kept] / np.sqrt(values[kept])
    return np.asarray(half @ half.T)


def _refuse_negative(adjusted: Array, method: Method) -> None:
    if np.linalg.eigvalsh(adjusted)[0] <= 0:
        other = "'kr-linear', which is without second derivatives" if method == "kr" else "'satterthwaite'"
        raise AnalysisError(
            "Kenward and Roger's adjustment leaves a negative variance of the fixed part: there are too few groups for "
            f"it; use method {other}, or a residual structure with fewer parameters."
        )


def _adjust(moments: Moments, slopes: Array, spread: Array, curved: bool) -> Array:
    """KR's Phi_A = Phi + 2 Phi {sum_kl W_kl (Q_kl - P_k Phi P_l - R_kl / 4)} Phi; here P_k = -`first`[k].

    R_kl depends on the coordinates of a residual structure (`structures`) and may make Phi_A smaller than Phi. Without
    R_kl (not `curved`) Phi_A is the same in all coordinates, and for `us` it is KR's formula with the entries of the
    matrix as parameters, as SAS writes them.
    """
    phi = moments.phi
    inner = np.einsum("kl,klij->ij", spread, moments.second)
    through = np.einsum("kl,lij->kij", spread, slopes)
    excess = phi @ inner @ phi - np.einsum("kij,kjl->il", phi @ moments.first, through)
    if curved and moments.bent is not None:
        excess = excess - 0.25 * phi @ np.einsum("kl,klij->ij", spread, moments.bent) @ phi
    return np.asarray(phi + excess + excess.T)


def t_tests(inference: Inference, contrasts: Array, level: float = 0.95) -> tuple[TTest, ...]:
    """Test contrasts one at a time.

    The degrees of freedom are 2 (l'Phi l)^2 / (g'W g) with g_k = d(l'Phi l)/d theta_k, which is what KR's
    m is for a single contrast; their lambda is then 1.

    Args:
        inference: what `infer` returned.
        contrasts: c x p, one contrast per row.
        level: confidence level of the intervals.

    Returns:
        One test per row.
    """
    lines = np.atleast_2d(np.asarray(contrasts, dtype=float))
    estimate = lines @ inference.beta
    se = np.sqrt(np.einsum("ci,ij,cj->c", lines, inference.vcov_adjusted, lines))
    plain = np.einsum("ci,ij,cj->c", lines, inference.vcov, lines)
    slopes = np.einsum("ci,kij,cj->ck", lines, inference.slopes, lines)
    with np.errstate(divide="ignore"):
        df = 2 * plain**2 / np.einsum("ck,kl,cl->c", slopes, inference.spread, slopes)
    statistic = estimate / se
    p = 2 * special.stdtr(df, -np.abs(statistic))
    half = special.stdtrit(df, 0.5 + level / 2) * se
    table = np.column_stack([estimate, se, df, statistic, p, estimate - half, estimate + half])
    return tuple(TTest(*row) for row in table.tolist())


def f_test(inference: Inference, contrasts: Array) -> FTest:
    """Test that all contrasts are zero.

    Args:
        inference: what `infer` returned.
        contrasts: l x p, linearly independent rows.

    Returns:
        KR's scaled F with its degrees of freedom, or the F of Fai and Cornelius under Satterthwaite.

    Raises:
        AnalysisError: when too few groups carry the contrasts for KR's F to have a mean.
    """
    lines = np.atleast_2d(np.asarray(contrasts, dtype=float))
    one = _f_satterthwaite if inference.method == "satterthwaite" else _f_kenward_roger
    return one(inference, lines)


def _f_kenward_roger(inference: Inference, lines: Array) -> FTest:
    ell = len(lines)
    theta = lines.T @ np.linalg.solve(lines @ inference.vcov @ lines.T, lines)  # KR's Theta
    turned = theta @ inference.slopes
    alone = np.einsum("kii->k", turned)
    a1 = float(alone @ inference.spread @ alone)
    a2 = float(np.einsum("kl,kij,lji->", inference.spread, turned, turned))
    b = (a1 + 6 * a2) / (2 * ell)
    g = ((ell + 1) * a1 - (ell + 4) * a2) / ((ell + 2) * a2)
    below = 3 * ell + 2 * (1 - g)
    c1, c2, c3 = g / below, (ell - g) / below, (ell + 2 - g) / below
    if a2 >= ell:  # KR's mean of F exists only below; a single contrast (a2 = 2 / df) still has its t test
        raise AnalysisError(
            f"{ell} contrasts cannot be tested together: the variances they rest on come from too few groups "
            f"(A2 = {a2:.3g}, it must stay below {ell}); test them one at a time."
        )
    mean = 1 / (1 - a2 / ell)
    variance = 2 / ell * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    rho = variance / (2 * mean**2)
    den_df = 4 + (ell + 2) / (ell * rho - 1)
    scaling = den_df / (mean * (den_df - 2))
    effect = lines @ inference.beta
    wald = float(effect @ np.linalg.solve(lines @ inference.vcov_adjusted @ lines.T, effect)) / ell
    statistic = scaling * wald
    return FTest(ell, den_df, statistic, scaling, float(special.fdtrc(ell, den_df, statistic)))


def _f_satterthwaite(inference: Inference, lines: Array) -> FTest:
    _, directions = np.linalg.eigh(lines @ inference.vcov @ lines.T)
    tests = t_tests(inference, directions.T @ lines)
    ell = len(lines)
    statistic = sum(test.statistic**2 for test in tests) / ell
    if ell == 1:
        den_df = tests[0].df
    else:
        mean = sum(test.df / (test.df - 2) for test in tests if test.df > 2)
        den_df = 2 * mean / (mean - ell) if mean > ell else 2.0
    return FTest(ell, den_df, statistic, 1.0, float(special.fdtrc(ell, den_df, statistic)))
