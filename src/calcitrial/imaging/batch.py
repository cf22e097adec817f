"""Measures many series side by side with the same code as one; a series that fails is told and stops no other."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dask.callbacks import Callback
from dask.multiprocessing import get

from calcitrial.compiled import THREADS, threads
from calcitrial.dicom import SeriesError, read_series
from calcitrial.imaging.describe import to_json
from calcitrial.imaging.lesion import Settings
from calcitrial.imaging.measure import measure


@dataclass(frozen=True)
class Outcome:
    """What became of one series of a batch.

    Attributes:
        number: its place in the batch, from 0.
        result: what `to_json` says of it; None when it was refused.
        refused: the sentences that say why, none when it was measured.
    """

    number: int
    result: dict[str, Any] | None
    refused: tuple[str, ...]


Task = tuple[int, Path]
Work = Callable[[Task], Outcome]
Done = Callable[[Outcome], None]
Mapper = Callable[[Work, Sequence[Task], Done], Iterable[Outcome]]


def in_turn(work: Work, tasks: Sequence[Task], done: Done) -> list[Outcome]:
    """Measure one series after the other in this process, each on all its threads."""
    outcomes = []
    for task in tasks:
        outcomes.append(work(task))
        done(outcomes[-1])
    return outcomes


def on_processes(work: Work, tasks: Sequence[Task], done: Done, workers: int = 0) -> list[Outcome]:
    """Measure series on Dask's processes, begun anew and not forked, one thread each.

    A series that ends its process, for want of memory perhaps, is told so; those that went down with it are measured
    again, each in a process of its own.

    Args:
        work: what is done with a task; must be importable by a new process.
        tasks: the series.
        done: called here with each outcome as it comes.
        workers: how many processes; 0 for as many as this process may use threads.
    """
    known: dict[int, Outcome] = {}

    def keep(_key: object, outcome: object, *_others: object) -> None:
        if isinstance(outcome, Outcome) and outcome.number not in known:
            known[outcome.number] = outcome
            done(outcome)

    _compute(work, tasks, keep, min(workers or threads(), len(tasks)))
    for task in tasks:
        if task[0] not in known:
            _compute(work, [task], keep, 1)
        if task[0] not in known:
            keep(None, Outcome(task[0], None, (ENDED,)))
    return [known[number] for number, _ in tasks]


ENDED = "Measuring this series ended its process, perhaps for want of memory; measure it alone on a larger machine."


def _compute(work: Work, tasks: Sequence[Task], keep: Callable[..., None], workers: int) -> None:
    graph = {str(task[0]): (_alone, work, workers, task) for task in tasks}
    try:
        with Callback(posttask=keep):  # type: ignore[no-untyped-call]
            get(graph, list(graph), num_workers=max(1, workers), chunksize=1)
    except BrokenProcessPool:
        return


def _alone(work: Work, workers: int, task: Task) -> Outcome:
    if workers > 1:
        os.environ[THREADS] = "1"  # this process is one of several
    return work(task)


def measure_folder(settings: Settings, task: Task) -> Outcome:
    """Measure one series of a batch; whatever is wrong with it comes back as sentences."""
    number, folder = task
    try:
        series = read_series(folder)
        return Outcome(number, to_json(series, measure(series, None, settings), settings), ())
    except SeriesError as refused:
        return Outcome(number, None, refused.problems)
    except Exception as fault:  # one series never stops the batch
        told = f"This series cannot be measured ({type(fault).__name__}); measure it alone, and report the fault."
        return Outcome(number, None, (told,))


def _silent(_outcome: Outcome) -> None:
    return


def measure_many(
    folders: Sequence[Path], settings: Settings, mapper: Mapper = on_processes, done: Done = _silent
) -> list[Outcome]:
    """Measure the series of many folders, each as `measure` does without seeds.

    Args:
        folders: one series each.
        settings: the same for all.
        mapper: who does the work: `on_processes` (Dask), `in_turn`, or another, on the machines of a cluster say.
        done: called with each outcome as it comes, in any order.

    Returns:
        One outcome per folder, in their order.
    """
    return list(mapper(partial(measure_folder, settings), list(enumerate(folders)), done))
