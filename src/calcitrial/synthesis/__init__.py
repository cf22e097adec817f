"""The published reports of a route and an outcome put together: pooled shares, forest plot, flow, what limits them.

`synthesise` takes the evidence base and pools what may be pooled with the mixed model of `statistics` (a binomial
likelihood within reports, normal log odds between them); where nothing may be, it says why and gives each count with
its exact interval. `forest_picture` and `flow_picture` draw it without any script or style; `synthesis_text` tells it.
"""

from calcitrial.synthesis.flow import Excluded, ReportFlow, flow_picture, report_flow
from calcitrial.synthesis.forest import forest_picture
from calcitrial.synthesis.shares import PooledShare, ShareLine, Synthesis, synthesise
from calcitrial.synthesis.tell import pool_words, synthesis_json, synthesis_text

__all__ = [
    "Excluded",
    "PooledShare",
    "ReportFlow",
    "ShareLine",
    "Synthesis",
    "flow_picture",
    "forest_picture",
    "pool_words",
    "report_flow",
    "synthesis_json",
    "synthesis_text",
    "synthesise",
]
