"""The report of a cut, and the way back from each of its numbers.

`write_report` writes the report (web page, PDF/A, Word, data, numbers; a `Picture` may be added) from the cut alone,
`write_board` the package of the safety board (an open and a closed part), and `why` walks from a number back to its
entries, people and images. A section is written once, as paragraphs, tables and pictures (`content`); the three
typesetters know nothing of trials. Each figure of a table is a `Cell` with a key.
"""

from calcitrial.reporting.board import BoardPaths, board_file, pooled_file, write_board
from calcitrial.reporting.content import Picture
from calcitrial.reporting.why import Trace, figures_of, why
from calcitrial.reporting.why_words import why_text
from calcitrial.reporting.write import ReportPaths, write_report

__all__ = [
    "BoardPaths",
    "Picture",
    "ReportPaths",
    "Trace",
    "board_file",
    "figures_of",
    "pooled_file",
    "why",
    "why_text",
    "write_board",
    "write_report",
]
