"""Which reports went into a pooled share and which did not, each with its reason, in the manner of PRISMA 2020.

How many reports were found and not read was not recorded, so the flow begins with those that were read and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from calcitrial.evidence import Study, studies
from calcitrial.synthesis.shares import Synthesis

INK, SHADE, EDGE = "#1b1f24", "#f3f5f8", "#6b7480"
NOT_RECORDED = "Searches were not recorded: how many reports were found and not read is unknown."


@dataclass(frozen=True)
class Excluded:
    """Reports that were left out at one step, and why."""

    reason: str
    studies: tuple[str, ...]


@dataclass(frozen=True)
class ReportFlow:
    """How many reports were read, are of the route, have a count of the outcome, may be pooled, and are in a pool."""

    read: int
    of_route: tuple[str, ...]
    counted: tuple[str, ...]
    usable: tuple[str, ...]
    pooled: tuple[str, ...]
    excluded: tuple[Excluded, ...]


def report_flow(found: Synthesis, reports: Sequence[Study] | None = None) -> ReportFlow:
    """Return the flow of the reports (those that ship when left out) into a synthesis of some of them."""
    base = studies() if reports is None else reports
    of_route = [study for study in base if study.route == found.claim.route]
    counted = list(dict.fromkeys(line.study.id for line in found.lines))
    usable = list(dict.fromkeys(line.study.id for line in found.lines if line.ready))
    pooled = tuple(dict.fromkeys(name for pool in found.pools for name in pool.studies))
    left = [("another route", [study.id for study in base if study.route != found.claim.route])]
    left.append(("no count of people with this outcome", [s.id for s in of_route if s.id not in counted]))
    out = [study for study in of_route if study.id in counted and study.id not in usable]
    left += [(reason, [study.id for study in out if _reason(study) == reason]) for reason in REASONS]
    left.append(("alone with what it counts", [name for name in usable if name not in pooled]))
    excluded = tuple(Excluded(reason, tuple(names)) for reason, names in left if names)
    return ReportFlow(len(base), tuple(s.id for s in of_route), tuple(counted), tuple(usable), pooled, excluded)


REASONS = (
    "replaced by a later report",
    "a review, which overlaps what it reviews",
    "one person: success is published, failure is not",
    "not marked ready by its reader",
)


def _reason(study: Study) -> str:
    if study.superseded_by:
        return REASONS[0]
    if study.is_review:
        return REASONS[1]
    return REASONS[2] if study.is_case_report else REASONS[3]


def flow_picture(flow: ReportFlow) -> str:
    """Return the flow as SVG text without styles: steps on the left, who was left out and why on the right."""
    steps = [f"Read: {flow.read}", f"Of this route: {len(flow.of_route)}", f"With a count: {len(flow.counted)}"]
    steps += [f"Fit to be pooled: {len(flow.usable)}", f"In a pooled share: {len(flow.pooled)}"]
    lines = [f"{len(one.studies)}: {one.reason}" for one in flow.excluded]
    height = max(56 * len(steps), 22 * len(lines) + 60) + 10
    boxes = "".join(_box(place, text, last=place == len(steps) - 1) for place, text in enumerate(steps))
    told = "".join(f'<text x="280" y="{50 + 22 * place}">{escape(line)}</text>' for place, line in enumerate(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {height}" width="720" height="{height}" role="img" '
        f'font-family="sans-serif" font-size="13" fill="{INK}"><title>Which reports went into the numbers</title>'
        f'{boxes}<text x="280" y="26" font-weight="bold">Left out</text>{told}</svg>'
    )


def _box(place: int, text: str, *, last: bool) -> str:
    y = 8 + 56 * place
    arrow = "" if last else f'<path d="M120 {y + 36}v14m-4 -5l4 5l4 -5" stroke="{EDGE}" fill="none"/>'
    return (
        f'<rect x="8" y="{y}" width="224" height="36" rx="3" fill="{SHADE}" stroke="{EDGE}"/>'
        f'<text x="20" y="{y + 23}">{escape(text)}</text>{arrow}'
    )
