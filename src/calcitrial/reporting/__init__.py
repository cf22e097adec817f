"""The report of a cut, and the way back from each of its numbers.

`write_report` writes the report (web page, PDF/A, data, numbers; a `Picture` may be added) from the cut alone, and
`why` walks from a number back to its entries, people and images.
"""

from calcitrial.reporting.content import Picture
from calcitrial.reporting.why import Trace, why, why_text
from calcitrial.reporting.write import ReportPaths, write_report

__all__ = ["Picture", "ReportPaths", "Trace", "why", "why_text", "write_report"]
