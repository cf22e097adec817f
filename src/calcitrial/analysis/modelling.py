"""The model of an endpoint fitted to rows, and what it says at each visit, as estimates."""

from dataclasses import dataclass
from math import exp

import polars as pl
from scipy import stats

from calcitrial.models import (
    DF_NAMES,
    AnalysisError,
    Estimate,
    Fit,
    Method,
    contrasts,
    estimable,
    fit,
    marginal_means,
    parse_formula,
    refuse_if_any,
)
from calcitrial.protocol import Endpoint, Protocol

RATIO, DIFFERENCE = "ratio", "difference"
WIDEST = 50.0  # of a log ratio: exp(50) is beyond every size, and further on beyond every number


@dataclass(frozen=True, eq=False)
class Modelled:
    """A fit with the comparison at each visit (by its id, and per treated arm), and what was left out of the model."""

    fit: Fit
    results: tuple[tuple[str, Estimate], ...]
    left_out: tuple[str, ...]

    def at(self, visit: str) -> Estimate:
        """Return the first comparison at a visit."""
        return next(one for name, one in self.results if name == visit)


def modelled(protocol: Protocol, endpoint: Endpoint, used: pl.DataFrame, formula: str = "") -> Modelled:
    """Fit the model of an endpoint (or another formula of the same response) to the rows that are used.

    By REML with Kenward-Roger inference; control arms come first, so an effect is treated over control. Beside a
    residual structure Kenward-Roger without second derivatives, which keeps 5 % in small trials
    (docs/accuracy_statistics.md), and no answer where the likelihood has no maximum. Raises AnalysisError when the
    rows do not allow it.
    """
    text, left_out = (formula, ()) if formula else estimable(endpoint.formula, used)
    structured = parse_formula(text).residual is not None
    method: Method = "kr-linear" if structured else "kr"
    model = fit(used, text, method=method, levels=levels_of(protocol, endpoint, text, used))
    refuse_if_any(model.messages if structured and not model.converged else ())
    return Modelled(model, tuple(results_of(protocol, endpoint, model)), left_out)


def visits_of(protocol: Protocol, endpoint: Endpoint) -> list[str]:
    """Return the ids of the visits whose rows the model may use, by day."""
    start = next((v.day for v in protocol.visits if v.kind == "baseline"), 0)
    lead_in = endpoint.contrast == "from_baseline"
    planned = [v for v in protocol.visits if v.kind not in ("baseline", "unscheduled")]
    return [v.id for v in sorted(planned, key=lambda v: v.day) if v.day > start or lead_in]


def levels_of(protocol: Protocol, endpoint: Endpoint, formula: str, used: pl.DataFrame) -> dict[str, list[str]]:
    """Return the order of arms (control first) and visits (by day) for the factors that the formula has."""
    order = {
        "arm": [arm.id for arm in sorted(protocol.arms, key=lambda arm: arm.treated)],
        "visit": visits_of(protocol, endpoint),
    }
    names = {variable.column for variable in parse_formula(formula).variables}
    return {
        name: [level for level in levels if level in set(used[name])] for name, levels in order.items() if name in names
    }


def results_of(protocol: Protocol, endpoint: Endpoint, model: Fit) -> list[tuple[str, Estimate]]:
    """Return (visit, estimate) for each visit of the model; the endpoint's own first arm comes first."""
    by_visit = "visit" in model.design.levels
    if endpoint.contrast == "from_baseline":
        means = marginal_means(model, over=("visit",) if by_visit else ())
        return [_mean(model, endpoint, mean.at.get("visit", endpoint.visit), vars(mean)) for mean in means]
    control = next(arm.id for arm in protocol.arms if not arm.treated and arm.id in model.design.levels["arm"])
    treated = {arm.id for arm in protocol.arms if arm.treated}
    found = contrasts(model, "arm", by="visit" if by_visit else None, reference=control)
    return [
        shaped(
            model,
            contrast.at.get("visit", endpoint.visit),
            f"{contrast.treatment} over {contrast.reference}",
            vars(contrast),
        )
        for contrast in found
        if contrast.treatment in treated
    ]


def _mean(model: Fit, endpoint: Endpoint, visit: str, mean: dict[str, float]) -> tuple[str, Estimate]:
    """Return the change at one visit with the test of no change."""
    p = float(2 * stats.t.sf(abs(mean["estimate"] / mean["se"]), mean["df"]))
    name = f"{visit} over baseline" if logged(model) else f"{visit} minus baseline"
    return shaped(model, visit, name, {**mean, "p": p})


def logged(model: Fit) -> bool:
    """Tell whether the response is a logarithm, so that results are ratios."""
    return model.design.formula.response.label.startswith("log")


def shaped(model: Fit, visit: str, name: str, result: dict[str, float]) -> tuple[str, Estimate]:
    """Return one result as an Estimate; the logs of a size are carried back to a ratio."""
    is_log = logged(model)
    if is_log and max(abs(result[k]) for k in ("low", "high")) > WIDEST:
        raise AnalysisError(
            f"{name}: with {result['df']:.2g} degrees of freedom the interval has no useful bound; "
            "wait for more participants."
        )
    estimate, low, high = (exp(result[k]) if is_log else result[k] for k in ("estimate", "low", "high"))
    method = (
        f"Linear mixed model {model.formula} by {'REML' if model.reml else 'maximum likelihood'}, "
        f"{DF_NAMES[model.method]} degrees of freedom, {model.n} rows"
    )
    return visit, Estimate(
        name=f"{name} at {visit}" if visit not in name else name,
        statistic="geometric mean ratio" if is_log else "mean difference",
        estimate=estimate,
        low=low,
        high=high,
        level=0.95,
        se=result["se"],
        df=result["df"],
        p=result["p"],
        scale=RATIO if is_log else DIFFERENCE,
        method=method,
        n_rows=model.n,
        n_participants=0,
        n_lesions=0,
        dropped=model.dropped,
    )
