"""Who responded: from the smallest detectable change on, with intervals that know whose lesions are whose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp

import polars as pl

from calcitrial.analysis.measurement import Measurement, decrease_of
from calcitrial.analysis.supporting import Asked
from calcitrial.models import AnalysisError, clopper_pearson
from calcitrial.statistics import clustered_proportion, fit_marginal, matched_answers

METHODS: Mapping[str, str] = {"korn-graubard": "Korn-Graubard", "cr2": "CR2", "wilson": "Wilson, effective n"}
PAIRED = "a participant's lesions of an arm count as responded when at least half of them did"


@dataclass(frozen=True)
class Threshold:
    """From which decrease (percent of baseline) a lesion has responded, and why."""

    decrease_percent: float
    told: str


@dataclass(frozen=True)
class Share:
    """Lesions of one arm that responded, with intervals by method (None, and `told` says why), and people.

    `any_lesion` counts the participants with at least one lesion that responded, with the exact interval.
    """

    arm: str
    events: int
    lesions: int
    participants: int
    estimate: float | None
    intervals: Mapping[str, tuple[float, float] | None]
    any_lesion: int
    any_low: float
    any_high: float
    told: str
    entries: tuple[int, ...]


@dataclass(frozen=True)
class Compared:
    """Responders of two arms compared: an odds ratio between people, a difference of shares within them.

    `estimate` is None where it cannot be estimated, and `told` says why; otherwise it says the method.
    """

    key: str
    label: str
    estimate: float | None
    low: float | None
    high: float | None
    p: float | None
    told: str
    entries: tuple[int, ...]


@dataclass(frozen=True)
class Responders:
    """Responders at the endpoint's visit; without a threshold there are none, and `told` says why."""

    threshold: Threshold | None
    shares: tuple[Share, ...]
    compared: tuple[Compared, ...]
    told: str


def responders(asked: Asked, measured: Measurement) -> Responders:
    """Return who responded at the endpoint's visit, per arm and compared.

    Args:
        asked: the endpoint with its rows.
        measured: how exactly the outcome was measured; the threshold is never below what can be detected.

    Returns:
        The shares and comparisons, each with its interval or the reason why there is none.
    """
    threshold, told = threshold_of(asked, measured)
    if threshold is None:
        return Responders(None, (), (), told)
    limit = 1 - threshold.decrease_percent / 100
    ratio = pl.col("value") / pl.col("baseline")
    rows = asked.there.with_columns((ratio <= limit).cast(pl.Int64).alias("responded"))
    arms = [arm.id for arm in asked.protocol.arms if arm.id in set(rows["arm"])]
    shares = tuple(_share(arm, rows.filter(arm=arm)) for arm in arms)
    return Responders(threshold, shares, _compared(asked, rows), "")


def threshold_of(asked: Asked, measured: Measurement) -> tuple[Threshold | None, str]:
    """Return the decrease from which on a lesion has responded, or why there is none."""
    stated = asked.endpoint.responder
    if stated is None:
        return None, "The protocol states no decrease that counts as a response, and none was made up."
    if measured.sdc is None:
        return (
            None,
            f"The smallest detectable change is not known, so no decrease can be called a response. {measured.told}",
        )
    detectable = decrease_of(measured.sdc)
    how = f"smallest detectable decrease {detectable:.1f} % ({measured.source})"
    if stated.decrease_percent >= detectable:
        told = f"A decrease of {stated.decrease_percent:g} % as the protocol states, not below the {how}. {stated.note}"
        return Threshold(stated.decrease_percent, told), ""
    told = f"The {how}: the {stated.decrease_percent:g} % that the protocol states could not be told from error."
    return Threshold(detectable, told), ""


def _share(arm: str, rows: pl.DataFrame) -> Share:
    intervals: dict[str, tuple[float, float] | None] = {}
    told: dict[str, None] = {}
    for method in METHODS:
        try:
            one = clustered_proportion(rows, "responded", "participant", method)  # type: ignore[arg-type]
            intervals[method] = (one.low, one.high)
        except AnalysisError as error:
            intervals[method] = None
            told.update(dict.fromkeys(error.problems))
    people = rows.group_by("participant").agg(pl.col("responded").max())["responded"]
    exact = clopper_pearson(int(people.sum()), len(people))
    return Share(
        arm,
        int(rows["responded"].sum()),
        rows.height,
        len(people),
        float(rows["responded"].sum()) / rows.height,
        intervals,
        exact.events,
        exact.low,
        exact.high,
        " ".join(told),
        _entries(rows),
    )


def _entries(rows: pl.DataFrame) -> tuple[int, ...]:
    return tuple(rows["entries"].explode().drop_nulls().unique().sort().to_list())


def _compared(asked: Asked, rows: pl.DataFrame) -> tuple[Compared, ...]:
    contrast = asked.endpoint.contrast
    if contrast == "from_baseline":
        return ()
    ways: Sequence[tuple[str, str, Callable[[Asked, pl.DataFrame], Compared]]] = (
        [("odds_ratio", "Odds ratio", _odds_ratio)]
        if contrast == "between_arms"
        else [("pairs", "Difference of shares of participants", _pairs)]
    )
    found = []
    for key, label, make in ways:
        try:
            found.append(make(asked, rows))
        except AnalysisError as error:
            found.append(Compared(key, label, None, None, None, None, " ".join(error.problems), _entries(rows)))
    return tuple(found)


def _odds_ratio(asked: Asked, rows: pl.DataFrame) -> Compared:
    treated, control = asked.arms
    both = rows.filter(pl.col("arm").is_in([treated, control]))
    fitted = fit_marginal(both, "responded ~ arm", "participant", family="binomial", levels={"arm": [control, treated]})
    one = fitted.coefficients[1]
    told = "GEE, exchangeable within participants, Mancl-DeRouen covariance, t with participants less coefficients."
    label = f"Odds ratio, {treated} over {control}"
    numbers = (exp(one.estimate), exp(one.low), exp(one.high), one.p)
    return Compared("odds_ratio", label, *numbers, told, _entries(both))


def _pairs(asked: Asked, rows: pl.DataFrame) -> Compared:
    treated, control = asked.arms
    half = rows.group_by("participant", "arm").agg((pl.col("responded").mean() >= 0.5).alias("yes"))
    wide = half.filter(arm=treated).join(half.filter(arm=control), on="participant")
    first, second = wide["yes"], wide["yes_right"]
    both, only = int((first & second).sum()), int((first & ~second).sum())
    other = int((~first & second).sum())
    one = matched_answers(both, only, other, wide.height - both - only - other)
    told = f"McNemar's exact test with Tango's interval, {one.n} participants with both arms; {PAIRED}."
    paired = rows.filter(pl.col("participant").is_in(wide["participant"].to_list()))
    label = f"Difference of shares, {treated} less {control}"
    return Compared("pairs", label, one.estimate, one.low, one.high, one.p, told, _entries(paired))
