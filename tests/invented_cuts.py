"""Two invented trials on SQLite for the tests of a report: one arm, and two arms."""

from collections.abc import Iterator

import pytest

from calcitrial.protocol import load
from calcitrial.record import Cut, connect
from tests.invented_trial import cut_of, stsinj


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cut]:
    connect(tmp_path_factory.mktemp("home"), create=True)
    yield cut_of(stsinj())
    from django.db import connections

    connections["default"].close()


@pytest.fixture(scope="module")
def two_arms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cut]:
    """A trial that allocates participants; its home is the connected one until another fixture connects."""
    connect(tmp_path_factory.mktemp("two"), create=True)
    yield cut_of(load("limoges", control="concurrent_untreated"))
    from django.db import connections

    connections["default"].close()
