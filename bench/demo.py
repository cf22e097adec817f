"""Where the time of the demo goes: each stage's seconds and share, medians of three runs, the same digests."""

import statistics
import tempfile
import time
from pathlib import Path

from rich.console import Console

from calcitrial import demonstration

RUNS = 3
PARTICIPANTS = 12
INSIDE_IMAGING = ("writing DICOM", "measuring")


def once(folder: Path) -> tuple[dict[str, float], float, tuple[str, ...]]:
    """Run the demo and return seconds by stage, the seconds of the whole, and the digests of its cuts."""
    start = time.perf_counter()
    made = demonstration.run(folder, PARTICIPANTS, 1, Console(quiet=True))
    return made.seconds, time.perf_counter() - start, tuple(trial.cut.digest for trial in made.trials)


def report() -> str:
    """Return the table of stages."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [once(Path(folder) / str(number)) for number in range(RUNS)]
    if len({digests for _, _, digests in runs}) != 1:
        raise SystemExit("The same seed gave different cuts.")
    whole = statistics.median(total for _, total, _ in runs)
    lines = [f"{'stage':<22}{'seconds':>9}{'share':>8}"]
    for name in runs[0][0]:
        seconds = statistics.median(stages[name] for stages, _, _ in runs)
        label = f"  of which {name}" if name in INSIDE_IMAGING else name
        lines.append(f"{label:<22}{seconds:>9.2f}{seconds / whole:>8.0%}")
    lines.append(f"{'whole':<22}{whole:>9.2f}{'':>8}  (to be under 90 s on two cores)")
    return "\n".join(lines)
