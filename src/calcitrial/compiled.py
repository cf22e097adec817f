"""Compiled loops and how many threads they may use; the one place that knows of numba.

Loops release Python's lock and are spread over plain threads. Numba's own parallel loops are not used: their
default layer ends the process when two threads of a server enter it at once, and none of them survives a fork.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])
Part = TypeVar("Part")
Result = TypeVar("Result")

THREADS = "CALCITRIAL_THREADS"  # how many threads a process may use; what already runs in parallel sets it to 1

PACKAGE = Path(__file__).parent
STAMP = "compiled_from.txt"


def forget_stale(package: Path) -> None:
    """Delete machine code beside the source of a package whose loops are no longer those it was made from.

    Numba looks at the file of a loop, not at those of the loops it calls: after a change there, as an update of a
    checkout brings, it would go on running the old code, and give the old numbers.
    """
    texts = [path.read_bytes() for path in sorted(package.rglob("*.py"))]
    now = hashlib.sha256(b"".join(text for text in texts if b"calcitrial.compiled" in text)).hexdigest()
    stamp = package / "__pycache__" / STAMP
    with suppress(OSError):  # a read-only package is installed whole, with new dates on every file
        if stamp.is_file() and stamp.read_text("ascii") == now:
            return
        stamp.parent.mkdir(exist_ok=True)
        for kept in package.rglob("__pycache__/*.nb[ci]"):
            kept.unlink(missing_ok=True)
        stamp.write_text(now, "ascii")


forget_stale(PACKAGE)


def compiler(**options: Any) -> Callable[[Loop], Loop]:
    """Return a decorator for loops that are compiled when they first run and run without Python's lock.

    The machine code is kept for the next process: beside the source, else in the user's cache folder, or in the
    folder that NUMBA_CACHE_DIR names. Where none of them can be written every process compiles anew.

    Args:
        options: of numba.njit, such as error_model or fastmath.
    """

    def decorate(loop: Loop) -> Loop:
        try:
            kept: Loop = numba.njit(loop, cache=True, nogil=True, **options)
        except RuntimeError:  # "no locator available": read-only package, no home
            kept = numba.njit(loop, nogil=True, **options)
        return kept

    return decorate


def compiled(loop: Loop) -> Loop:
    """Return a loop that is compiled, as `compiler` does, without options."""
    return compiler()(loop)


def threads() -> int:
    """Return how many threads this process may use: CALCITRIAL_THREADS, else one for each core it may run on."""
    told = os.environ.get(THREADS, "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(work: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
    """Return what `work` makes of each part, in their order, on as many threads as there may be.

    The first exception, in the order of the parts, is raised after all have ended.
    """
    waiting = list(parts)
    most = min(threads(), len(waiting))
    if most < 2:
        return [work(part) for part in waiting]
    with ThreadPoolExecutor(most) as pool:
        return list(pool.map(work, waiting))
