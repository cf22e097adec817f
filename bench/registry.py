"""Search among many made-up trials: the home's own index beside a plain SQLite LIKE and PostgreSQL's tsvector.

python bench/registry.py            500,000 trials; the import alone takes minutes
python bench/registry.py 20000      fewer

All three answer every question in the same run, on the same trials; the answers are held to be the same before a time
is told. LIKE looks for whole words in the same plain text, so it means the same. CPU seconds stand beside those of the
clock, since other work on the machine makes only the second longer; PostgreSQL's own are not seen from here.
"""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from calcitrial.registrations import locate
from calcitrial.registrations.plain_text import searchable
from calcitrial.registry import Found, Search, find, import_files, opened, write_studies
from calcitrial.registry.mirror import mirror
from calcitrial.registry.search import POSTGRESQL, Dialect
from record import databases

TRIALS = 500_000
REPEATS = 5
QUESTIONS = {
    "one word": Search("thiosulfate"),
    "a common word": Search("trial"),
    "three words": Search("thiosulfate pain digital"),
    "a word that is nowhere": Search("zzzzzz"),
    "a condition, recruiting, age 40": Search(condition="dermatomyositis", status="recruiting", age=40),
    "two words, France, phase 2, women": Search("sclerosis placebo", country="France", phase="2", sex="female"),
    "a word within 100 km of 87000": Search("calcinosis", near=locate("87000", "FR"), km=100),
    "everything": Search(),
}


def like(link: Any, search: Search) -> Found:
    """Answer by LIKE over the text of every trial, all other filters as they are."""
    words = [("' ' || title || ' ' || conditions || ' ' || interventions || ' ' || rest || ' '", search.words)]
    words += [("' ' || conditions || ' '", search.condition), ("' ' || interventions || ' '", search.intervention)]
    pairs = [(text, word) for text, asked in words for word in searchable(asked).split()]
    clause = " AND ".join(f"{text} LIKE '% {word} %'" for text, word in pairs)
    rest = replace(search, words="x" if pairs else "", condition="", intervention="")
    dialect = Dialect(
        source="trial",
        n="n",
        clause=f"n IN (SELECT n FROM text WHERE {clause}) AND ? IS NOT NULL",
        among=f"n IN (SELECT n FROM text WHERE {clause}) AND ? IS NOT NULL",
        every="{}",
        field="",
        both="",
        either="",
        fields={},
        mark="?",
        facet_first=False,
    )
    return find(link, rest, dialect)


def timed(answer: Callable[[], Found], repeats: int) -> tuple[Found, float, float]:
    """Return an answer and the median seconds of getting it: by the clock, and of this process's CPU."""
    found, spent, used = answer(), [], []
    for _time in range(repeats):
        begun, cpu = time.perf_counter(), time.process_time()
        found = answer()
        spent.append(time.perf_counter() - begun)
        used.append(time.process_time() - cpu)
    return found, statistics.median(spent), statistics.median(used)


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of those it started and that have ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def report(trials: int = TRIALS) -> str:
    """Measure everything and return it as a table; AssertionError when the three do not answer the same."""
    lines = []
    with databases() as addresses, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_studies(home / "made-up.jsonl", trials)
        begun, cpu = time.perf_counter(), cpu_seconds()
        done = import_files(home, [home / "made-up.jsonl"])
        assert done.new == trials and not done.problems
        spent, used = time.perf_counter() - begun, cpu_seconds() - cpu
        with opened(home) as link:
            size = next((home / "registry").glob("index-*.sqlite3")).stat().st_size
            told = f"{trials:,} trials imported in {spent:,.0f} s, {used:,.0f} s of CPU"
            lines.append(f"{told}; the index has {size / trials:,.0f} bytes a trial.")
            lines += _questions(link, addresses.get("PostgreSQL", ""))
    return "\n".join(lines)


def _questions(link: Any, address: str) -> list[str]:
    head = f"{'what is asked':<36}{'found':>8}{'FTS5 ms':>9}{'CPU ms':>8}{'LIKE ms':>10}{'tsvector ms':>13}"
    lines = [f"{head}{'LIKE / FTS5':>13}{'tsvector / FTS5':>17}"]
    lines.append("-" * len(lines[0]))
    if address:
        begun = time.perf_counter()
        mirror(link, address, 1)
        lines.insert(0, f"Copied into PostgreSQL in {time.perf_counter() - begun:,.0f} s.")
    for words, search in QUESTIONS.items():
        mine, seconds, cpu = timed(lambda search=search: find(link, search), REPEATS)
        peer, slow, _cpu = timed(lambda search=search: like(link, search), 1)
        assert (peer.total, peer.numbers) == (mine.total, mine.numbers), words
        there, ratio = "-", "-"
        if address:
            with psycopg.connect(address, options="-c search_path=registry") as other:
                theirs, spent, _cpu = timed(lambda search=search, other=other: find(other, search, POSTGRESQL), REPEATS)
            assert (theirs.total, theirs.numbers) == (mine.total, mine.numbers), words
            there, ratio = f"{1000 * spent:.2f}", f"{spent / seconds:.2f}"
        count = f"{mine.total:,}{'+' if mine.more else ''}"
        line = f"{words:<36}{count:>8}{1000 * seconds:>9.2f}{1000 * cpu:>8.2f}{1000 * slow:>10.1f}{there:>13}"
        lines.append(f"{line}{slow / seconds:>13.1f}{ratio:>17}")
    return lines


if __name__ == "__main__":
    print(report(int(sys.argv[1]) if len(sys.argv) > 1 else TRIALS))
