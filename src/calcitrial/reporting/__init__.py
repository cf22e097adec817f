"""The report of a cut, and the way back from each of its numbers.

`write_report` writes the report (web page, PDF/A, Word, data, numbers; a `Picture` of `documents` may be added) from
the cut alone, `write_board` the package of the safety board (an open and a closed part), and `why` walks from a number
back to its entries, people and images. Beside the report lie the tidy tables (`datasets`) with their dictionary.
"""

from calcitrial.reporting.board import BoardPaths, board_file, pooled_file, write_board
from calcitrial.reporting.why import Trace, figures_of, why
from calcitrial.reporting.why_words import why_text
from calcitrial.reporting.write import ReportPaths, write_report

__all__ = [
    "BoardPaths",
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
