"""One endpoint of the protocol answered from a cut: data, model, and the number at the endpoint's visit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp

import polars as pl
from scipy import stats

from calcitrial.models import (
    DF_NAMES,
    AnalysisError,
    Estimate,
    Fit,
    contrasts,
    estimable,
    fit,
    marginal_means,
    parse_formula,
)
from calcitrial.outcomes import find
from calcitrial.protocol import Endpoint, Problem, Protocol, RefusedError, refuse
from calcitrial.record import Cut

RATIO, DIFFERENCE = "ratio", "difference"
WIDEST = 50.0  # of a log ratio: exp(50) is beyond every size, and further on beyond every number
NOT_ENROLLED = "the participant was not enrolled"
UNTREATED = "the arm is not treated, and the question is the change under treatment"


@dataclass(frozen=True, eq=False)
class Supporting:
    """One further analysis of the same endpoint, or why it cannot be made.

    `key` names it within the endpoint (`lesion_weighted`); `told` says method and assumption in a sentence, or, when
    `estimate` is None, the reason.
    """

    key: str
    label: str
    estimate: Estimate | None
    told: str


@dataclass(frozen=True, eq=False)
class Analysis:
    """An endpoint answered: the primary number, the model it comes from, and the rows behind both.

    `by_visit` holds the same comparison at every visit by its id, and per treated arm where there are several.
    `data` is the whole outcome table with the columns of the formula and `used`, which says whether a row
    entered the model. `messages` are the sentences that a reader of the number must know. `supporting` are the
    further analyses that show how much the answer depends on how it was asked.
    """

    endpoint: Endpoint
    estimate: Estimate
    fit: Fit
    by_visit: tuple[tuple[str, Estimate], ...]
    data: pl.DataFrame
    messages: tuple[str, ...]
    supporting: tuple[Supporting, ...] = ()


def endpoint_of(protocol: Protocol, endpoint_id: str = "") -> Endpoint:
    """Return the endpoint of this id, or the (first) primary one; RefusedError when there is none."""
    wanted = [e for e in protocol.endpoints if (e.id == endpoint_id if endpoint_id else e.role == "primary")]
    if not wanted:
        known = ", ".join(f"{e.id} ({e.role})" for e in protocol.endpoints) or "none"
        what = f"{protocol.id} has no endpoint {endpoint_id!r}." if endpoint_id else "There is no primary endpoint."
        refuse([Problem(f"{protocol.id}.endpoints", what, f"Its endpoints: {known}.")])
    return wanted[0]


def analysis_data(cut: Cut, endpoint: Endpoint) -> pl.DataFrame:
    """Return the endpoint's outcome table with `used`: whether a row belongs in the model.

    Used are rows that are not excluded and have every value of the formula, at planned visits after baseline;
    where change from baseline is the question, a lead-in before baseline is a visit to be compared as well.
    Excluded, with the reason, are people who were not enrolled, and untreated arms where change under treatment
    is the question: one mean over treated and untreated people would answer nothing.
    """
    data = _of_the_population(cut, endpoint, find(endpoint.outcome).derive(cut))
    missing = [name for name in parse_formula(endpoint.formula).columns if name not in data.columns]
    what = f"The formula {endpoint.formula!r} names {', '.join(missing)}, which {endpoint.outcome} does not have."
    refuse([Problem(f"endpoint {endpoint.id}", what, f"Columns: {', '.join(data.columns)}.")] if missing else [])
    complete = [pl.col(name).is_not_null() for name in parse_formula(endpoint.formula).columns]
    at_visit = pl.col("visit").is_in(_visits(cut.protocol, endpoint))
    return data.with_columns(pl.all_horizontal(at_visit, pl.col("excluded") == "", *complete).alias("used"))


def _of_the_population(cut: Cut, endpoint: Endpoint, data: pl.DataFrame) -> pl.DataFrame:
    """Return the table with the reason why rows lie outside the population of the endpoint."""
    enrolment = cut.table("enrolment").select("participant", pl.col("entries").alias("enrolled"))
    untreated = [arm.id for arm in cut.protocol.arms if not arm.treated and endpoint.contrast == "from_baseline"]
    outside = pl.when(pl.col("enrolled").is_null()).then(pl.lit(NOT_ENROLLED))
    reason = outside.when(pl.col("arm").is_in(untreated)).then(pl.lit(UNTREATED)).otherwise(pl.col("excluded"))
    entries = pl.concat_list("entries", pl.col("enrolled").fill_null([])).list.unique().list.sort()
    known = data.join(enrolment, on="participant", how="left", maintain_order="left")
    return known.with_columns(reason.alias("excluded"), entries.alias("entries")).drop("enrolled")


def _visits(protocol: Protocol, endpoint: Endpoint) -> list[str]:
    """Return the ids of the visits whose rows the model may use, by day."""
    start = next((v.day for v in protocol.visits if v.kind == "baseline"), 0)
    lead_in = endpoint.contrast == "from_baseline"
    planned = [v for v in protocol.visits if v.kind not in ("baseline", "unscheduled")]
    return [v.id for v in sorted(planned, key=lambda v: v.day) if v.day > start or lead_in]


def analyse(cut: Cut, endpoint_id: str = "") -> Analysis:
    """Answer an endpoint of the protocol (the primary one by default) from a cut.

    The model is the protocol's, by REML with Kenward-Roger inference; control arms come first, so an effect is
    treated over control. A measure of size gives a geometric mean ratio with 95 % interval, pain a difference.

    Raises:
        RefusedError: with every reason why these data do not allow the answer; never a number that is not one.
    """
    endpoint = endpoint_of(cut.protocol, endpoint_id)
    data = analysis_data(cut, endpoint)
    used = data.filter("used")
    refuse(_too_little(cut.protocol, endpoint, used))
    try:
        text, left_out = estimable(endpoint.formula, used)
        model = fit(used, text, levels=_levels(cut.protocol, endpoint, text, used))
        results = _results(cut.protocol, endpoint, model)
    except AnalysisError as error:
        place = f"endpoint {endpoint.id}"
        raise RefusedError([Problem(place, problem, "") for problem in error.problems]) from None
    said = (*find(endpoint.outcome).explain(data), *_never_injected(cut, used))
    messages = (*said, *left_out, *model.messages)
    complete = tuple((visit, _complete(one, cut, data, messages)) for visit, one in results)
    primary = next(one for visit, one in complete if visit == endpoint.visit)
    return Analysis(endpoint, primary, model, complete, data, messages)


def _never_injected(cut: Cut, used: pl.DataFrame) -> list[str]:
    """Say who counts as treated in the model although no injection is in the record."""
    if cut.protocol.form("injection") is None:
        return []
    # A redacted answer is not a no.
    given = set(cut.table("injection").filter(pl.col("injected").fill_null("true") == "true")["participant"])
    treated = [arm.id for arm in cut.protocol.arms if arm.treated]
    rest = sorted(set(used.filter(pl.col("arm").is_in(treated))["participant"]) - given)
    told = f"{', '.join(rest)}: analysed as treated, yet the record has no injection; compare with the population."
    return [told] if rest else []


def _too_little(protocol: Protocol, endpoint: Endpoint, used: pl.DataFrame) -> list[Problem]:
    """Return why the rows cannot answer the endpoint, before any model is tried."""
    place = f"endpoint {endpoint.id}"
    people = used["participant"].n_unique()
    at_visit = used.filter(visit=endpoint.visit)
    problems = []
    if people < 2:
        what = f"{people} participant(s) can be analysed after baseline; people cannot be compared with that few."
        problems.append(Problem(place, what, "Wait for at least two participants with a measurement."))
    if not at_visit.height:
        what = f"No measurement at visit {endpoint.visit} can be analysed."
        problems.append(Problem(place, what, f"Wait for visit {endpoint.visit}, or read the exclusions."))
    if people >= 2 and at_visit.height and endpoint.contrast != "from_baseline":
        arms = sorted(set(at_visit["arm"]))
        sides = {arm.treated for arm in protocol.arms if arm.id in arms}
        if sides != {True, False}:
            what = f"At visit {endpoint.visit} there are data of {', '.join(arms)} only."
            problems.append(Problem(place, what, "A comparison needs a treated and a control arm."))
    return problems


def _levels(protocol: Protocol, endpoint: Endpoint, formula: str, used: pl.DataFrame) -> dict[str, list[str]]:
    """Return the order of arms (control first) and visits (by day) for the factors that the formula has."""
    order = {
        "arm": [arm.id for arm in sorted(protocol.arms, key=lambda arm: arm.treated)],
        "visit": _visits(protocol, endpoint),
    }
    names = {variable.column for variable in parse_formula(formula).variables}
    return {
        name: [level for level in levels if level in set(used[name])] for name, levels in order.items() if name in names
    }


def _results(protocol: Protocol, endpoint: Endpoint, model: Fit) -> list[tuple[str, Estimate]]:
    """Return (visit, estimate) for each visit of the model; the endpoint's own first arm comes first."""
    by_visit = "visit" in model.design.levels
    if endpoint.contrast == "from_baseline":
        means = marginal_means(model, over=("visit",) if by_visit else ())
        return [_mean(model, endpoint, mean.at.get("visit", endpoint.visit), vars(mean)) for mean in means]
    control = next(arm.id for arm in protocol.arms if not arm.treated and arm.id in model.design.levels["arm"])
    treated = {arm.id for arm in protocol.arms if arm.treated}
    found = contrasts(model, "arm", by="visit" if by_visit else None, reference=control)
    return [
        _shaped(
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
    name = f"{visit} over baseline" if _logged(model) else f"{visit} minus baseline"
    return _shaped(model, visit, name, {**mean, "p": p})


def _logged(model: Fit) -> bool:
    return model.design.formula.response.label.startswith("log")


def _shaped(model: Fit, visit: str, name: str, result: dict[str, float]) -> tuple[str, Estimate]:
    """Return one result as an Estimate; the logs of a size are carried back to a ratio."""
    logged = _logged(model)
    if logged and max(abs(result[k]) for k in ("low", "high")) > WIDEST:
        raise AnalysisError(
            f"{name}: with {result['df']:.2g} degrees of freedom the interval has no useful bound; "
            "wait for more participants."
        )
    estimate, low, high = (exp(result[k]) if logged else result[k] for k in ("estimate", "low", "high"))
    method = (
        f"Linear mixed model {model.formula} by {'REML' if model.reml else 'maximum likelihood'}, "
        f"{DF_NAMES[model.method]} degrees of freedom, {model.n} rows"
    )
    return visit, Estimate(
        name=f"{name} at {visit}" if visit not in name else name,
        statistic="geometric mean ratio" if logged else "mean difference",
        estimate=estimate,
        low=low,
        high=high,
        level=0.95,
        se=result["se"],
        df=result["df"],
        p=result["p"],
        scale=RATIO if logged else DIFFERENCE,
        method=method,
        n_rows=model.n,
        n_participants=0,
        n_lesions=0,
        dropped=model.dropped,
    )


def _complete(one: Estimate, cut: Cut, data: pl.DataFrame, messages: Sequence[str]) -> Estimate:
    """Return the estimate with what was counted, said, and read."""
    used = data.filter("used")
    lesions = used.filter(pl.col("lesion") != "")["lesion"].n_unique()
    baseline = {visit.id for visit in cut.protocol.visits if visit.kind == "baseline"}
    left_out = data.filter(~pl.col("used") & ~pl.col("visit").is_in(baseline)).height
    return replace(
        one,
        n_participants=used["participant"].n_unique(),
        n_lesions=lesions,
        dropped=left_out,
        messages=tuple(messages),
        entries=tuple(used["entries"].explode().unique().sort().to_list()),
        cut_digest=cut.digest,
    )
