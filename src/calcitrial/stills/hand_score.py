"""A graded score of a hand radiograph: for each site how much is covered and how dense it is.

Score = sum over sites of weight(site) x points(coverage) x points(density), both hands together. Sites, levels and
points are a table that a trial may replace; the one here is neutral, marked `assumed`, and stands for no published
score: the weights of those that readers know are not public to us.
"""

import csv
import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.version import __version__

OWN_TABLE = Path(__file__).with_suffix(".csv")
COLUMNS = ("kind", "name", "points", "status", "note")
KINDS = ("site", "coverage", "density")
SIDES = ("left", "right")
KEYS = {"site", "side", "coverage", "density"}
MOST_POINTS = 1000.0
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class ScoreTable:
    """Points by kind and name; `digest` is the sha256 of the file, `statuses` how its rows are known."""

    site: Mapping[str, float]
    coverage: Mapping[str, float]
    density: Mapping[str, float]
    statuses: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class Grade:
    """How one site of one hand was graded, in the words of the table."""

    site: str
    side: str
    coverage: str
    density: str


@dataclass(frozen=True)
class HandScore:
    """The score, its highest possible value, and each site's part in the order graded."""

    score: float
    highest: float
    parts: tuple[tuple[Grade, float], ...]


def score_table(path: Path = OWN_TABLE) -> ScoreTable:
    """Read a table with the columns kind (site, coverage, density), name, points, status, note.

    Raises:
        RefusedError: with every problem: columns, kinds, names that repeat, points that are no number of 0 to 1,000.
    """
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        refuse([Problem("table", "There is no such file, or it is too large.", "Give a CSV table.")])
    data = path.read_bytes()
    try:
        reader = csv.DictReader(StringIO(data.decode("utf-8-sig")), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error):
        raise RefusedError([Problem("table", "It is no CSV in UTF-8.", "Save it as CSV, UTF-8.")]) from None
    if tuple(reader.fieldnames or ()) != COLUMNS:
        refuse([Problem("table", "Its columns are others.", f"Write {','.join(COLUMNS)}.")])
    refuse([Problem(f"table row {n}", *found) for n, row in enumerate(rows, 2) for found in _faults(row)])
    _check_whole(rows)
    points = {kind: {row["name"]: float(row["points"]) for row in rows if row["kind"] == kind} for kind in KINDS}
    statuses = tuple(sorted({row["status"] for row in rows}))
    return ScoreTable(**points, statuses=statuses, digest=hashlib.sha256(data).hexdigest())


def _faults(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    if None in row or None in row.values():
        return [("It has more or fewer fields than the head.", f"Write {','.join(COLUMNS)}.")]
    found = [] if row["kind"] in KINDS else [(f"Its kind is {row['kind']!r}.", _known(KINDS))]
    if not row["name"] or not row["status"]:
        found.append(("Its name or status is empty.", "Write both; assumed is a status."))
    try:
        points = float(row["points"])
    except ValueError:
        points = math.nan
    if not 0 <= points <= MOST_POINTS:
        found.append((f"Its points are {row['points']!r}.", "Write a number of 0 to 1,000."))
    return found


def _check_whole(rows: Sequence[Mapping[str, str]]) -> None:
    named = [(row["kind"], row["name"]) for row in rows]
    problems = [
        Problem("table", f"The {kind} {name!r} repeats.", "Leave it once.")
        for kind, name in sorted({pair for pair in named if named.count(pair) > 1})
    ]
    problems += [
        Problem("table", f"It has no {kind}.", f"Write a row of kind {kind}.")
        for kind in KINDS
        if kind not in {row["kind"] for row in rows}
    ]
    refuse(problems)


def grades(contents: Sequence[Mapping[str, object]], table: ScoreTable) -> list[Grade]:
    """Return the grades that a list of {"site", "side", "coverage", "density"} describes.

    Raises:
        RefusedError: with every problem: unknown words, a site graded twice, a coverage without density or the
            other way round.
    """
    problems = [] if contents else [Problem("grades", "There is none.", "Grade a site at least.")]
    for number, one in enumerate(contents, 1):
        problems += [Problem(f"grade {number}", what, instead) for what, instead in _grade_faults(one, table)]
    places = [(one.get("side"), one.get("site")) for one in contents]
    twice = {f"{site} on the {side}" for side, site in places if places.count((side, site)) > 1}
    problems += [Problem("grades", f"The site {place} is graded twice.", "Leave one grade.") for place in sorted(twice)]
    refuse(problems)
    return [Grade(**{key: str(one[key]) for key in sorted(KEYS)}) for one in contents]


def _grade_faults(one: Mapping[str, object], table: ScoreTable) -> list[tuple[str, str]]:
    known = {"site": table.site, "side": SIDES, "coverage": table.coverage, "density": table.density}
    found = [(f"The key {key!r} is unknown.", _known(sorted(KEYS))) for key in sorted(set(one) - KEYS)]
    wrong = [key for key in known if one.get(key) not in list(known[key])]
    found += [(f"Its {key} is {one.get(key)!r}.", _known(known[key])) for key in wrong]
    if wrong:
        return found
    covered, dense = table.coverage[str(one["coverage"])] > 0, table.density[str(one["density"])] > 0
    if covered != dense:
        found.append(("Only one of coverage and density is above zero.", "Grade both, or neither."))
    return found


def _known(words: Iterable[str]) -> str:
    # Names of sites hold commas.
    return f"Known: {'; '.join(words)}."


def hand_score(given: Sequence[Grade], table: ScoreTable) -> HandScore:
    """Return the score of the graded sites; a site that was not graded counts nothing, nor to the highest score."""
    parts = tuple((g, table.site[g.site] * table.coverage[g.coverage] * table.density[g.density]) for g in given)
    top = max(table.coverage.values()) * max(table.density.values())
    return HandScore(sum(points for _, points in parts), top * sum(table.site[g.site] for g in given), parts)


def hand_score_json(score: HandScore, table: ScoreTable) -> dict[str, Any]:
    """Return the score, its parts and the table it depends on as JSON-ready data."""
    return {
        "score": score.score,
        "highest": score.highest,
        "parts": [{**vars(grade), "points": points} for grade, points in score.parts],
        "table": {"digest": table.digest, "statuses": list(table.statuses)},
        "code_version": __version__,
    }


def hand_score_text(score: HandScore, table: ScoreTable) -> str:
    """Return the score for people: a line, and a line per site that has points."""
    known = ", ".join(table.statuses)
    lines = [f"{score.score:g} of {score.highest:g} points; {len(score.parts)} sites graded; table {known}"]
    for grade, points in score.parts:
        if points:
            lines.append(f"{grade.side:<6}{grade.site:<32}{grade.coverage:<26}{grade.density:<20}{points:g}")
    return "\n".join(lines)
