"""The trials of a file as rows of the index; a large file of lines is read by several processes at once."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from calcitrial.protocol import Problem, RefusedError
from calcitrial.registrations import LINES, numbered_lines, statements_in
from calcitrial.registry.prepared import Prepared, prepared_each, prepared_lines

# Below this a second process is not worth its start.
LARGE = 30_000_000
LINES_AT_ONCE, MOST_PROCESSES = 1000, 8
Lines = list[tuple[int, bytes]]
Read = list[Prepared | Problem]


def prepared_in(path: Path, large: int = LARGE) -> Iterator[Prepared | Problem]:
    """Yield what each statement of a file is in the index, in their order; a problem for whatever cannot be read."""
    if path.suffix.lower() in LINES and path.is_file() and path.stat().st_size >= large:
        yield from _by_many(path)
    else:
        yield from prepared_each(statements_in(path))


def _by_many(path: Path) -> Iterator[Prepared | Problem]:
    """Yield the same from several processes; no more is read ahead than they can take."""
    workers = max(1, min(MOST_PROCESSES, os.cpu_count() or 1))
    under_way: deque[Future[Read]] = deque()
    # Spawned, since a fork would inherit the locks of threads that it does not have.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        try:
            for lines in _portions(path):
                under_way.append(pool.submit(prepared_lines, lines, path.name))
                if len(under_way) > 2 * workers:
                    yield from under_way.popleft().result()
            while under_way:
                yield from under_way.popleft().result()
        except BrokenProcessPool:
            what = "A process that read the file was ended, perhaps for want of memory."
            raise RefusedError([Problem(path.name, what, "Nothing of it was imported; try again.")]) from None


def _portions(path: Path) -> Iterator[Lines]:
    lines = numbered_lines(path)
    while portion := list(islice(lines, LINES_AT_ONCE)):
        yield portion
