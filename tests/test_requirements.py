"""The table of requirements is what the marks say, and no mark names a clause that is not in it."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def table() -> ModuleType:
    spec = importlib.util.spec_from_file_location("requirements", DOCS / "requirements.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.requirement("ICH E6(R3) 4.3.4")
def test_the_committed_page_is_what_the_script_makes(table: ModuleType) -> None:
    assert table.PAGE.read_text("utf-8") == table.page(), "Run `python docs/requirements.py`."


def test_no_mark_names_an_unknown_clause(table: ModuleType) -> None:
    assert table.unknown() == []


def test_a_requirement_without_a_test_shows_as_a_gap(table: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "marks", lambda: {"21 CFR 11.70": ["tests/x.py::test_it_is_so"]})
    page = table.page()
    assert page.count("| **GAP** |") == len(table.rows()) - 1
    assert "[it is so](../tests/x.py)" in page


def test_marks_are_read_from_decorators_and_from_the_whole_module(table: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    source = """import pytest
pytestmark = pytest.mark.requirement("A")
@pytest.mark.requirement("B")
def test_one(): ...
def test_two(): ...
"""
    (folder / "test_x.py").write_text(source)
    assert table.marks(folder) == {
        "A": ["tests/test_x.py::test_one", "tests/test_x.py::test_two"],
        "B": ["tests/test_x.py::test_one"],
    }


def test_every_clause_stands_once_with_its_proof(table: ModuleType) -> None:
    clauses = [row["clause"] for row in table.rows()]
    assert len(clauses) == len(set(clauses)) > 40
    assert all(row["requirement"] and row["proof"] for row in table.rows())
