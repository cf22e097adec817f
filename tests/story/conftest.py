"""Two demo homes for the whole session: the README's on SQLite, and a small one on each database."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Server


def calcitrial(*words: str, database: str = "", home: Path | None = None, fails: bool = False) -> str:
    """Run the command line in a process of its own; return what it prints (on standard error when it fails)."""
    environment = {**os.environ, "CALCITRIAL_DATABASE": database}
    environment.pop("CALCITRIAL_HOME", None)
    where = ["--home", str(home)] if home else []
    done = subprocess.run(
        [sys.executable, "-m", "calcitrial", *words, *where], capture_output=True, text=True, env=environment
    )
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


def as_json(*words: str, **where: Any) -> Any:
    """Run a verb with `--json -` and return what it writes."""
    return json.loads(calcitrial(*words, "--json", "-", **where))


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that `calcitrial demo` makes with its usual numbers."""
    home = tmp_path_factory.mktemp("demo") / "home"
    calcitrial("demo", "--no-serve", home=home)
    return home


@pytest.fixture(scope="session")
def small_demos(tmp_path_factory: pytest.TempPathFactory, postgresql_server: Server) -> dict[str, tuple[Path, str]]:
    """A demo of three participants per trial on each database: home and address by database."""
    made = {"sqlite": "", "postgresql": postgresql_server.fresh(empty=True)}
    homes = {name: (tmp_path_factory.mktemp(name) / "home", address) for name, address in made.items()}
    for home, address in homes.values():
        calcitrial("demo", "--no-serve", "--participants", "4", "--seed", "3", home=home, database=address)
    return homes
