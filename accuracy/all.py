"""Every method side by side on scans of known truth; writes docs/accuracy.md and its pictures.

python accuracy/all.py           everything, some minutes
python accuracy/all.py --quick   one or two scenes of each situation; prints and writes nothing
"""

import argparse
import time
from pathlib import Path

from draw import draw
from runs import run
from tell import document

DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Run the grid, print the document, and write it unless the run was short."""
    ask = argparse.ArgumentParser(description="Every way to measure, on scans of known truth.")
    ask.add_argument("--quick", action="store_true", help="fewer cases; write nothing")
    ask.add_argument("--seed", type=int, default=1, help="places, noise and clicks follow from it (default 1)")
    ask.add_argument("--processes", type=int, help="how many at a time (default: one per core)")
    told = ask.parse_args()
    start = time.perf_counter()
    records = run(told.seed, quick=told.quick, processes=told.processes)
    text = document(records, told.seed, told.quick)
    print(text)
    if not told.quick:
        (DOCS / "accuracy.md").write_text(text, "utf-8")
        draw(records, DOCS / "pictures")
    print(f"{len(records)} answers in {time.perf_counter() - start:.0f} s.")


if __name__ == "__main__":
    main()
