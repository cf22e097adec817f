"""Simulated readers: two people who look at the pictures of their worklists and are wrong by a little."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from calcitrial.design.phantoms import Scanned
from calcitrial.imaging import Lesion
from calcitrial.reading import Answer, Asked, Plan, Task, answer, open_reading, pictures, worklist
from calcitrial.record import Author, Gateway

# No code may end in -2, which marks a hidden repeat.
READERS = ("simulated-reader-A", "simulated-reader-B")
THIRD = "simulated-reader-C"
PLAN = Plan(READERS, THIRD, seed=1, repeat_share=0.2, limit_percent=20.0)
# Assumed: two observers of one coronary scan differ by a CV of 2.0 to 3.0 % in mass; skin lesions are harder.
BIAS = {READERS[0]: 0.0, READERS[1]: 0.03}
NOISE = {"reader and lesion": 0.04, "reading": 0.05}
# The rest of each list is left for whoever tries the reading room.
SHARE_READ = 0.8


def simulate_reads(
    gateway: Gateway,
    home: Path,
    scanned: Mapping[str, Scanned],
    rng: np.random.Generator,
    by: Author,
    tick: Callable[[], None],
) -> None:
    """Open the reads of a study and let the two simulated readers read the first part of their lists.

    Args:
        gateway: of a study whose images lie in the home as `Course.scans` laid them.
        home: folder of record and images.
        scanned: what each CT shows, by its key.
        rng: of the readers' errors.
        by: who enters the plan.
        tick: called before each entry, to let the clock go on.
    """
    tick()
    open_reading(gateway.study, PLAN, by, door=gateway)
    opinions: dict[tuple[str, str, str], float] = {}
    for reader in READERS:
        tasks = worklist(gateway.study, reader)
        for task in tasks[: round(SHARE_READ * len(tasks))]:
            folder = pictures(gateway.study, home, reader, task.id)
            key = f"{folder.parent.name} {folder.name}"
            answers = [_answer(reader, key, scanned[key].lesions, asked, opinions, rng) for asked in task.lesions]
            tick()
            answer(gateway.study, reader, task.id, answers, _seconds(task, rng), door=gateway)


def _answer(
    reader: str,
    key: str,
    lesions: Sequence[Lesion],
    asked: Asked,
    opinions: dict[tuple[str, str, str], float],
    rng: np.random.Generator,
) -> Answer:
    """Return what the reader says of the lesion nearest to the point: its measured size, with an error."""
    point = asked.point_mm or (0.0, 0.0, 0.0)
    seen = min(lesions, key=lambda lesion: math.dist(lesion.centroid_mm, point))
    if seen.mass_mg is None or seen.mass_mg <= 0:
        return Answer(asked.label, "absent" if "not_found" in seen.flags else "not assessable")
    # What a reader takes for the edge of a lesion is the same each time; the hand is not.
    own = opinions.setdefault((reader, key, seen.id), float(rng.normal(BIAS[reader], NOISE["reader and lesion"])))
    factor = math.exp(own + float(rng.normal(0, NOISE["reading"])))
    values = {"mass": f"{seen.mass_mg * factor:.4f}"}
    if seen.volume_mm3:
        values["volume_threshold"] = f"{seen.volume_mm3 * factor:.2f}"
    return Answer(asked.label, "measured", values)


def _seconds(task: Task, rng: np.random.Generator) -> float:
    return float(len(task.lesions) * rng.uniform(20, 60))
