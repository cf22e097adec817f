"""The answer of a reader: from what the browser sends to what is entered, and back when a case is opened again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calcitrial.imaging import Lesion
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.reading import Answer, Task
from calcitrial.record import current_rows, protocol_of, tabulate
from calcitrial.stills import KnownLength
from calcitrial.web.calipers import Ruler, known_length, read_shapes, size_mm
from calcitrial.web.case_values import Case
from calcitrial.web.cases import measure_runs
from calcitrial.web.masks import from_runs, keep, kept
from calcitrial.web.stills import drawn_sizes

OUTCOMES = ("measured", "absent", "not assessable")
MOST_WORDS = 500


def read_answers(folder: Path, task: Task, case: Case, content: Mapping[str, Any]) -> list[Answer]:
    """Return the answers that a browser sent, each outline and line measured here and kept as a file of the home.

    Nothing is written when anything is wrong; RefusedError then lists the problems of all lesions.
    """
    told = content.get("answers")
    given = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    labels = [asked.label for asked in task.lesions]
    if [one.get("label") for one in given] != labels:
        refuse([Problem("answers", f"Answers are needed for {', '.join(labels)}.", "Load the page again.")])
    calibration = content.get("calibration")
    known = known_length(calibration)
    problems: list[Problem] = []
    measured = [_measured(case, known, one, problems) for one in given]
    refuse(problems)
    return [_kept(folder, case, one, values, calibration) for one, values in zip(given, measured, strict=True)]


def _measured(case: Case, known: KnownLength | None, one: Mapping[str, Any], problems: list[Problem]) -> dict[str, str]:
    """Return the values of one answer; what is wrong with it is added to the problems."""
    label = str(one["label"])
    if one.get("outcome") not in OUTCOMES:
        problems.append(Problem(f"lesion {label}", "It has no answer.", "Say measured, absent or not assessable."))
        return {}
    if one["outcome"] != "measured":
        return {}
    try:
        shapes = read_shapes(one.get("shapes"), label)
        if case.picture is not None:
            return drawn_sizes(case.picture, shapes, known, label)
        values = _values(measure_runs(case, from_runs(one.get("runs"), case.shape, label), label))
        ruler = Ruler(None if case.series is None else case.series.affine)
        return values | {shape.name: f"{size_mm(ruler, shape):.2f}" for shape in shapes}
    except RefusedError as error:
        problems.extend(error.problems)
        return {}


def _values(lesion: Lesion) -> dict[str, str]:
    """Return the items of the form `read`; what was not measured is left out."""
    found = {
        "mass": (lesion.mass_mg, 4),
        "mass_se": (lesion.mass_se_mg, 4),
        "volume_threshold": (lesion.volume_mm3, 2),
        "volume_pv": (lesion.volume_pv_mm3, 2),
    }
    return {name: f"{value:.{places}f}" for name, (value, places) in found.items() if value is not None}


def _kept(folder: Path, case: Case, one: Mapping[str, Any], values: Mapping[str, str], calibration: object) -> Answer:
    comment = str(one.get("comment") or "").strip()[:MOST_WORDS]
    if one["outcome"] != "measured":
        return Answer(one["label"], one["outcome"], comment=comment)
    drawn = {"shapes": one.get("shapes") or [], "calibration": calibration}
    runs = one.get("runs") if case.series is not None else []
    return Answer(one["label"], "measured", values, keep(folder, case.shape, runs or [], drawn), comment)


def earlier(study: str, folder: Path, task: Task) -> dict[str, dict[str, Any]]:
    """Return the answers that this task has already, by label: outcome, comment, runs and lines; {} without any."""
    if task.state != "read":
        return {}
    rows = tabulate(protocol_of(study), current_rows(study, forms=("read",)), "read")
    return {row["task_label"]: _earlier(folder, row) for row in rows.iter_rows(named=True) if row["task"] == task.id}


def _earlier(folder: Path, row: Mapping[str, Any]) -> dict[str, Any]:
    runs, drawn = kept(folder, row["mask_digest"] or "")
    return {"outcome": row["read_outcome"], "comment": row["reading_comment"] or "", "runs": runs, "drawn": drawn}
