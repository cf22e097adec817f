"""The table of requirements and the tests that prove them: `docs/requirements.md` from `docs/requirements.csv`.

A test says what it proves by `@pytest.mark.requirement("21 CFR 11.70")`; the marks are read from the source (AST), so
nothing has to run. A requirement that no test names shows as a GAP. Run it as `python docs/requirements.py`.
"""

import ast
import csv
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent / "tests"
PAGE = HERE / "requirements.md"
Row = dict[str, str]
HEAD = """# Requirements and their tests

Made by `python docs/requirements.py` (part of `make docs`) from `docs/requirements.csv` and from the marks in `tests/`.
Each line is a clause that the program must meet, how that is proved, and the tests that prove it on SQLite and, where
they touch the record, on PostgreSQL. **GAP** means that no test names the clause. What depends on people (written
procedures, training itself, validation of an installation) is theirs to show; the program only keeps the records.
"""


def rows() -> list[Row]:
    """Return the lines of the table."""
    with (HERE / "requirements.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def names() -> dict[str, str]:
    """Return the clause that each name of a clause stands for."""
    return {name: row["clause"] for row in rows() for name in (row["clause"], *filter(None, row["also"].split(";")))}


def marks(folder: Path = TESTS) -> dict[str, list[str]]:
    """Return the tests that name each clause as it is written there: 'file::test', by name of clause."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        everywhere = [name for node in tree.body if isinstance(node, ast.Assign) for name in _module_marks(node)]
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for name in [*everywhere, *(name for one in node.decorator_list for name in _named(one))]:
                    found.setdefault(name, []).append(f"{path.relative_to(folder.parent)}::{node.name}")
    return found


def _module_marks(node: ast.Assign) -> Iterator[str]:
    if any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets):
        for inner in ast.walk(node.value):
            yield from _named(inner)


def _named(node: ast.AST) -> Iterator[str]:
    """Yield the clauses of `pytest.mark.requirement(...)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requirement":
        yield from (str(one.value) for one in node.args if isinstance(one, ast.Constant))


def unknown() -> list[str]:
    """Return the marks that name a clause which the table does not have."""
    known = names()
    return sorted(name for name in marks() if name not in known)


def page() -> str:
    """Return the page."""
    proved: dict[str, list[str]] = {}
    known = names()
    for name, tests in marks().items():
        proved.setdefault(known.get(name, name), []).extend(tests)
    table = rows()
    gaps = [row["clause"] for row in table if not proved.get(row["clause"])]
    lines = [HEAD, f"{len(table)} requirements, {len(table) - len(gaps)} proved, {len(gaps)} open"]
    lines[-1] += f": {', '.join(gaps)}." if gaps else "."
    for source in dict.fromkeys(row["source"] for row in table):
        lines += ["", f"## {source}", "", "| clause | requirement | proof | tests |", "|---|---|---|---|"]
        for row in (row for row in table if row["source"] == source):
            tests = sorted(set(proved.get(row["clause"], [])))
            said = "<br>".join(_link(test) for test in tests[:6]) or "**GAP**"
            more = f"<br>and {len(tests) - 6} more" if len(tests) > 6 else ""
            lines.append(f"| {row['clause']} | {row['requirement']} | {row['proof']} | {said}{more} |")
    return "\n".join(lines) + "\n"


def _link(test: str) -> str:
    path, name = test.split("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../{path})"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
