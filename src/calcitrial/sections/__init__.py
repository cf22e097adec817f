"""The parts of a report, each made from a cut: tables, pictures and what is said about them.

`sections` gives all of a report in reading order: the primary result, the trial, who took part, the lesions, what was
given, the other answers of the protocol, harms, deviations, sources. `disposition`, `exposure`, `safety_blocks` and
`listings` are also asked for one by one, for the package of the safety board.
"""

from calcitrial.sections.people import disposition, exposure
from calcitrial.sections.safety import listings, safety_blocks
from calcitrial.sections.sections import fingerprint, sections
from calcitrial.sections.tables import NONE, number, rows_of

__all__ = [
    "NONE",
    "disposition",
    "exposure",
    "fingerprint",
    "listings",
    "number",
    "rows_of",
    "safety_blocks",
    "sections",
]
