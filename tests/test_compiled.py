"""Machine code that is kept belongs to the loops that are there."""

from pathlib import Path

import pytest

from calcitrial.compiled import STAMP, forget_stale

LOOP = "from calcitrial.compiled import compiled\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "room" / "__pycache__").mkdir(parents=True)
    (tmp_path / "room" / "loop.py").write_text(LOOP)
    (tmp_path / "room" / "words.py").write_text("WORD = 'a'\n")
    forget_stale(tmp_path)
    for kept in ("loop.run-1.py311.nbi", "loop.run-1.py311.1.nbc", "loop.cpython-311.pyc"):
        (tmp_path / "room" / "__pycache__" / kept).write_bytes(b"kept")
    return tmp_path


def kept(package: Path) -> set[str]:
    return {path.suffix for path in (package / "room" / "__pycache__").iterdir()}


def test_machine_code_stays_while_loops_do(package):
    (package / "room" / "words.py").write_text("WORD = 'b'\n")
    forget_stale(package)
    assert kept(package) == {".nbi", ".nbc", ".pyc"}


def test_machine_code_goes_when_any_loop_changes(package):
    (package / "room" / "another.py").write_text(LOOP)
    forget_stale(package)
    assert kept(package) == {".pyc"}


def test_a_package_that_cannot_be_written_is_left_alone(tmp_path):
    (tmp_path / "loop.py").write_text(LOOP)
    (tmp_path / "__pycache__").write_text("a file where the folder should be")
    forget_stale(tmp_path)
    assert not (tmp_path / "__pycache__" / STAMP).exists()
