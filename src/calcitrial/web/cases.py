"""A case as the browser gets it: stored values and a description without anything that tells whose or when.

Nothing of a header passes but the geometry and how the scanner was set (kV, kernel, thickness); UIDs, names, dates,
descriptions and file names stay on the server.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcitrial.dicom import Facts, SeriesError, read_series
from calcitrial.imaging import Lesion, Measured, Seed, Settings, measure_mask, measure_masks
from calcitrial.protocol import Problem, RefusedError
from calcitrial.reading import Asked, Task
from calcitrial.web.case_values import Case
from calcitrial.web.masks import to_runs
from calcitrial.web.stills import open_still

WINDOWS = (("bone", 500, 2000), ("soft tissue", 50, 400), ("calcification", 300, 900))
NUMBERS = ("volume_mm3", "volume_pv_mm3", "mass_mg", "mass_se_mg", "hu_mean", "hu_max", "flags")
WORD = re.compile(r"[A-Za-z0-9_./-]{1,16}")


def open_case(task: Task, folder: Path) -> Case:
    """Return the picture of a task; RefusedError with a sentence that unblinds nobody when it cannot be read."""
    try:
        if task.kind != "ct":
            return open_still(folder, task.kind, folder.stat().st_mtime_ns)
        return _ct(folder, folder.stat().st_mtime_ns)
    except (SeriesError, OSError):
        # The reasons name UIDs and descriptions.
        what = "The picture of this case cannot be read."
        raise RefusedError([Problem("case", what, "Ask who keeps the images to look at the series.")]) from None


@lru_cache(maxsize=2)
def _ct(folder: Path, _changed: int) -> Case:
    series = read_series(folder)
    low, high = int(series.voxels.min()), int(series.voxels.max())
    presets = [*WINDOWS, ("all values", (low + high) / 2, high - low + 1)]
    about = {
        "dtype": "int16",
        "affine": series.affine.tolist(),
        "made": _made(series.facts),
        "threshold_hu": Settings().threshold_hu,
        "window": {"level": WINDOWS[2][1], "width": WINDOWS[2][2]},
        "presets": presets,
    }
    return Case(np.ascontiguousarray(series.voxels, "<i2"), about, series=series)


def _made(facts: Facts) -> str:
    """Return how the scanner was set, in plain words only: a kernel's name could hold anything."""
    kernel = f"kernel {facts.kernel}" if facts.kernel and WORD.fullmatch(facts.kernel) else ""
    kvp = f"{facts.kvp:g} kV" if facts.kvp else ""
    thick = f"{facts.slice_thickness_mm:g} mm slices" if facts.slice_thickness_mm else ""
    return ", ".join(part for part in (kvp, kernel, thick) if part)


def describe(task: Task, case: Case, voxels: str) -> dict[str, Any]:
    """Return the case as JSON; `voxels` is the address of its values."""
    proposed = zip(task.lesions, proposals(task, case), strict=True)
    return {
        **case.about,
        "kind": task.kind,
        "state": task.state,
        "shape": case.shape,
        "bytes": case.values.nbytes,
        "voxels": voxels,
        "lesions": [_lesion(case, one, found) for one, found in proposed],
    }


def proposals(task: Task, case: Case) -> list[Measured | None]:
    """Return what the program proposes for each lesion of a task, None where it looks for nothing."""
    return list(_proposals(case, task.lesions))


@lru_cache(maxsize=2)
def _proposals(case: Case, asked: tuple[Asked, ...]) -> tuple[Measured | None, ...]:
    if case.series is None:
        return (None,) * len(asked)
    seeds = [Seed(one.label, one.point_mm) for one in asked if one.point_mm is not None]
    found = {one.lesion.id: one for one in measure_masks(case.series, seeds)} if seeds else {}
    return tuple(found.get(one.label) for one in asked)


def _lesion(case: Case, asked: Asked, proposed: Measured | None) -> dict[str, Any]:
    runs = to_runs(proposed.mask, proposed.box, case.shape) if proposed and proposed.mask.size else []
    shown = numbers(proposed.lesion) if proposed else None
    return {"label": asked.label, "point_mm": asked.point_mm, "runs": runs, "numbers": shown}


def numbers(lesion: Lesion) -> dict[str, Any]:
    """Return what a reader is shown of a measured lesion; places stay out, whose digits would betray a repeat."""
    return {name: getattr(lesion, name) for name in NUMBERS}


def measure_runs(case: Case, mask: NDArray[np.bool_], label: str) -> Lesion:
    """Return the numbers of an outline; RefusedError when it is empty or the picture is not a CT."""
    if case.series is None:
        raise RefusedError([Problem(f"lesion {label}", "Outlines are measured on CT only.", "Draw calipers instead.")])
    if not mask.any():
        raise RefusedError([Problem(f"lesion {label}", "Nothing is outlined.", "Outline it, or say absent.")])
    return measure_mask(case.series, mask, label)
