"""One invented trial on SQLite for the tests of this room."""

from collections.abc import Iterator

import pytest

from calcitrial.record import Cut, connect
from tests.invented_trial import cut_of, stsinj


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cut]:
    connect(tmp_path_factory.mktemp("home"), create=True)
    yield cut_of(stsinj())
    from django.db import connections

    connections["default"].close()
