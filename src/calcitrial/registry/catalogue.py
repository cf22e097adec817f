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
from itertools import islice
from pathlib import Path

from calcitrial.protocol import SHIPPED, Problem, Protocol, RefusedError, load
from calcitrial.registrations import Statement, Trial, statement_of_protocol
from calcitrial.registry.index import SHAPE, TABLES, statements_of, unpacked
from calcitrial.registry.loading import LARGE, prepared_in
from calcitrial.registry.mirror import mirror, renew, version_of
from calcitrial.registry.prepared import Prepared, prepared_each
from calcitrial.registry.writing import Writer, add

AT_ONCE = 2000


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
    with opened(home), _alone(home):
        done = _import_anew(home, paths) if _mostly_new(home, paths) else _import_into(home, paths)
        with opened(home) as link:
            done.mirror = mirror(link, address)
    return done


def _mostly_new(home: Path, paths: Sequence[Path]) -> bool:
    """Return whether the files are so large that a copy of the index, written without a journal, is ready sooner."""
    coming = sum(path.stat().st_size for path in paths if path.is_file())
    index = _newest(home)
    return coming >= LARGE and index is not None and coming > index.stat().st_size / 4


def _import_into(home: Path, paths: Sequence[Path]) -> Imported:
    done = Imported()
    with opened(home) as link:
        for path in paths:
            link.execute("BEGIN IMMEDIATE")
            try:
                _import_file(home, link, path, done)
                link.execute("COMMIT")
            except BaseException:
                link.execute("ROLLBACK")
                raise
        # Else the journal of a large import keeps its size.
        link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return done


def _import_anew(home: Path, paths: Sequence[Path]) -> Imported:
    """Import into a copy of the index, which takes its place; the old one stays as it is until then."""
    done = Imported()
    with opened(home) as old, _replaced(home) as link:
        old.backup(link)
        link.execute("BEGIN")
        for path in paths:
            _import_file(home, link, path, done)
        link.execute("COMMIT")
    return done


def _import_file(home: Path, link: sqlite3.Connection, path: Path, done: Imported) -> None:
    begun = done.read
    _take(link, prepared_in(path), done)
    if done.read > begun:
        _keep(home, path)
        link.execute("UPDATE changes SET count = count + 1")


def _take(link: sqlite3.Connection, found: Iterable[Prepared | Problem], done: Imported) -> None:
    writer, found = Writer(link), iter(found)
    while portion := list(islice(found, AT_ONCE)):
        done.problems += [one for one in portion if isinstance(one, Problem)]
        trials = [one for one in portion if not isinstance(one, Problem)]
        done.remarks += [remark for one in trials for remark in one.remarks]
        for what, count in writer.write(trials).items():
            setattr(done, what, getattr(done, what) + count)
    writer.finish()


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


def list_own(home: Path, protocols: Iterable[Protocol], address: str = "") -> int:
    """Put what these protocols say of their trials into the index, where it says something else; return how many.

    So the open studies of a home are listed without an import, after each change of their definition too.
    """
    own = {one.key: one for one in map(statement_of_protocol, protocols)}
    with opened(home) as link:
        if not (new := _not_listed(link, own)):
            return 0
    with _alone(home), opened(home) as link:
        link.execute("BEGIN IMMEDIATE")
        try:
            before, new = version_of(link), _not_listed(link, own)
            touched = {n for one in new for n in _places_of(link, one)}
            for one in new:
                add(link, one)
            touched |= {n for one in new for n in _places_of(link, one)}
            link.execute("UPDATE changes SET count = count + 1")
            link.execute("COMMIT")
        except BaseException:
            link.execute("ROLLBACK")
            raise
        renew(link, address, before, sorted(touched))
    return len(new)


def _not_listed(link: sqlite3.Connection, own: dict[str, Statement]) -> list[Statement]:
    held = "SELECT content FROM statement WHERE key = ?"
    rows = {key: link.execute(held, [key]).fetchone() for key in own}
    return [one for key, one in own.items() if rows[key] is None or unpacked(rows[key][0]) != one.to_json()]


def _places_of(link: sqlite3.Connection, one: Statement) -> set[int]:
    marks = ",".join("?" * len(one.ids))
    return {row[0] for row in link.execute(f"SELECT trial FROM name WHERE id IN ({marks})", one.ids)}


def rebuild(home: Path, address: str = "") -> Imported:
    """Make the index anew from the shipped protocols and the kept files; the old one stays until it is done."""
    with _alone(home):
        done = _make(home)
        with opened(home) as link:
            done.mirror = mirror(link, address)
    return done


def _make(home: Path) -> Imported:
    done = Imported()
    with _replaced(home) as link:
        link.executescript(TABLES)
        link.execute("BEGIN")
        _take(link, prepared_each(statement_of_protocol(load(name)) for name in SHIPPED), done)
        for path in sorted((folder_of(home) / "files").glob("[0-9]*-*")):
            _take(link, prepared_in(path), done)
        link.execute("COMMIT")
    return done


@contextmanager
def _replaced(home: Path) -> Iterator[sqlite3.Connection]:
    """Yield an empty file which becomes the index of the home when all went well."""
    folder, old = folder_of(home), sorted(folder_of(home).glob("index-*"))
    part = folder / "index.part"
    part.unlink(missing_ok=True)
    link = sqlite3.connect(part, isolation_level=None)
    try:
        for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-131072", "temp_store=FILE"):
            link.execute(f"PRAGMA {setting}")
        yield link
        link.execute("PRAGMA journal_mode=WAL")
    except BaseException:
        link.close()
        part.unlink(missing_ok=True)
        raise
    link.close()
    last = max((int(path.name.split("-")[2][:8]) for path in old if path.suffix == ".sqlite3"), default=0)
    part.replace(folder / f"index-{SHAPE}-{last + 1:08d}.sqlite3")
    for path in old:
        path.unlink(missing_ok=True)


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
