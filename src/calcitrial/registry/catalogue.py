"""The trials of a home: the imported files as they came, and an index of them that can be made anew at any time.

`HOME/registry/files` keeps every file under a number and its digest; `HOME/registry/index-….sqlite3` is made from them.
It is no part of the record. Each index made anew has a file of its own, so that whoever reads the old one can go on.
"""

import fcntl
import hashlib
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from calcitrial.protocol import SHIPPED, Problem, RefusedError, load
from calcitrial.registrations import Statement, Trial, statement_of_protocol, statements_in
from calcitrial.registry.index import SHAPE, TABLES, add, statements_of
from calcitrial.registry.mirror import mirror


@dataclass
class Imported:
    """What an import did: how many statements were new, changed, or here already, and every problem as a sentence.

    `mirror` says whether PostgreSQL has a copy, '' when it needs none.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    mirror: str = ""

    @property
    def read(self) -> int:
        """Return how many statements were read."""
        return self.new + self.changed + self.same


def folder_of(home: Path) -> Path:
    """Return where a home keeps its registry."""
    return home / "registry"


def _newest(home: Path) -> Path | None:
    return max(folder_of(home).glob(f"index-{SHAPE}-*.sqlite3"), default=None)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Let one process at a time import or make anew."""
    folder_of(home).mkdir(parents=True, exist_ok=True)
    with (folder_of(home) / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def opened(home: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection to the index of a home, made with the shipped protocols in it when there is none yet."""
    if _newest(home) is None:
        with _alone(home):
            if _newest(home) is None:
                _make(home)
    link = _connected(home)
    try:
        link.execute("PRAGMA cache_size=-65536")
        yield link
    finally:
        link.close()


def _connected(home: Path) -> sqlite3.Connection:
    """Return a connection to the newest index; one that is being replaced at this moment is looked for again."""
    for _try in range(5):
        path = _newest(home)
        try:
            # Not made when it is not there: an empty file would stand in for the index.
            return sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=rw" if path else "", 30, isolation_level=None, uri=True
            )
        except sqlite3.OperationalError:
            continue
    raise RefusedError([Problem("registry", "The index cannot be opened.", "Run `calcitrial registry rebuild`.")])


def import_files(home: Path, paths: Sequence[Path], address: str = "") -> Imported:
    """Read files into the registry of a home; each is kept as it came, and is in the index wholly or not at all."""
    done = Imported()
    with opened(home), _alone(home), opened(home) as link:
        for path in paths:
            _import_file(home, link, path, done)
        # Else the journal of a large import keeps its size.
        link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        done.mirror = mirror(link, address)
    return done


def _import_file(home: Path, link: sqlite3.Connection, path: Path, done: Imported) -> None:
    begun = done.read
    link.execute("BEGIN IMMEDIATE")
    try:
        _take(link, statements_in(path), done)
        if done.read > begun:
            _keep(home, path)
            link.execute("UPDATE changes SET count = count + 1")
        link.execute("COMMIT")
    except BaseException:
        link.execute("ROLLBACK")
        raise


def _take(link: sqlite3.Connection, found: Iterable[Statement | Problem], done: Imported) -> None:
    for one in found:
        if isinstance(one, Problem):
            done.problems.append(one)
            continue
        done.remarks += [f"{one.label}: {remark}" for remark in one.remarks]
        what = add(link, one)
        setattr(done, what, getattr(done, what) + 1)


def _keep(home: Path, path: Path) -> None:
    """Keep a copy of an imported file under its number and digest, unless the same bytes are kept already."""
    files = folder_of(home) / "files"
    files.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    if any(digest in kept.name for kept in files.iterdir()):
        return
    number = len(list(files.iterdir())) + 1
    part = files / f"{digest}.part"
    shutil.copyfile(path, part)
    part.rename(files / f"{number:06d}-{digest}{path.suffix.lower()}")


def rebuild(home: Path, address: str = "") -> Imported:
    """Make the index anew from the shipped protocols and the kept files; the old one stays until it is done."""
    with _alone(home):
        done = _make(home)
        with opened(home) as link:
            done.mirror = mirror(link, address)
    return done


def _make(home: Path) -> Imported:
    folder, old, done = folder_of(home), sorted(folder_of(home).glob("index-*")), Imported()
    part = folder / "index.part"
    part.unlink(missing_ok=True)
    link = sqlite3.connect(part, isolation_level=None)
    try:
        link.execute("PRAGMA journal_mode=OFF")
        link.execute("PRAGMA synchronous=OFF")
        link.executescript(TABLES)
        link.execute("BEGIN")
        _take(link, (statement_of_protocol(load(name)) for name in SHIPPED), done)
        for path in sorted((folder / "files").glob("[0-9]*-*")):
            _take(link, statements_in(path), done)
        link.execute("COMMIT")
        link.execute("PRAGMA journal_mode=WAL")
    finally:
        link.close()
    last = max((int(path.name.split("-")[2][:8]) for path in old if path.suffix == ".sqlite3"), default=0)
    part.replace(folder / f"index-{SHAPE}-{last + 1:08d}.sqlite3")
    for path in old:
        path.unlink(missing_ok=True)
    return done


BY_NAME = """
SELECT n, id FROM trial WHERE id = ? UNION SELECT n, trial.id FROM trial JOIN name ON name.trial = n WHERE name.id = ?
"""


def trial_of(home: Path, name: str) -> Trial:
    """Return a trial by any of its numbers; RefusedError with a sentence when there is none."""
    with opened(home) as link:
        row = link.execute(BY_NAME, [name, name]).fetchone()
        if row is None:
            what = f"There is no trial {name[:60]!r} in this registry."
            raise RefusedError([Problem("trial", what, "Search for it, or import its registry file.")])
        return Trial(row[1], tuple(statements_of(link, row[0])))
