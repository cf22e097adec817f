"""Blinded reads: who reads which image when, without knowing whose it is, and how well readers agree.

A data manager enters the `Plan` (`open_reading`): two readers, a third for differences, a seed, a share of
hidden repeats, a limit. Each reader then has a `worklist` of tasks in an order of its own, finds the
`pictures` of a task, and gives an `answer` on all its lesions, which becomes entries of the record like anything
else. Cases that come later wait for a `release`. `references` says which value stands for each lesion
image, `standing_of` also what those wait for that have none yet; `agreement` says how far readers can be trusted.
"""

from calcitrial.reading.agreement import Agreement, Pair, agreement, agreement_of
from calcitrial.reading.answer import Answer, answer, reading_problems
from calcitrial.reading.case import Kind
from calcitrial.reading.lines import COLUMNS, Line, read_lines
from calcitrial.reading.picture import bland_altman_svg
from calcitrial.reading.pictures import pictures
from calcitrial.reading.plan import Plan, open_reading, plan_of, release
from calcitrial.reading.present import agreement_json, agreement_text
from calcitrial.reading.reference import Reading, Reference, readings_of, references
from calcitrial.reading.standing import UNFINISHED, Standing, standing_of
from calcitrial.reading.worklist import Asked, Task, find_task, worklist

__all__ = [
    "COLUMNS",
    "UNFINISHED",
    "Agreement",
    "Answer",
    "Asked",
    "Kind",
    "Line",
    "Pair",
    "Plan",
    "Reading",
    "Reference",
    "Standing",
    "Task",
    "agreement",
    "agreement_json",
    "agreement_of",
    "agreement_text",
    "answer",
    "bland_altman_svg",
    "find_task",
    "open_reading",
    "pictures",
    "plan_of",
    "read_lines",
    "reading_problems",
    "readings_of",
    "references",
    "release",
    "standing_of",
    "worklist",
]
