"""Fits a linear mixed model for lesions within participants and says what it found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calcitrial.models.design_matrix import Design, prepare
from calcitrial.models.estimate import AnalysisError, refuse_if_any
from calcitrial.models.formula import parse_formula
from calcitrial.models.groups import Repeats
from calcitrial.models.kenward_roger import METHODS, Inference, Method, infer, t_tests
from calcitrial.models.maximum import maximise
from calcitrial.models.plain_rows import row_problems
from calcitrial.models.structured import arrange, complete
from calcitrial.models.structured_maximum import ResidualCovariance, maximise_structured, residual_covariance
from calcitrial.models.variances import Moments, summarise

SHRUNK = 0.01  # relative; less is not worth a sentence


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

    `variances` holds the variance of each random term by its name and of the "residual", or of the residual at
    each visit, such as "residual[W04]"; `groups` the number of groups of each random term and of the residual
    structure; `random_effects` the predicted intercept of each group (BLUP). `residual` is the covariance over
    visits where the formula has a structure. `vcov` and `vcov_adjusted` are p x p in the order of
    `coefficients`. `messages` says in sentences what a reader of the numbers must know: a variance at zero, a
    correlation at its limit, a level without rows, a search that did not converge.
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
    residual: ResidualCovariance | None = None

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
        if self.residual:
            pairs = ", ".join(f"{pair} {value:.4f}" for pair, value in self.residual.correlations.items())
            lines.append(f"  correlations: {pairs}")
        return "\n".join([*lines, *self.messages])

    def to_json(self) -> dict[str, Any]:
        """Return the numbers and sentences of the fit as plain values; `residual` where there is a structure."""
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
            **({"residual": self.residual.to_json()} if self.residual else {}),
        }


def fit(
    data: pl.DataFrame,
    formula: str,
    *,
    method: Method = "kr",
    reml: bool = True,
    levels: Mapping[str, Sequence[str]] | None = None,
) -> Fit:
    """Fit a linear mixed model with random intercepts, a residual structure over visits, or both.

    Args:
        data: one row per observation; rows with a missing value in a column of the formula are dropped.
        formula: such as `log_size ~ arm*visit + log_baseline + (1|participant/lesion)`, or with
            `us(visit|participant)` for an MMRM of participants' means, or of lesions with
            `(1|participant) + us(visit|participant:lesion)`.
        method: degrees of freedom: "kr" (Kenward-Roger, the default), "kr-linear" (without the second derivatives
            of the covariance, which are zero for random intercepts) or "satterthwaite".
        reml: restricted likelihood; False for maximum likelihood.
        levels: for a text column, all its levels in the wanted order, the reference first; otherwise sorted. The
            visits of a residual structure follow the same order.

    Returns:
        The fit, with 95 % intervals.

    Raises:
        AnalysisError: when the formula or the data do not allow the fit, with every reason found.
    """
    parsed = parse_formula(formula)
    refuse_if_any(row_problems(data, parsed))
    try:
        return fit_design(prepare(data, parsed, levels), method=method, reml=reml)
    except np.linalg.LinAlgError as error:  # far from where the search began, two variances became one
        raise AnalysisError(
            f"The variances of '{parsed.text}' cannot be told apart in these data (their information has no inverse); "
            "leave out a random term or collect more groups."
        ) from error


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
    if method not in METHODS:
        raise AnalysisError(f"The method '{method}' is not offered; choose 'kr' or 'satterthwaite'.")
    if method != "satterthwaite" and not reml:
        raise AnalysisError(
            "Kenward-Roger is defined for REML, and maximum likelihood was asked; use REML or method 'satterthwaite'."
        )
    repeats = design.repeats
    found = _structured(design, repeats, method, reml) if repeats else _independent(design, method, reml)
    tests = t_tests(found.inference, np.eye(len(found.inference.beta)))
    groupings = [*design.groupings, *([repeats.grouping] if repeats else [])]
    return Fit(
        formula=design.formula.text,
        method=method,
        reml=reml,
        coefficients=tuple(Coefficient(term, **vars(test)) for term, test in zip(design.terms, tests, strict=True)),
        variances=found.variances,
        loglik=found.moments.loglik,
        n=len(design.response),
        groups={grouping.name: len(grouping.labels) for grouping in groupings},
        dropped=design.dropped,
        messages=(
            *design.messages,
            *found.unfinished,
            *_singular(design, found.moments, method),
            *_shrunk(design, found.inference),
        ),
        converged=not found.unfinished,
        random_effects=found.random_effects,
        design=design,
        inference=found.inference,
        residual=found.residual,
    )


@dataclass(frozen=True, eq=False)
class _Found:
    """What the search for the variances of either kind of model ends with."""

    moments: Moments
    unfinished: tuple[str, ...]
    inference: Inference
    variances: dict[str, float]
    random_effects: dict[str, dict[str, float]]
    residual: ResidualCovariance | None = None


def _independent(design: Design, method: Method, reml: bool) -> _Found:
    blocks = summarise(design)
    moments, unfinished = maximise(blocks, reml)
    return _Found(
        moments=moments,
        unfinished=unfinished,
        inference=infer(blocks.triangle, blocks.start, moments, method),
        variances=dict(zip([*blocks.names, "residual"], moments.theta.tolist(), strict=True)),
        random_effects=_random_effects(design, [moments.effects[place] for place in blocks.places]),
    )


def _structured(design: Design, repeats: Repeats, method: Method, reml: bool) -> _Found:
    rows = arrange(design, repeats)
    moments, unfinished = maximise_structured(rows, reml)
    residual = residual_covariance(rows, moments)
    ends = np.cumsum([len(grouping.labels) for grouping in design.groupings])
    return _Found(
        moments=moments,
        unfinished=unfinished,
        inference=infer(rows.triangle, rows.start, complete(rows, moments), method, settled=not unfinished),
        variances={**dict(zip(rows.names, moments.theta.tolist(), strict=False)), **residual.variances},
        random_effects=_random_effects(design, np.split(moments.effects, ends)[:-1]),
        residual=residual,
    )


def _singular(design: Design, moments: Moments, method: Method) -> list[str]:
    kept = "Kenward-Roger counts it as estimated all the same"
    if method == "satterthwaite":
        kept = "Satterthwaite then uses the expected information"
    return [
        f"The between-{grouping.name} variance is estimated as zero (singular fit): rows of one {grouping.name} are no "
        f"more alike than the rest of the model explains; {kept}."
        for grouping, value in zip(design.groupings, moments.theta, strict=False)
        if value == 0
    ]


def _shrunk(design: Design, inference: Inference) -> list[str]:
    """Say where Kenward and Roger's adjustment, which is there to widen, has made a standard error smaller."""
    plain, adjusted = (np.sqrt(np.diag(v)) for v in (inference.vcov, inference.vcov_adjusted))
    smaller = np.flatnonzero(adjusted < (1 - SHRUNK) * plain)
    if not design.repeats or not len(smaller):
        return []
    worst = int(np.argmin(adjusted / plain))
    return [
        f"Kenward and Roger's full form makes {len(smaller)} of {len(plain)} standard errors smaller than they are "
        f"without adjustment ({design.terms[worst]}: {adjusted[worst]:.4g} instead of {plain[worst]:.4g}). Its "
        f"second-derivative term depends on how {design.repeats.residual.label} is parametrised, and with few groups "
        "it rejects too often; method 'kr-linear' is without it."
    ]


def _random_effects(design: Design, effects: Sequence[NDArray[np.float64]]) -> dict[str, dict[str, float]]:
    return {
        grouping.name: dict(zip(grouping.labels, own.tolist(), strict=True))
        for grouping, own in zip(design.groupings, effects, strict=True)
    }
