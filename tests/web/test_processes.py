"""Several processes answer: what they count together stands in the database, and what each keeps follows the record."""

import os

from calcitrial.web.serve import PROCESSES, processes
from tests.record.small_study import *  # noqa: F403


def test_one_process_answers_per_core(monkeypatch) -> None:
    for cores, wanted in ((1, 1), (2, 2), (64, PROCESSES)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _process, cores=cores: set(range(cores)))
        assert processes() == wanted
