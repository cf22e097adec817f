"""What every command shares: the program's options, what it prints and writes, and the files it is given."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from calcitrial import protocol, verbs
from calcitrial.whole_file import write_whole

app = typer.Typer(
    help="Runs lesion-level trials of injected treatments, from protocol to report.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
HomeOption = Annotated[
    Path, typer.Option("--home", envvar="CALCITRIAL_HOME", help="Folder that holds the record, images and reports.")
]
JsonOption = Annotated[str, typer.Option("--json", help="Write JSON to this file; '-' is standard output.")]
ControlOption = Annotated[str, typer.Option("--control", help="Which reading of an unspecified control to run.")]
AtOption = Annotated[
    str, typer.Option("--at", "--cut", help="A submission number, or a moment such as 2026-03-01T12:00Z.")
]
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="Port of the pages; the next free one when taken.")]
HOME = Path("calcitrial-home")


def say(text: str, json: str = "", content: Any = None) -> None:
    """Print for people, and write for machines when asked; JSON on standard output comes alone."""
    if json:
        write_json(json, content)
    if json != "-":
        print(text)


def write_json(target: str, content: Any) -> None:
    """Write indented JSON to a file, or to standard output for '-'."""
    data = orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY) + b"\n"
    if target == "-":
        sys.stdout.write(data.decode())
    else:
        write_whole(Path(target), data)


def open_home(home: Path, *, create: bool = False) -> None:
    """Open the home, in SQLite or in the PostgreSQL that CALCITRIAL_DATABASE names."""
    verbs.open(home, database(), create=create)


def database() -> str:
    """Return the address of the PostgreSQL that CALCITRIAL_DATABASE names, '' for SQLite in the home."""
    return os.environ.get("CALCITRIAL_DATABASE", "")


def moment(at: str) -> int | datetime | None:
    """Return a submission number or a moment from what somebody typed; None for nothing."""
    if not at or at.isdigit():
        return int(at) if at else None
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        problem = protocol.Problem("--at", f"{at!r} is no moment.", "Write a submission number or 2026-03-01T12:00Z.")
        raise protocol.RefusedError([problem]) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def read_json(file: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON file that holds one object or a list of them."""
    content: Any = None
    if file.is_file():
        try:
            content = orjson.loads(file.read_bytes())
        except orjson.JSONDecodeError:
            content = None
    found = content if isinstance(content, list) else [content]
    if not found or not all(isinstance(one, dict) for one in found):
        what = "This is not a JSON file with an object or a list of objects."
        protocol.refuse([protocol.Problem(str(file), what, "Check the name and the content.")])
    return found


@contextmanager
def progress(words: str) -> Iterator[verbs.Step]:
    """Show a bar on standard error; gives the call that moves it to so many of so many."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(words, total=None)
        yield lambda done, whole: bars.update(task, completed=done, total=whole or None)
