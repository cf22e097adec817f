"""Draws missing lesion sizes from a mixed model: each imputation is one draw of everything not known.

A Gibbs sampler over the observed rows alternates between the fixed part with all random intercepts (drawn
together) and the variances; the priors are flat for the fixed part and for the standard deviations of the
random intercepts (Gelman, Bayesian Anal 2006;1:515) and 1/variance for the residual. From every `thinning`-th
draw the missing values follow, each with its own residual. Missing at random is supposed, no more.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from calcitrial.models import Design, fit_design, parse_formula, prepare, refuse_if_any

Array = NDArray[np.float64]
FEWEST_GROUPS = 4  # a flat prior on a standard deviation needs more than three groups to have a mean
FLOOR = 1e-3  # a variance estimated as zero starts at this part of the residual's


@dataclass(frozen=True, eq=False)
class Imputations:
    """A table with missing values of one column, and what they may have been.

    `rows` (k) are the row numbers where `column` is missing; `values` (m x k) the draws.
    """

    data: pl.DataFrame
    column: str
    rows: NDArray[np.int64]
    values: Array

    @property
    def count(self) -> int:
        """Number of imputations."""
        return len(self.values)

    def completed(self, number: int, shift: Array | float = 0.0) -> pl.DataFrame:
        """Return the table with one set of draws in place.

        Args:
            number: which imputation, from 0.
            shift: added to the k draws, one for all or one for each.

        Returns:
            A table of the same shape without missing values in `column`.
        """
        full = self.data[self.column].cast(pl.Float64).to_numpy().copy()
        full[self.rows] = self.values[number] + shift
        return self.data.with_columns(pl.Series(self.column, full))


@dataclass(frozen=True, eq=False)
class _Chain:
    """What stays the same: cross-products of [X Z] over observed rows, and which columns share a variance."""

    products: Array
    target: Array
    response: Array
    columns: Array
    owners: NDArray[np.int64]  # 0 for the fixed part, then the number of the random term


def impute(
    data: pl.DataFrame,
    formula: str,
    *,
    generator: np.random.Generator,
    imputations: int = 20,
    burn_in: int = 100,
    thinning: int = 10,
) -> Imputations:
    """Impute the response of a mixed model.

    Args:
        data: one row per observation that was planned, the response null where it is missing.
        formula: such as `log_size ~ arm*visit + log_baseline + (1|participant/lesion)`.
        generator: source of chance.
        imputations: number of completed tables.
        burn_in: draws thrown away at first.
        thinning: draws between imputations.

    Returns:
        The table with its draws; without missing values there are none to draw.

    Raises:
        AnalysisError: when the model cannot be fitted to the observed rows, other columns have gaps, or
            there are too few groups for a variance.
    """
    parsed = parse_formula(formula)
    refuse_if_any(_request_problems(imputations, burn_in, thinning, parsed.response.log))
    refuse_if_any([f"Draws need independent residuals; leave out {parsed.residual.label}."] if parsed.residual else [])
    observed = prepare(data, parsed)  # refuses what the observed rows cannot carry
    column = parsed.response.column
    values = data[column].cast(pl.Float64).fill_nan(None)
    others = [name for name in parsed.columns if name != column and data[name].null_count()]
    refuse_if_any(
        f"The column {name} has {data[name].null_count()} gaps; only the response is imputed, so fill or drop them."
        for name in others
    )
    missing = values.is_null().to_numpy()
    full = prepare(data.with_columns(values.fill_null(float(observed.response[0]))), parsed)
    refuse_if_any(_support_problems(full, observed))
    design = _columns(full)
    fitted = fit_design(observed, method="satterthwaite")
    start = np.array([fitted.variances["residual"], *(fitted.variances[g.name] for g in full.groupings)])
    chain = _chain(design, full, ~missing, values.to_numpy())
    draws = _draw(chain, start, generator, burn_in, thinning, imputations)
    noise = generator.normal(size=(imputations, int(missing.sum()))) * np.sqrt([v[0] for _, v in draws])[:, None]
    means = np.array([design[missing] @ effects for effects, _ in draws])
    return Imputations(data, column, np.flatnonzero(missing), means.reshape(noise.shape) + noise)


def _columns(full: Design) -> Array:
    return np.column_stack([full.matrix, *(np.eye(len(g.labels))[g.codes] for g in full.groupings)])


def _chain(design: Array, full: Design, seen: NDArray[np.bool_], values: Array) -> _Chain:
    sizes = [full.matrix.shape[1], *(len(grouping.labels) for grouping in full.groupings)]
    columns, response = design[seen], values[seen]
    owners = np.repeat(np.arange(len(sizes)), sizes)
    return _Chain(columns.T @ columns, columns.T @ response, response, columns, owners)


def _draw(
    chain: _Chain, start: Array, generator: np.random.Generator, burn_in: int, thinning: int, wanted: int
) -> list[tuple[Array, Array]]:
    """Effects and variances (residual first), one pair per imputation."""
    variances, kept = np.maximum(start, FLOOR * start[0]), []
    for turn in range(burn_in + thinning * wanted):
        effects = _effects(chain, variances, generator)
        variances = _variances(chain, effects, generator)
        if turn >= burn_in and (turn - burn_in) % thinning == thinning - 1:
            kept.append((effects, variances))
    return kept


def _effects(chain: _Chain, variances: Array, generator: np.random.Generator) -> Array:
    penalty = np.concatenate([[0.0], 1 / variances[1:]])[chain.owners]
    lower = np.linalg.cholesky(chain.products / variances[0] + np.diag(penalty))
    turned = solve_triangular(lower, chain.target / variances[0], lower=True)
    return np.asarray(solve_triangular(lower.T, turned + generator.normal(size=len(lower))))


def _variances(chain: _Chain, effects: Array, generator: np.random.Generator) -> Array:
    residual = chain.response - chain.columns @ effects
    drawn = [residual @ residual / generator.chisquare(len(residual))]
    for term in range(1, int(chain.owners.max()) + 1):
        own = effects[chain.owners == term]
        drawn.append(own @ own / generator.chisquare(len(own) - 1))
    return np.array(drawn)


def _request_problems(imputations: int, burn_in: int, thinning: int, log: bool) -> list[str]:
    problems = []
    if imputations < 2:
        problems.append(f"{imputations} imputations cannot show how uncertain they are; make at least 2, better 20.")
    if burn_in < 0 or thinning < 1:
        problems.append(f"A burn-in of {burn_in} with thinning {thinning} is impossible; 100 and 10 are usual.")
    if log:
        problems.append("The response is imputed as it stands; make a column of logarithms and name it in the formula.")
    return problems


def _support_problems(full: Design, observed: Design) -> list[str]:
    unseen = [term for term in full.terms if term not in observed.terms]
    if unseen:
        return [
            f"No observed row tells of {', '.join(unseen)}, so values there cannot be imputed; leave those rows out or "
            "take the term out of the formula."
        ]
    few = [g for g in observed.groupings if len(g.labels) < FEWEST_GROUPS]
    if few:
        return [
            f"{g.name} has {len(g.labels)} groups with observed rows; their variance needs at least {FEWEST_GROUPS}."
            for g in few
        ]
    return [] if full.terms == observed.terms else ["The observed rows lack a level that the model needs."]
