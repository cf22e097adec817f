"""Generalized estimating equations: what treatment does in the population, with rows of one person alike.

Liang and Zeger, Biometrika 1986;73:13. With few participants the covariance is corrected (`sandwich`) and the
reference is t, never the normal distribution.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from calcitrial.models import AnalysisError, Coefficient, Design, parse_formula, prepare_marginal, refuse_if_any
from calcitrial.statistics.estimating_equations import Solved, cluster_places, solve
from calcitrial.statistics.sandwich import COVARIANCES, Covariance, covariance, satterthwaite_df
from calcitrial.statistics.separation import separation_problems
from calcitrial.statistics.working import FAMILIES, WORKING, Family, Working

Array = NDArray[np.float64]
Df = Literal["clusters", "satterthwaite"]


@dataclass(frozen=True, eq=False)
class MarginalFit:
    """A fitted marginal model.

    `coefficients` have t tests and intervals at `level`, on the log odds scale for "binomial"; `vcov` is their
    p x p covariance of the kind asked. `correlation` is between two rows of one cluster, `scale` the variance
    (gaussian) or dispersion (binomial) of the residuals.
    """

    formula: str
    family: Family
    working: Working
    covariance: Covariance
    df: Df
    level: float
    coefficients: tuple[Coefficient, ...]
    vcov: Array
    correlation: float
    scale: float
    n: int
    clusters: int
    dropped: int
    messages: tuple[str, ...]
    design: Design
    solved: Solved

    def contrast(self, name: str, line: Sequence[float]) -> Coefficient:
        """Test a weighted sum of coefficients.

        Args:
            name: what to call it.
            line: p weights in the order of `coefficients`.

        Returns:
            The sum with its test and interval, of the same kind as the coefficients.
        """
        return _tests(self.solved, np.atleast_2d(line), [name], self.vcov, self.covariance, self.df, self.level)[0]


def fit_marginal(
    data: pl.DataFrame,
    formula: str,
    cluster: str,
    *,
    family: Family = "gaussian",
    working: Working = "exchangeable",
    covariance_kind: Covariance = "mancl-derouen",
    df: Df = "clusters",
    less_p: bool = False,
    level: float = 0.95,
    levels: Mapping[str, Sequence[str]] | None = None,
) -> MarginalFit:
    """Fit a marginal model by generalized estimating equations.

    Args:
        data: one row per observation; rows with a missing value in a column of the formula are dropped.
        formula: such as `responder ~ arm + log_baseline`, without random terms.
        cluster: the column that names the participant.
        family: "gaussian" (identity link) or "binomial" (logit link; the response is 0, 1 or Boolean).
        working: "exchangeable" or "independence".
        covariance_kind: the correction for few clusters; "plain" is the uncorrected sandwich.
        df: "clusters" for clusters less coefficients, "satterthwaite" for Pustejovsky and Tipton's.
        less_p: divide the moments of the residuals by n - p, as SAS does, instead of n, as geepack does.
        level: confidence level.
        levels: for a text column, all its levels in the wanted order, the reference first.

    Returns:
        The fit.

    Raises:
        AnalysisError: when formula, data or options do not allow the fit: separation, one cluster, all missing.
    """
    refuse_if_any(_option_problems(family, working, covariance_kind, df, level))
    design = _design(data, formula, cluster, family, levels)
    places = cluster_places(design.groupings[0].codes)
    refuse_if_any(_df_problems(df, len(places), len(design.terms)))
    solved = solve(design.response, design.matrix, places, family, working, less_p)
    scale = solved.moments.scale if family == "gaussian" else 1.0  # a binomial response has no free scale
    vcov = covariance(solved.clusters, solved.inverse, covariance_kind, scale)
    tests = _tests(solved, np.eye(len(design.terms)), design.terms, vcov, covariance_kind, df, level)
    return MarginalFit(
        formula=formula,
        family=family,
        working=working,
        covariance=covariance_kind,
        df=df,
        level=level,
        coefficients=tests,
        vcov=vcov,
        correlation=solved.moments.correlation,
        scale=solved.moments.scale,
        n=len(design.response),
        clusters=len(places),
        dropped=design.dropped,
        messages=(*design.messages, *_held(solved)),
        design=design,
        solved=solved,
    )


def _design(
    data: pl.DataFrame, formula: str, cluster: str, family: Family, levels: Mapping[str, Sequence[str]] | None
) -> Design:
    parsed = parse_formula(formula)
    name = parsed.response.column
    if name in data.columns and data.schema[name] == pl.Boolean:
        data = data.with_columns(pl.col(name).cast(pl.Int64))
    if family == "binomial" and name in data.columns and data.schema[name].is_numeric():
        refuse_if_any(_binary_problems(data[name].drop_nulls(), name))
    design = prepare_marginal(data, parsed, cluster, levels)
    if family == "binomial":
        refuse_if_any(separation_problems(design.matrix, design.response, design.terms))
    return design


def _held(solved: Solved) -> list[str]:
    if not solved.held:
        return []
    return [
        "The working correlation was estimated outside what the largest cluster allows and is held at "
        f"{solved.moments.correlation:.3f}; estimates and tests stay valid."
    ]


def _df_problems(df: Df, clusters: int, coefficients: int) -> list[str]:
    if df == "satterthwaite" or clusters > coefficients:
        return []
    return [
        f"{clusters} clusters leave no degrees of freedom beside {coefficients} coefficients; take terms out of the "
        "formula, or ask for df 'satterthwaite'."
    ]


def _tests(
    solved: Solved, lines: Array, names: Sequence[str], vcov: Array, kind: Covariance, df: Df, level: float
) -> tuple[Coefficient, ...]:
    estimate = lines @ solved.beta
    se = np.sqrt(np.einsum("ci,ij,cj->c", lines, vcov, lines))
    if not (se > 0).all():
        none = ", ".join(name for name, value in zip(names, se, strict=True) if not value > 0)
        raise AnalysisError(
            f"The clusters do not differ at all in what {none} rests on, so its standard error would be zero and it is "
            "not estimable; more clusters are needed."
        )
    if df == "clusters":
        freedom = np.full(len(lines), float(len(solved.clusters) - len(solved.beta)))
    else:
        freedom = satterthwaite_df(solved.clusters, solved.inverse, kind, lines)
    statistic = estimate / se
    p = 2 * special.stdtr(freedom, -np.abs(statistic))
    half = special.stdtrit(freedom, 0.5 + level / 2) * se
    table = np.column_stack([estimate, se, freedom, statistic, p, estimate - half, estimate + half])
    return tuple(Coefficient(name, *row) for name, row in zip(names, table.tolist(), strict=True))


def _option_problems(family: str, working: str, kind: str, df: str, level: float) -> list[str]:
    asked = [
        ("family", family, FAMILIES),
        ("working correlation", working, WORKING),
        ("covariance", kind, COVARIANCES),
        ("df", df, ("clusters", "satterthwaite")),
    ]
    problems = [
        f"The {what} '{value}' is not offered; choose one of {', '.join(offered)}."
        for what, value, offered in asked
        if value not in offered
    ]
    if not 0 < level < 1:
        problems.append(f"The confidence level {level} is outside 0 to 1; give for example 0.95.")
    return problems


def _binary_problems(response: pl.Series, name: str) -> list[str]:
    if response.is_empty():
        return []
    values = response.cast(pl.Float64).to_numpy()
    other = np.setdiff1d(values, [0.0, 1.0])
    if len(other):
        return [f"The response {name} of a binomial model holds {other[0]:g}; it must be 0 or 1 in every row."]
    return separation_problems(np.ones((len(values), 1)), values, ["(Intercept)"])
