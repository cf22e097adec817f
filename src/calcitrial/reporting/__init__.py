"""The report of a cut, and the way back from each of its numbers.

`write_report` writes the report (web page, PDF/A, Word, data, numbers; a `Picture` may be added) from the cut alone,
and `why` walks from a number back to its entries, people and images. A section is written once, as paragraphs, tables
and pictures (`content`); the three typesetters know nothing of trials. Each figure of a table is a `Cell` with a key.
"""

from calcitrial.reporting.content import Picture
from calcitrial.reporting.why import Trace, figures_of, why
from calcitrial.reporting.why_words import why_text
from calcitrial.reporting.write import ReportPaths, write_report

__all__ = ["Picture", "ReportPaths", "Trace", "figures_of", "why", "why_text", "write_report"]
