"""A synthesis in words for people, and as JSON for machines."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from calcitrial.evidence import risk_of_bias
from calcitrial.synthesis.flow import NOT_RECORDED, ReportFlow
from calcitrial.synthesis.shares import Synthesis


def synthesis_text(found: Synthesis, flow: ReportFlow) -> str:
    """Return what may be said, what may not, pools, risk of bias, the flow, and where everything was read."""
    parts: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("May be said", found.claim.may_say),
        ("Pooled", tuple(pool_words(found)) or ("Nothing.",)),
        ("May not be said", found.claim.may_not_say),
        ("What limits it", found.warnings),
        ("Risk of bias", tuple(_bias(found))),
        ("Which reports", tuple(_flow(flow))),
        ("Read at", found.claim.sources),
    )
    return "\n\n".join("\n".join([title, *(f"  - {line}" for line in lines)]) for title, lines in parts if lines)


def synthesis_json(found: Synthesis, flow: ReportFlow) -> dict[str, Any]:
    """Return the same for machines."""
    return {
        "route": found.claim.route,
        "outcome": found.claim.outcome,
        "may_say": found.claim.may_say,
        "may_not_say": found.claim.may_not_say,
        "pooled": [{"counted": p.counted, "studies": p.studies, **asdict(p.pooled)} for p in found.pools],
        "warnings": found.warnings,
        "flow": asdict(flow),
        "sources": found.claim.sources,
    }


def pool_words(found: Synthesis) -> Iterator[str]:
    """Yield each pooled share with its interval, people, reports and heterogeneity in a sentence."""
    for pool in found.pools:
        one = pool.pooled
        ends = f"95 % interval {100 * one.low:.0f} to {100 * one.high:.0f} %"
        new = f"in a new study {100 * one.predicted_low:.0f} to {100 * one.predicted_high:.0f} %"
        people = f"{one.events} of {one.n} people in {one.k} reports ({', '.join(pool.studies)})"
        yield f"{pool.counted}: {100 * one.estimate:.0f} % ({ends}; {new}), from {people}; I2 {one.i2:.0f} %."


def _bias(found: Synthesis) -> Iterator[str]:
    for study in dict.fromkeys(line.study.id for line in found.lines):
        report = next(line.study for line in found.lines if line.study.id == study)
        told = "; ".join(f"{one.domain} {one.judgement}" for one in risk_of_bias(report))
        yield f"{study}: {told}."


def _flow(flow: ReportFlow) -> Iterator[str]:
    yield NOT_RECORDED
    counts = f"{len(flow.counted)} with a count, {len(flow.pooled)} pooled"
    yield f"{flow.read} read, {len(flow.of_route)} of this route, {counts}."
    for one in flow.excluded:
        yield f"Left out, {one.reason}: {', '.join(one.studies)}."
