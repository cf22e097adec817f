"""What may be said about a route and an outcome, with numbers, denominators and sources, and what may not.

A figure never leaves its route. Reports of one person are named but never counted together, because cures are
published and failures are not. Reviews are never added to the reports they review. Counts are added up only
when at least two reports marked ready for meta-analysis count the same thing by the same route.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from scipy.stats import binomtest

from calcitrial.evidence.study import NOT_VISIBLE, Study, by_route
from calcitrial.protocol import Problem, refuse

MISREADINGS = Path(__file__).parent / "misreadings.csv"
COUNT = re.compile(r"(?P<before>[^;/()\d]*?)\s*(?P<events>\d+)/(?P<below>\d+)\s*(?P<after>[^;/()\d]*)")
OUTCOMES = ("response", "adverse_event")
Outcome = Literal["response", "adverse_event"]


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
    studies: tuple[str, ...]
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

    `intervals` has one per count that is ready for meta-analysis; `pooled` only where reports may be added up.
    """

    route: str
    outcome: Outcome
    findings: tuple[Finding, ...]
    intervals: tuple[Interval, ...]
    pooled: tuple[Interval, ...]
    may_say: tuple[str, ...]
    may_not_say: tuple[str, ...]
    sources: tuple[str, ...]


def claim(route: str, outcome: str) -> Claim:
    """Return what may be said; RefusedError for an unknown route or an outcome not in OUTCOMES."""
    wanted: Outcome = "adverse_event" if outcome == "adverse_event" else "response"
    if outcome not in OUTCOMES:
        refuse([Problem("outcome", f"No claim is made about {outcome!r}.", f"Outcomes: {', '.join(OUTCOMES)}.")])
    reports = by_route(route)
    findings = tuple(finding for study in reports for finding in findings_of(study, wanted))
    intervals = tuple(interval([finding]) for finding in findings if finding.ready)
    pooled = pool(findings)
    counts, words = _counts(findings, intervals, wanted), _words(reports, findings, wanted)
    sources = tuple(dict.fromkeys(url for study in reports for url in study.urls))
    sayings = (*counts, *words, *_read_right(route, wanted))
    warnings = tuple(_warnings(route, wanted, reports, pooled))
    return Claim(route, wanted, findings, intervals, pooled, sayings, warnings, sources)


def findings_of(study: Study, outcome: Outcome) -> tuple[Finding, ...]:
    """Return the counts of one report: its groups where `meta_ready` names them, else its one plain count."""
    usable = not study.is_review and not study.is_case_report and "separate indication" not in study.meta_ready
    if outcome == "adverse_event":
        ready = usable and study.meta_ready.startswith(("yes", "safety only"))
        return _plain(study, study.ae_n, study.ae_denominator, ready)
    groups = COUNT.finditer(study.meta_ready) if usable and study.meta_ready.startswith("yes") else ()
    found = tuple(
        Finding(study, int(m["events"]), int(m["below"]), (m["before"] + m["after"]).strip(), True) for m in groups
    )
    return found or _plain(study, study.responders, study.denominator, False)


def interval(findings: Sequence[Finding]) -> Interval:
    """Return the proportion of the summed counts; summing assumes that all share one true proportion."""
    events, below = sum(f.events for f in findings), sum(f.denominator for f in findings)
    test = binomtest(events, below)
    exact, wilson = test.proportion_ci(method="exact"), test.proportion_ci(method="wilson")
    names = tuple(f.study.id for f in findings)
    ends = ((float(exact.low), float(exact.high)), (float(wilson.low), float(wilson.high)))
    return Interval(events, below, findings[0].counted, names, events / below, *ends)


def pool(findings: Sequence[Finding]) -> tuple[Interval, ...]:
    """Return one interval for each thing that two or more ready reports of one route count; often none."""
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.ready:
            groups[finding.study.route, finding.counted].append(finding)
    return tuple(interval(group) for group in groups.values() if len({f.study.id for f in group}) > 1)


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


def _plain(study: Study, events: object, below: object, ready: bool) -> tuple[Finding, ...]:
    if isinstance(events, int) and isinstance(below, int) and below > 0:
        return (Finding(study, events, below, "", ready),)
    return ()


def _counts(findings: Sequence[Finding], intervals: Sequence[Interval], outcome: Outcome) -> Iterator[str]:
    known = {(i.studies[0], i.counted): i for i in intervals}
    for finding in findings:
        study = finding.study
        words = study.ae_text if outcome == "adverse_event" else study.definition
        what = "; ".join(part for part in (finding.counted, words) if part)
        ends = _ends(known[study.id, finding.counted]) if finding.ready else ""
        people = f"{finding.events} of {finding.denominator} people{ends}" + (f" ({what})" if what else "")
        yield f"{study.id} {study.label}: {people}. Design: {study.design}. Population: {study.population}."


def _ends(found: Interval) -> str:
    low, high = found.exact
    return f", {100 * found.proportion:.0f} % (95 % exact interval {100 * low:.0f} to {100 * high:.0f} %)"


def _words(reports: Sequence[Study], findings: Sequence[Finding], outcome: Outcome) -> Iterator[str]:
    """Give what a report without a plain count says about this outcome."""
    counted = {finding.study.id for finding in findings}
    for study in reports:
        words = study.ae_text if outcome == "adverse_event" else study.size_effect
        if words and NOT_VISIBLE not in words and study.id not in counted:
            yield f"{study.id} {study.label}, in the report's words: {words}."


def _read_right(route: str, outcome: Outcome) -> Iterator[str]:
    for wrong in misreadings():
        if (wrong.route, wrong.outcome) == (route, outcome):
            yield f"{wrong.words!r} is {wrong.events} of {wrong.denominator}: {wrong.fact} ({wrong.study})."


def _warnings(route: str, outcome: Outcome, reports: Sequence[Study], pooled: Sequence[Interval]) -> Iterator[str]:
    if not pooled:
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
