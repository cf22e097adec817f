"""How long the public pages of a trial take, from protocol and reports to checked HTML, and how reports slow them.

Run `python bench/public_pages.py`. One turn makes all four pages and the structured data of one trial, each page held
against protocol and reports before it is written. More reports are copies of those that ship, under other names and of
other routes, so that the page says the same; each turn must give the same bytes but for the line that counts reports.
"""

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from calcitrial.evidence import Study, studies
from calcitrial.leaflet import publish
from calcitrial.protocol import Protocol, load

TURNS = 5
REPORTS = (1, 10, 100)  # times those that ship
FOOTER = re.compile(r"<footer>.*?</footer>", re.DOTALL)


def many(times: int) -> list[Study]:
    """Return the reports that ship and so many times of copies that no page of ours cites."""
    copies = [
        one.model_copy(update={"id": f"{one.id}-{turn}", "route": f"other {turn}"})
        for turn in range(1, times)
        for one in studies()
    ]
    return [*studies(), *copies]


def seconds(protocol: Protocol, reports: Sequence[Study], folder: Path) -> tuple[float, str]:
    """Return the median seconds of publishing a trial, after one turn that is not counted, and its English page."""
    taken, said = [], set()
    for _ in range(TURNS + 1):
        start = time.perf_counter()
        publish(protocol, reports, folder)
        taken.append(time.perf_counter() - start)
        said.add(FOOTER.sub("", (folder / "en.html").read_text("utf-8")))
    if len(said) != 1:
        raise SystemExit("The same protocol and reports gave different pages.")
    return statistics.median(taken[1:]), said.pop()


def report() -> str:
    """Return the table, made in a folder that is gone afterwards."""
    lines = [f"{'':<12}" + "".join(f"{times * len(studies()):>14} reports" for times in REPORTS) + f"{'ratio':>9}"]
    with tempfile.TemporaryDirectory() as name:
        for study in ("limoges", "stsinj"):
            found = [seconds(load(study), many(times), Path(name) / study) for times in REPORTS]
            if len({page for _, page in found}) != 1:
                raise SystemExit(f"Reports that no page cites changed the page of {study}.")
            figures = "".join(f"{1000 * taken:>19.1f} ms" for taken, _ in found)
            lines.append(f"{study:<12}{figures}{found[-1][0] / found[0][0]:>9.1f}")
    return "\n".join([*lines, "Four checked pages, their data and index, per trial."])


if __name__ == "__main__":
    print(report())
