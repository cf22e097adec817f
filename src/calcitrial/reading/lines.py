"""Readings as a plain table: one line each, from a CSV file that any program can write."""

import csv
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from calcitrial.protocol import Problem, refuse
from calcitrial.reading.reference import Outcome

COLUMNS = ("participant", "lesion", "reader", "repeat", "value", "outcome")
NEEDED = ("lesion", "reader", "value")
OUTCOMES: dict[str, Outcome] = {"measured": "measured", "absent": "absent", "not assessable": "not assessable"}


@dataclass(frozen=True)
class Line:
    """One reading of a plain table.

    `lesion` names what was read (in a trial: a lesion at one visit), `repeat` is 1 for a first reading and 2 for the
    second by the same reader, `log_size` is None unless the outcome is measured and the size was given.
    """

    participant: str
    lesion: str
    reader: str
    repeat: int
    outcome: Outcome
    log_size: float | None


def read_lines(file: Path, *, names: Mapping[str, str] | None = None, logarithms: bool = False) -> tuple[Line, ...]:
    """Return the readings of a CSV file.

    Args:
        file: with a header; columns lesion, reader and value, and perhaps participant, repeat (1 or 2) and outcome.
            A value that is empty is not assessable, 0 is absent, unless the outcome says otherwise.
        names: what a column is called in the file, where it differs.
        logarithms: the values are natural logarithms of sizes already, and 0 is one of them.

    Raises:
        RefusedError: with every column that is missing and every line that cannot be read.
    """
    called = {name: (names or {}).get(name) or name for name in COLUMNS}
    with file.open(newline="", encoding="utf-8-sig") as opened:
        reader = csv.DictReader(opened)
        rows = list(reader)
        there = reader.fieldnames or ()
    refuse(
        [
            Problem(str(file), f"There is no column {called[name]!r}.", f"Its columns: {', '.join(there)}.")
            for name in NEEDED
            if called[name] not in there
        ]
    )
    problems: list[Problem] = []
    lines = [_read_line(row, called, logarithms, f"{file}, line {at}", problems) for at, row in enumerate(rows, 2)]
    problems += _twice(lines, str(file))
    refuse(problems)
    return tuple(lines)


def _read_line(
    row: Mapping[str, str | None], called: Mapping[str, str], logarithms: bool, place: str, problems: list[Problem]
) -> Line:
    said = {name: (row.get(column) or "").strip() for name, column in called.items()}
    repeat, value = said["repeat"] or "1", said["value"]
    number = math.nan
    try:
        number = float(value) if value else math.nan
    except ValueError:
        problems.append(Problem(place, f"The value {value!r} is no number.", "Write a number, or nothing."))
    if repeat not in ("1", "2"):
        problems.append(Problem(place, f"The repeat is {repeat!r}.", "Write 1 or 2."))
    if math.isinf(number) or (number < 0 and not logarithms):
        problems.append(Problem(place, f"The size {value} is no size.", "Write a size above 0, or say --log."))
    outcome = OUTCOMES.get(said["outcome"]) or _outcome_of(number, logarithms)
    measured = outcome == "measured" and math.isfinite(number) and (logarithms or number > 0)
    log_size = (number if logarithms else math.log(number)) if measured else None
    time = 2 if repeat == "2" else 1
    return Line(said["participant"] or said["lesion"], said["lesion"], said["reader"], time, outcome, log_size)


def _outcome_of(number: float, logarithms: bool) -> Outcome:
    if math.isnan(number):
        return "not assessable"
    return "absent" if number == 0 and not logarithms else "measured"


def _twice(lines: Sequence[Line], file: str) -> Iterator[Problem]:
    counted = Counter((one.lesion, one.reader, one.repeat) for one in lines)
    for (lesion, reader, repeat), times in counted.items():
        if times > 1:
            what = f"Lesion {lesion} has {times} readings number {repeat} of {reader}."
            yield Problem(file, what, "Keep one, or number them 1 and 2.")
