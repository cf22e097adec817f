"""Several processes answer: one per core, and what they count together stands in the database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection

from calcitrial.web.serve import PROCESSES, processes


@pytest.mark.parametrize("cores, wanted", [(1, 1), (2, 2), (64, PROCESSES)])
def test_one_process_answers_per_core(monkeypatch: pytest.MonkeyPatch, cores: int, wanted: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(cores)))
    assert processes() == wanted


ELSEWHERE = """
import sys
from pathlib import Path
from calcitrial.record import connect
connect(Path(sys.argv[1]), sys.argv[2])
from django.core.cache import cache
cache.add("diary-tries-x", 0, 600)
cache.incr("diary-tries-x")
"""


def test_wrong_links_are_counted_over_all_processes(home: Path, address: str) -> None:
    cache.add("diary-tries-x", 0, 600)
    cache.incr("diary-tries-x")
    for _time in range(2):
        subprocess.run([sys.executable, "-c", ELSEWHERE, str(home), address], check=True)
    assert cache.get("diary-tries-x") == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM people_counter")
        assert cursor.fetchone()[0] == 1
