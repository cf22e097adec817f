"""What was known before: every report of sodium thiosulfate that was read, and what may be said from them.

`studies` gives the reports as frozen records with the address where each number was read: one TOML file each under
`reports`, and those that a home adds (`add_report`). `by_route` gives those of one route, never widened,
`risk_of_bias` what their design lets one doubt. `claim` says for a route and an outcome what may be said, with
counts, denominators and intervals, and what may not: no rate from reports of one person, no adding of reviews to what
they review, no figure of a cream for an injection.
"""

from calcitrial.evidence.base import add_report, by_population, by_route, read_report, routes, studies
from calcitrial.evidence.bias import risk_of_bias
from calcitrial.evidence.claim import (
    Claim,
    Finding,
    Interval,
    Misreading,
    claim,
    findings_of,
    interval,
    misreadings,
    poolable,
)
from calcitrial.evidence.study import CONDITIONS, NOT_VISIBLE, OUTCOMES, Bias, Count, Outcome, Study

__all__ = [
    "CONDITIONS",
    "NOT_VISIBLE",
    "OUTCOMES",
    "Bias",
    "Claim",
    "Count",
    "Finding",
    "Interval",
    "Misreading",
    "Outcome",
    "Study",
    "add_report",
    "by_population",
    "by_route",
    "claim",
    "findings_of",
    "interval",
    "misreadings",
    "poolable",
    "read_report",
    "risk_of_bias",
    "routes",
    "studies",
]
