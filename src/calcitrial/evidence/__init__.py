"""What was known before: every report of sodium thiosulfate that was read, and what may be said from them.

`studies` gives the reports as frozen records with the address where each number was read; `by_route` those of
one route, never widened. `claim` says for a route and an outcome what may be said, with counts, denominators
and intervals, and what may not: no rate from reports of one person, no adding of reviews to what they review,
no figure of a cream for an injection.
"""

from calcitrial.evidence.claim import (
    OUTCOMES,
    Claim,
    Finding,
    Interval,
    Misreading,
    claim,
    findings_of,
    interval,
    misreadings,
    pool,
)
from calcitrial.evidence.study import NOT_VISIBLE, Study, by_route, read_studies, routes, studies

__all__ = [
    "NOT_VISIBLE",
    "OUTCOMES",
    "Claim",
    "Finding",
    "Interval",
    "Misreading",
    "Study",
    "by_route",
    "claim",
    "findings_of",
    "interval",
    "misreadings",
    "pool",
    "read_studies",
    "routes",
    "studies",
]
