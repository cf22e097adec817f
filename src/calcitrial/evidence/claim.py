"""What may be said about a route and an outcome, with numbers, denominators and sources, and what may not.

A figure never leaves its route. Reports of one person are named but never counted together, because cures are
published and failures are not. Reviews are never added to the reports they review. Counts are added up only
when at least two reports marked ready for meta-analysis count the same thing by the same route.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scipy.stats import binomtest

from calcitrial.evidence.base import by_route
from calcitrial.evidence.study import NOT_VISIBLE, OUTCOMES, Outcome, Study
from calcitrial.protocol import Problem, refuse

# The field that holds what a report says of an outcome without a count.
WORDS_OF = {"response": "size_effect", "adverse_event": "ae_text"}
MISREADINGS = Path(__file__).parent / "misreadings.csv"


@dataclass(frozen=True)
class Finding:
    """A count of people in one report, with what was counted ('' when the report does not name a group)."""

    study: Study
    events: int
    denominator: int
    counted: str
    ready: bool


@dataclass(frozen=True)
class Interval:
    """A proportion with its 95 % exact (Clopper-Pearson) and Wilson intervals; all between 0 and 1."""

    events: int
    denominator: int
    counted: str
    study: str
    proportion: float
    exact: tuple[float, float]
    wilson: tuple[float, float]


@dataclass(frozen=True)
class Misreading:
    """A figure that is often quoted as something it is not: the words, and what it counts in which report."""

    id: str
    words: str
    misread_as: str
    study: str
    route: str
    outcome: str
    events: int
    denominator: int
    fact: str
    status: str


@dataclass(frozen=True)
class Claim:
    """What may be said of a route and an outcome: counts, intervals, sentences to say and not to say, sources.

    `intervals` has one per count that is ready for meta-analysis; `poolable` the groups of two or more reports that
    may be put together, which the room `synthesis` does.
    """

    route: str
    outcome: Outcome
    findings: tuple[Finding, ...]
    intervals: tuple[Interval, ...]
    poolable: tuple[tuple[Finding, ...], ...]
    may_say: tuple[str, ...]
    may_not_say: tuple[str, ...]
    sources: tuple[str, ...]


def claim(route: str, outcome: str, reports: Sequence[Study] | None = None) -> Claim:
    """Return what may be said from these reports (those that ship when left out).

    Raises RefusedError for a route that no report has, or an outcome not in OUTCOMES.
    """
    wanted = next((one for one in OUTCOMES if one == outcome), OUTCOMES[0])
    if wanted != outcome:
        refuse([Problem("outcome", f"No claim is made about {outcome!r}.", f"Outcomes: {', '.join(OUTCOMES)}.")])
    reports = by_route(route, reports)
    findings = tuple(finding for study in reports for finding in findings_of(study, wanted))
    intervals = tuple(interval(finding) for finding in findings if finding.ready)
    groups = poolable(findings)
    counts, words = _counts(findings, intervals), _words(reports, findings, wanted)
    sources = tuple(dict.fromkeys(url for study in reports for url in study.urls))
    sayings = (*counts, *words, *_read_right(route, wanted))
    warnings = tuple(_warnings(route, wanted, reports, groups))
    return Claim(route, wanted, findings, intervals, groups, sayings, warnings, sources)


def findings_of(study: Study, outcome: str) -> tuple[Finding, ...]:
    """Return the counts of one report; ready are those that a reader marked so, never of a review or one person."""
    usable = not study.is_review and not study.is_case_report and not study.superseded_by
    return tuple(
        Finding(study, count.events, count.denominator, count.counted, count.pool and usable)
        for count in study.counts_of(outcome)
    )


def interval(finding: Finding) -> Interval:
    """Return the share of one count with its intervals."""
    share = finding.events / finding.denominator
    ends = _bounds(finding.events, finding.denominator)
    return Interval(finding.events, finding.denominator, finding.counted, finding.study.id, share, *ends)


@cache
def _bounds(events: int, denominator: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the exact and the Wilson interval of a count; kept, for every page asks for the same few."""
    test = binomtest(events, denominator)
    exact, wilson = test.proportion_ci(method="exact"), test.proportion_ci(method="wilson")
    return (float(exact.low), float(exact.high)), (float(wilson.low), float(wilson.high))


def poolable(findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], ...]:
    """Return each group of ready counts of the same thing by the same route in two or more reports; often none."""
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.ready:
            groups[finding.study.route, finding.counted].append(finding)
    return tuple(tuple(group) for group in groups.values() if len({f.study.id for f in group}) > 1)


@cache
def misreadings() -> tuple[Misreading, ...]:
    """Return the figures that are known to be quoted as something they are not."""
    with MISREADINGS.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Misreading(
                row["id"],
                row["words"],
                row["misread_as"],
                row["study"],
                row["route"],
                row["outcome"],
                int(row["events"]),
                int(row["denominator"]),
                row["fact"],
                row["status"],
            )
            for row in csv.DictReader(lines)
        )


def _counts(findings: Sequence[Finding], intervals: Sequence[Interval]) -> Iterator[str]:
    known = {(i.study, i.counted): i for i in intervals}
    for finding in findings:
        study = finding.study
        words = next(getattr(study, c.read_in) for c in study.counts if c.counted == finding.counted)
        what = finding.counted if finding.counted in words else f"{finding.counted}; {words}"
        ends = _ends(known[study.id, finding.counted]) if finding.ready else ""
        people = f"{finding.events} of {finding.denominator} people{ends} ({what})"
        replaced = f" Superseded by {study.superseded_by}." if study.superseded_by else ""
        yield f"{study.id} {study.label}: {people}. Design: {study.design}. Population: {study.population}.{replaced}"


def _ends(found: Interval) -> str:
    low, high = found.exact
    return f", {100 * found.proportion:.0f} % (95 % exact interval {100 * low:.0f} to {100 * high:.0f} %)"


def _words(reports: Sequence[Study], findings: Sequence[Finding], outcome: Outcome) -> Iterator[str]:
    """Give what a report without a plain count says about this outcome."""
    counted = {finding.study.id for finding in findings}
    for study in reports:
        words = WORDS_OF.get(outcome, "") and getattr(study, WORDS_OF[outcome])
        if words and NOT_VISIBLE not in words and study.id not in counted:
            yield f"{study.id} {study.label}, in the report's words: {words}."


def _read_right(route: str, outcome: Outcome) -> Iterator[str]:
    for wrong in misreadings():
        if (wrong.route, wrong.outcome) == (route, outcome):
            yield f"{wrong.words!r} is {wrong.events} of {wrong.denominator}: {wrong.fact} ({wrong.study})."


def _warnings(route: str, outcome: Outcome, reports: Sequence[Study], groups: Sequence[object]) -> Iterator[str]:
    if not groups:
        yield f"No pooled estimate: fewer than two reports of the route {route!r} count the same {outcome}."
    singles = [study.id for study in reports if study.is_case_report]
    if singles:
        yield f"No rate from reports of one person ({', '.join(singles)}): success is published, failure is not."
    reviews = [study.id for study in reports if study.is_review]
    if reviews:
        yield f"No adding of reviews ({', '.join(reviews)}) to other reports: they overlap what they review."
    cut_off = [study.id for study in reports if study.is_truncated]
    if cut_off:
        yield f"No conclusion from the silence of {', '.join(cut_off)}: the public copy is cut off."
    for wrong in misreadings():
        if wrong.misread_as == outcome and (wrong.route, wrong.outcome) != (route, outcome):
            figure = f"{wrong.events} of {wrong.denominator}: {wrong.fact} ({wrong.study}; {wrong.status})"
            yield f"Not {wrong.words!r} for {route} {outcome}: it is {figure}."
    yield f"No figure of another route for {route} treatment: name the route and the denominator."
