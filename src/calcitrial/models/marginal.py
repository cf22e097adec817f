"""Marginal means and their contrasts: what the model says about each arm at each visit.

Searle, Speed and Milliken, Am Stat 1980;34:216: predictions on a grid of all factor levels with each number
at its mean, averaged with equal weight over the factors not asked for. A model of log size gives differences
of logs, whose exponentials are ratios of geometric means.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calcitrial.models.design_matrix import Design, encode
from calcitrial.models.estimate import AnalysisError, Estimate, refuse_if_any
from calcitrial.models.formula import Variable
from calcitrial.models.kenward_roger import FTest, f_test, t_tests
from calcitrial.models.mixed_model import Fit

Array = NDArray[np.float64]
Adjustment = Literal["none", "holm", "hochberg", "fixed-sequence"]

DF_NAMES = {
    "kr": "Kenward-Roger",
    "kr-linear": "Kenward-Roger (linear form)",
    "satterthwaite": "Satterthwaite",
}


@dataclass(frozen=True)
class MarginalMean:
    """The mean at one combination of levels, on the scale of the response; `at` maps factor to level."""

    at: Mapping[str, str]
    estimate: float
    se: float
    df: float
    low: float
    high: float

    @property
    def geometric(self) -> tuple[float, float, float]:
        """Mean, low and high under the exponential: the geometric mean when the response is a log."""
        return exp(self.estimate), exp(self.low), exp(self.high)


@dataclass(frozen=True)
class Contrast:
    """A difference of marginal means, treatment minus reference, on the scale of the response.

    `at` maps the factor held fixed to its level, and is empty for an average over all others. `p_adjusted`
    is adjusted over all contrasts asked for together; the interval is not.
    """

    factor: str
    treatment: str
    reference: str
    at: Mapping[str, str]
    estimate: float
    se: float
    df: float
    statistic: float
    p: float
    low: float
    high: float
    level: float
    p_adjusted: float
    adjustment: Adjustment

    @property
    def name(self) -> str:
        """For example `arm STS / CTL at visit W24`."""
        place = " and ".join(f"{factor} {level}" for factor, level in self.at.items())
        return f"{self.factor} {self.treatment} / {self.reference}" + (f" at {place}" if place else "")

    @property
    def ratio(self) -> tuple[float, float, float]:
        """Ratio, low and high under the exponential: of geometric means when the response is a log."""
        return exp(self.estimate), exp(self.low), exp(self.high)


def marginal_means(fit: Fit, over: Sequence[str] = ("arm", "visit"), level: float = 0.95) -> tuple[MarginalMean, ...]:
    """Marginal means at every combination of levels of some factors.

    Args:
        fit: a fitted model.
        over: factors of the model; none gives the mean of all, and of an intercept alone that intercept.
        level: confidence level.

    Returns:
        One mean per combination, the last factor varying fastest.

    Raises:
        AnalysisError: when a name is not a factor of the model.
    """
    _refuse_unknown(fit.design, over)
    levels = fit.design.levels
    lines = _lines(fit.design, over, {name: np.eye(len(levels[name])) for name in over})
    tests = t_tests(fit.inference, lines, level)
    places = product(*(levels[name] for name in over))
    return tuple(
        MarginalMean(dict(zip(over, place, strict=True)), test.estimate, test.se, test.df, test.low, test.high)
        for place, test in zip(places, tests, strict=True)
    )


def contrasts(
    fit: Fit,
    factor: str = "arm",
    by: str | None = None,
    *,
    reference: str | None = None,
    adjust: Adjustment = "none",
    level: float = 0.95,
) -> tuple[Contrast, ...]:
    """Differences of each level of a factor from a reference level.

    Args:
        fit: a fitted model.
        factor: the factor compared, such as the arm.
        by: a factor at each of whose levels the comparison is made, such as the visit; None for one overall
            comparison with equal weight for each level of the other factors.
        reference: the level subtracted; the model's first level when None.
        adjust: how `p_adjusted` accounts for the number of contrasts; a fixed sequence is that of the contrasts.
        level: confidence level.

    Returns:
        One contrast per level of `by` and per level of `factor` other than the reference.

    Raises:
        AnalysisError: when a factor, the reference or the adjustment is not known.
    """
    held = [] if by is None else [by]
    _refuse_unknown(fit.design, [factor, *held])
    own = fit.design.levels[factor]
    subtracted = own[0] if reference is None else reference
    _refuse_choice("reference", subtracted, own)
    _refuse_choice("adjustment", adjust, ("none", *ADJUSTED))
    rest = [name for name in own if name != subtracted]
    weights = {name: np.eye(len(fit.design.levels[name])) for name in held}
    weights[factor] = np.array([[(x == name) - float(x == subtracted) for x in own] for name in rest])
    tests = t_tests(fit.inference, _lines(fit.design, [*held, factor], weights), level)
    adjusted = adjust_p([test.p for test in tests], adjust)
    places = product(*(fit.design.levels[name] for name in held), rest)
    return tuple(
        Contrast(
            factor=factor,
            treatment=place[-1],
            reference=subtracted,
            at=dict(zip(held, place[:-1], strict=True)),
            **vars(test),
            level=level,
            p_adjusted=p,
            adjustment=adjust,
        )
        for place, test, p in zip(places, tests, adjusted, strict=True)
    )


def term_tests(fit: Fit) -> Mapping[str, FTest]:
    """Test each term of the fixed part: differences along its variables, equal weights over the others.

    For factors this is the type III test; a number in the term is tested by its slope, other numbers stand
    at their mean.

    Args:
        fit: a fitted model.

    Returns:
        The F test of each term but the intercept, by the term's name such as `arm:visit`.
    """
    tests = {}
    for term in fit.design.formula.terms:
        if term:
            weights = {variable.label: _differences(fit.design, variable) for variable in term}
            lines = _lines(fit.design, list(weights), weights)
            tests[":".join(weights)] = f_test(fit.inference, lines)
    return tests


def ratio_estimate(
    fit: Fit,
    contrast: Contrast,
    *,
    participant: str = "participant",
    lesion: str = "participant:lesion",
    entries: tuple[int, ...] = (),
    cut_digest: str = "",
) -> Estimate:
    """Turn a contrast of a log response into a result for the report.

    Args:
        fit: the model the contrast comes from; its response must be a natural logarithm.
        contrast: one of `contrasts`.
        participant: the random term whose groups are the participants.
        lesion: the random term whose groups are the lesions; empty when rows are not lesions.
        entries: numbers of the record entries used.
        cut_digest: digest of the data cut used.

    Returns:
        The geometric mean ratio; `p` is the adjusted one, and the method says how.

    Raises:
        AnalysisError: when the model has no such random term.
    """
    for name in filter(None, (participant, lesion)):
        _refuse_choice("random term", name, tuple(fit.groups))
    ratio, low, high = contrast.ratio
    adjusted = "" if contrast.adjustment == "none" else f" p adjusted {ADJUSTED[contrast.adjustment]}."
    return Estimate(
        name=contrast.name,
        statistic="geometric mean ratio",
        estimate=ratio,
        low=low,
        high=high,
        level=contrast.level,
        se=contrast.se,
        df=contrast.df,
        p=contrast.p_adjusted,
        scale="ratio",
        method=(
            f"Linear mixed model {fit.formula} by {'REML' if fit.reml else 'maximum likelihood'}, "
            f"{DF_NAMES[fit.method]} degrees of freedom; difference of marginal means, back-transformed." + adjusted
        ),
        n_rows=fit.n,
        n_participants=fit.groups[participant],
        n_lesions=fit.groups[lesion] if lesion else 0,
        dropped=fit.dropped,
        messages=fit.messages,
        entries=entries,
        cut_digest=cut_digest,
    )


def adjust_p(p: Sequence[float], method: Adjustment) -> tuple[float, ...]:
    """Adjust p values for their number.

    Args:
        p: p values, for a fixed sequence in the order in which the questions are asked, otherwise in any.
        method: "holm" (Holm, Scand J Stat 1979;6:65), "hochberg" (Biometrika 1988;75:800), "fixed-sequence"
            (Maurer, Hothorn and Lehmacher 1995: nothing is asked after the first question without an answer, so
            the largest p so far) or "none".

    Returns:
        The adjusted values in the order given.
    """
    if method == "none":
        return tuple(p)
    if method == "fixed-sequence":
        return tuple(np.maximum.accumulate(np.asarray(p, dtype=float)).tolist())
    order = np.argsort(p)
    scaled = np.asarray(p, dtype=float)[order] * np.arange(len(p), 0.0, -1.0)
    result = np.empty(len(p))
    result[order] = np.minimum(ADJUSTMENTS[method](scaled), 1.0)
    return tuple(result.tolist())


ADJUSTED = {"holm": "after Holm", "hochberg": "after Hochberg", "fixed-sequence": "as a fixed sequence"}
ADJUSTMENTS: Mapping[str, Callable[[Array], Array]] = {
    "holm": np.maximum.accumulate,
    "hochberg": lambda scaled: np.minimum.accumulate(scaled[::-1])[::-1],
}


def _points(design: Design, variable: Variable, asked: Sequence[str]) -> Array:
    """Level numbers of a factor; the mean of a number, and one above it where its slope is asked."""
    if variable.column in design.levels:
        return np.arange(len(design.levels[variable.column]), dtype=float)
    mean = design.means[variable.label]
    return np.array([mean, mean + 1.0] if variable.label in asked else [mean])


def _differences(design: Design, variable: Variable) -> Array:
    count = len(_points(design, variable, [variable.label]))
    return np.asarray(np.eye(count)[1:] - np.eye(count)[:1])


def _lines(design: Design, asked: Sequence[str], weights: Mapping[str, Array]) -> Array:
    """Contrast rows over the coefficients; the last name asked varies fastest."""
    variables = sorted(
        design.formula.variables,
        key=lambda v: asked.index(v.label) if v.label in asked else len(asked),
    )
    points = [_points(design, variable, asked) for variable in variables]
    grid = np.meshgrid(*points, indexing="ij")
    columns = {variable: axis.ravel() for variable, axis in zip(variables, grid, strict=True)}
    matrix, _ = encode(design.formula.terms, columns, design.levels, grid[0].size if grid else 1)
    rows = [
        weights.get(variable.label, np.full((1, len(own)), 1 / len(own)))
        for variable, own in zip(variables, points, strict=True)
    ]
    averaging: Array = np.ones((1, 1))
    for own in rows:
        averaging = np.asarray(np.kron(averaging, own), dtype=np.float64)
    return averaging @ matrix


def _refuse_unknown(design: Design, names: Sequence[str]) -> None:
    factors = ", ".join(design.levels) or "none"
    refuse_if_any(
        f"{name} is not a factor of '{design.formula.text}'; its factors are {factors}."
        for name in names
        if name not in design.levels
    )


def _refuse_choice(what: str, chosen: str, offered: Sequence[str]) -> None:
    if chosen not in offered:
        raise AnalysisError(f"There is no {what} '{chosen}'; choose from {', '.join(offered)}.")
