"""Shares of people with an outcome, report by report and, where they may be, pooled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calcitrial.evidence import Claim, Finding, Study, claim, interval
from calcitrial.models import AnalysisError
from calcitrial.statistics import PooledProportion, pool_proportions

# Tests for funnel asymmetry should not be used with fewer (Sterne et al., BMJ 2011;343:d4002).
FUNNEL_FROM = 10
SMALL = 100  # people, all reports together; a round number, not a rule from the literature


@dataclass(frozen=True)
class ShareLine:
    """One count of a forest plot: its report, what was counted, the share and its 95 % exact interval."""

    study: Study
    counted: str
    events: int
    denominator: int
    share: float
    low: float
    high: float
    ready: bool


@dataclass(frozen=True)
class PooledShare:
    """A pooled share of one thing counted, from these reports."""

    counted: str
    studies: tuple[str, ...]
    pooled: PooledProportion


@dataclass(frozen=True)
class Synthesis:
    """What the base says of a route and an outcome: the claim, every count as a line, pools, and what limits them."""

    claim: Claim
    lines: tuple[ShareLine, ...]
    pools: tuple[PooledShare, ...]
    warnings: tuple[str, ...]


def synthesise(route: str, outcome: str, reports: Sequence[Study] | None = None) -> Synthesis:
    """Put the reports of a route and an outcome together; RefusedError for an unknown route or outcome."""
    said = claim(route, outcome, reports)
    lines = tuple(_line(finding) for finding in said.findings)
    pools, failed = [], []
    for group in said.poolable:
        try:
            pools.append(_pooled(group))
        except AnalysisError as error:
            failed.append(f"{group[0].counted}: {error}")
    return Synthesis(said, lines, tuple(pools), (*failed, *_warnings(pools, lines)))


def _line(finding: Finding) -> ShareLine:
    found = interval(finding)
    counts = (finding.counted, finding.events, finding.denominator, found.proportion)
    return ShareLine(finding.study, *counts, *found.exact, finding.ready)


def _pooled(group: Sequence[Finding]) -> PooledShare:
    result = pool_proportions([one.events for one in group], [one.denominator for one in group])
    return PooledShare(group[0].counted, tuple(one.study.id for one in group), result)


def _warnings(pools: Sequence[PooledShare], lines: Sequence[ShareLine]) -> Iterator[str]:
    ready = [line for line in lines if line.ready]
    people = sum(line.denominator for line in ready)
    if ready and people < SMALL:
        reports = _reports(len({line.study.id for line in ready}))
        yield f"Small studies: {people} people in {reports} that could be used."
    few = [pool for pool in pools if pool.pooled.k < FUNNEL_FROM]
    for pool in few:
        told = f"{pool.pooled.k} reports of {pool.counted!r} are too few to see whether small failures are missing"
        yield f"{told} (a funnel needs {FUNNEL_FROM})."
    kinds = sorted({line.study.kind for line in ready} & {"uncontrolled", "not_shown"})
    if kinds:
        yield "No report that could be used has a comparison, so the natural course is part of every share."


def _reports(number: int) -> str:
    return f"{number} report" + ("" if number == 1 else "s")
