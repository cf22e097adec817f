"""How long the report of a trial of 200 participants takes, and what of it; entered through the gateway like any other.

Run `python bench/report.py`. Each figure is the median of three runs after a first one; each run must give the same
bytes.
"""

import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.invented_trial import Invented, enter_trial

from calcitrial.documents.hypertext import page
from calcitrial.documents.typeset import pdf
from calcitrial.documents.word import docx
from calcitrial.protocol import load
from calcitrial.record import Cut, connect, make_cut
from calcitrial.reporting import why, write_report
from calcitrial.reporting.answers import answers
from calcitrial.reporting.datasets import datasets, files_of
from calcitrial.reporting.write import compose

PARTICIPANTS = 200
RUNS = 3


def entered(folder: Path) -> Cut:
    """Enter a trial of two arms with CT at three visits and return its cut."""
    connect(folder, create=True)
    protocol = load("limoges", control="concurrent_untreated")
    enter_trial(protocol, Invented(people=PARTICIPANTS, troubled=False))
    return make_cut(protocol.id, "bench")


def seconds(act: Callable[[], object]) -> float:
    """Return the median seconds of an act, after one run that is not counted."""
    act()
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def digest(folder: Path) -> str:
    """Return one digest over the files of a folder."""
    parts = (hashlib.sha256(path.read_bytes()).digest() for path in sorted(folder.iterdir()))
    return hashlib.sha256(b"".join(parts)).hexdigest()


def table(cut: Cut, folder: Path) -> str:
    """Return the table of the whole report and its parts."""
    fresh = {"sequence": cut.sequence}
    digests = set()

    def whole() -> None:
        # A new cut each time: a cut remembers the tables that it has made.
        write_report(make_cut(cut.study, cut.code_version, fresh["sequence"]), folder)
        digests.add(digest(folder))

    analyses, refusals = answers(cut)
    content = compose(cut, analyses, refusals)
    parts: dict[str, Callable[[], object]] = {
        "the whole report": whole,
        "  endpoints": lambda: answers(cut),
        "  what it says, and pictures": lambda: compose(cut, analyses, refusals),
        "  HTML": lambda: page(content),
        "  PDF/A": lambda: pdf(content),
        "  Word": lambda: docx(content),
        "  tidy tables": lambda: files_of(datasets(cut, analyses)),
        "why of one figure": lambda: why(cut, "baseline.age_years.all"),
    }
    lines = [f"{'':<30}{'seconds':>9}"]
    lines += [f"{name:<30}{seconds(act):>9.2f}" for name, act in parts.items()]
    if len(digests) != 1:
        raise SystemExit("The same cut gave different reports.")
    lines[1] += "  (to be under 20 s)"
    return "\n".join(lines)


def report() -> str:
    """Return the table, made in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        return table(entered(Path(name) / "home"), Path(name) / "report")


if __name__ == "__main__":
    print(report())
