"""One endpoint of the protocol answered from a cut: data, model, and the number at the endpoint's visit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from calcitrial.analysis.asked_rows import asked_rows
from calcitrial.analysis.measurement import Measurement, measurement_of
from calcitrial.analysis.missing import MissingData, missing_data
from calcitrial.analysis.modelling import modelled
from calcitrial.analysis.other_source import by_other_source
from calcitrial.analysis.population import Enforced, told
from calcitrial.analysis.responders import Responders, responders
from calcitrial.analysis.size_source import SizeSource, size_source
from calcitrial.analysis.supporting import Asked, Supporting, supporting
from calcitrial.models import AnalysisError, Estimate, Fit
from calcitrial.outcomes import measure_of
from calcitrial.protocol import Endpoint, Problem, Protocol, RefusedError, refuse
from calcitrial.record import Cut


@dataclass(frozen=True, eq=False)
class Analysis:
    """An endpoint answered: the primary number, the model it comes from, and the rows behind both.

    `by_visit` holds the same comparison at every visit by its id, and per treated arm where there are several.
    `data` is the whole outcome table with the columns of the formula and `used`, which says whether a row
    entered the model. `messages` are the sentences that a reader of the number must know. `supporting` are the
    further analyses that show how much the answer depends on how it was asked, `enforced` the parts of the estimand
    as they were applied; `measurement`, `responders` and `missing` say how exactly it was measured, who responded
    and what is not there; `sizes` whose sizes were taken, None where the outcome is no size on a picture.
    """

    endpoint: Endpoint
    estimate: Estimate
    fit: Fit
    by_visit: tuple[tuple[str, Estimate], ...]
    data: pl.DataFrame
    messages: tuple[str, ...]
    supporting: tuple[Supporting, ...] = ()
    enforced: tuple[Enforced, ...] = ()
    measurement: Measurement | None = None
    responders: Responders | None = None
    missing: MissingData | None = None
    sizes: SizeSource | None = None


def endpoint_of(protocol: Protocol, endpoint_id: str = "") -> Endpoint:
    """Return the endpoint of this id, or the (first) primary one; RefusedError when there is none."""
    wanted = [e for e in protocol.endpoints if (e.id == endpoint_id if endpoint_id else e.role == "primary")]
    if not wanted:
        known = ", ".join(f"{e.id} ({e.role})" for e in protocol.endpoints) or "none"
        what = f"{protocol.id} has no endpoint {endpoint_id!r}." if endpoint_id else "There is no primary endpoint."
        refuse([Problem(f"{protocol.id}.endpoints", what, f"Its endpoints: {known}.")])
    return wanted[0]


def analyse(cut: Cut, endpoint_id: str = "") -> Analysis:
    """Answer an endpoint of the protocol (the primary one by default) from a cut.

    The model is the protocol's, by REML with Kenward-Roger inference; control arms come first, so an effect is
    treated over control. A measure of size gives a geometric mean ratio with 95 % interval, pain a difference.

    Raises:
        RefusedError: with every reason why these data do not allow the answer; never a number that is not one.
    """
    endpoint = endpoint_of(cut.protocol, endpoint_id)
    data, enforced, zero = asked_rows(cut, endpoint)
    used = data.filter("used")
    refuse(_too_little(cut.protocol, endpoint, used))
    try:
        model = modelled(cut.protocol, endpoint, used)
    except AnalysisError as error:
        place = f"endpoint {endpoint.id}"
        raise RefusedError([Problem(place, problem, "") for problem in error.problems]) from None
    said = (*measure_of(endpoint).explain(data), *told(enforced), *_never_injected(cut, used))
    messages = (*said, *model.left_out, *model.fit.messages)
    results = tuple((visit, _complete(one, cut, data, messages)) for visit, one in model.results)
    primary = next(one for visit, one in results if visit == endpoint.visit)
    asked = Asked(cut.protocol, endpoint, data, model, zero)
    missing, imputed = missing_data(cut, asked)
    further = (*supporting(asked), *by_other_source(cut, asked), imputed)
    stamped = tuple(replace(one, estimate=_stamped(one.estimate, cut)) for one in further)
    measured = measurement_of(cut, endpoint)
    return Analysis(
        endpoint,
        primary,
        model.fit,
        results,
        data,
        messages,
        stamped,
        enforced,
        measured,
        responders(asked, measured),
        missing,
        size_source(cut, endpoint),
    )


def _stamped(one: Estimate | None, cut: Cut) -> Estimate | None:
    return None if one is None else replace(one, cut_digest=cut.digest)


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
    for (lesion,), rows in used.filter(pl.col("lesion") != "").group_by("lesion", maintain_order=True):
        if rows["arm"].n_unique() > 1:
            what = f"Lesion {lesion} is in the arms {', '.join(sorted(set(rows['arm'])))}."
            problems.append(Problem(place, what, "A lesion belongs to one arm; correct its allocation."))
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
