"""Fits a linear mixed model for lesions within participants and says what it found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calcitrial.models.design_matrix import Design, prepare
from calcitrial.models.estimate import AnalysisError
from calcitrial.models.formula import parse_formula
from calcitrial.models.kenward_roger import Inference, Method, infer, t_tests
from calcitrial.models.variances import Blocks, Moments, maximise, summarise


@dataclass(frozen=True)
class Coefficient:
    """One coefficient with its test against zero and 95 % interval, on the scale of the response."""

    term: str
    estimate: float
    se: float
    df: float
    statistic: float
    p: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model.

    `variances` holds the variance of each random term by its name and of the "residual"; `groups` the number
    of groups of each random term; `random_effects` the predicted intercept of each group (BLUP). `vcov` and
    `vcov_adjusted` are p x p in the order of `coefficients`. `messages` says in sentences what a reader of
    the numbers must know: a variance at zero, a level without rows, a search that did not converge.
    """

    formula: str
    method: Method
    reml: bool
    coefficients: tuple[Coefficient, ...]
    variances: Mapping[str, float]
    loglik: float
    n: int
    groups: Mapping[str, int]
    dropped: int
    messages: tuple[str, ...]
    converged: bool
    random_effects: Mapping[str, Mapping[str, float]]
    design: Design
    inference: Inference

    @property
    def vcov(self) -> NDArray[np.float64]:
        """(X'V^-1 X)^-1 at the estimated variances."""
        return self.inference.vcov

    @property
    def vcov_adjusted(self) -> NDArray[np.float64]:
        """Kenward and Roger's small-sample covariance; equal to `vcov` under Satterthwaite."""
        return self.inference.vcov_adjusted

    def __str__(self) -> str:
        """Return the table of coefficients, the variances and the messages."""
        lines = [f"{self.formula} ({'REML' if self.reml else 'ML'}, {self.n} rows, {self.dropped} dropped)"]
        lines += [
            f"  {c.term:<24} {c.estimate:10.4f}  se {c.se:.4f}  df {c.df:.1f}  p {c.p:.4f}" for c in self.coefficients
        ]
        lines.append("  variances: " + ", ".join(f"{name} {value:.5g}" for name, value in self.variances.items()))
        return "\n".join([*lines, *self.messages])

    def to_json(self) -> dict[str, Any]:
        """Return the numbers and sentences of the fit as plain values."""
        return {
            "formula": self.formula,
            "method": self.method,
            "reml": self.reml,
            "coefficients": [asdict(coefficient) for coefficient in self.coefficients],
            "variances": dict(self.variances),
            "loglik": self.loglik,
            "n": self.n,
            "groups": dict(self.groups),
            "dropped": self.dropped,
            "messages": list(self.messages),
        }


def fit(
    data: pl.DataFrame,
    formula: str,
    *,
    method: Method = "kr",
    reml: bool = True,
    levels: Mapping[str, Sequence[str]] | None = None,
) -> Fit:
    """Fit a linear mixed model with random intercepts.

    Args:
        data: one row per observation; rows with a missing value in a column of the formula are dropped.
        formula: such as `log_size ~ arm*visit + log_baseline + (1|participant/lesion)`.
        method: degrees of freedom: "kr" (Kenward-Roger, the default) or "satterthwaite".
        reml: restricted likelihood; False for maximum likelihood.
        levels: for a text column, all its levels in the wanted order, the reference first; otherwise sorted.

    Returns:
        The fit, with 95 % intervals.

    Raises:
        AnalysisError: when the formula or the data do not allow the fit, with every reason found.
    """
    return fit_design(prepare(data, parse_formula(formula), levels), method=method, reml=reml)


def fit_design(design: Design, *, method: Method = "kr", reml: bool = True) -> Fit:
    """Fit a design that is prepared already.

    Args:
        design: what `prepare` returned.
        method: as in `fit`.
        reml: as in `fit`.

    Returns:
        The fit.

    Raises:
        AnalysisError: as in `fit`.
    """
    if method not in ("kr", "satterthwaite"):
        raise AnalysisError(f"The method '{method}' is not offered; choose 'kr' or 'satterthwaite'.")
    if method == "kr" and not reml:
        raise AnalysisError(
            "Kenward-Roger is defined for REML, and maximum likelihood was asked; use REML or method 'satterthwaite'."
        )
    blocks = summarise(design)
    moments, unfinished = maximise(blocks, reml)
    inference = infer(blocks, moments, method, reml)
    tests = t_tests(inference, np.eye(len(inference.beta)))
    return Fit(
        formula=design.formula.text,
        method=method,
        reml=reml,
        coefficients=tuple(Coefficient(term, **vars(test)) for term, test in zip(design.terms, tests, strict=True)),
        variances=dict(zip([*blocks.names, "residual"], moments.theta.tolist(), strict=True)),
        loglik=moments.loglik,
        n=blocks.rows,
        groups={grouping.name: len(grouping.labels) for grouping in design.groupings},
        dropped=design.dropped,
        messages=(*design.messages, *unfinished, *_singular(blocks, moments, method)),
        converged=not unfinished,
        random_effects=_random_effects(design, blocks, moments),
        design=design,
        inference=inference,
    )


def _singular(blocks: Blocks, moments: Moments, method: Method) -> list[str]:
    kept = {
        "kr": "Kenward-Roger counts it as estimated all the same",
        "satterthwaite": "Satterthwaite then uses the expected information",
    }[method]
    return [
        f"The between-{name} variance is estimated as zero (singular fit): rows of one {name} are no more "
        f"alike than the rest of the model explains; {kept}."
        for name, value in zip(blocks.names, moments.theta, strict=False)
        if value == 0
    ]


def _random_effects(design: Design, blocks: Blocks, moments: Moments) -> dict[str, dict[str, float]]:
    return {
        grouping.name: dict(zip(grouping.labels, moments.effects[place].tolist(), strict=True))
        for grouping, place in zip(design.groupings, blocks.places, strict=True)
    }
