"""Which studies are open in this record, under which definition, and where each one stands."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from calcitrial.protocol import Problem, Protocol, refuse
from calcitrial.record import store
from calcitrial.record.entry import sha256

# Definitions by their digest, which is that of their text and so the same in every record; a page asks several times.
_definitions: dict[str, Protocol] = {}
KEPT_DEFINITIONS = 32


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def new_salt() -> str:
    """Return 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def stamp(moment: datetime) -> str:
    """Return a moment as UTC text with microseconds and 'Z'; ValueError when it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"The moment {moment} has no time zone; give it in UTC.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Head:
    """Where a study stands: its definition's digest, last submission, number of entries, and head hash."""

    definition: str
    sequence: int
    entries: int
    hash: str


def read_head(study: str, *, lock: bool = False) -> Head:
    """Return where the study stands; with `lock`, nobody else enters until the transaction ends.

    SQLite needs no row lock: its transactions begin IMMEDIATE. Raises RefusedError when it is not open.
    """
    suffix = " FOR UPDATE" if lock and connection.vendor == "postgresql" else ""
    found = store.rows(f"SELECT definition, sequence, entries, head FROM record_study WHERE id = %s{suffix}", [study])
    if not found:
        known = ", ".join(studies()) or "none"
        refuse([Problem(study, "This study is not open here.", f"Open studies: {known}.")])
    return Head(*found[0])


@contextmanager
def in_turn(study: str) -> Iterator[None]:
    """Let one act at a time read what it rests on and enter it: in this study nobody else enters until the block ends.

    Who waits here sees, once it is their turn, everything that was entered meanwhile.
    """
    with transaction.atomic():
        read_head(study, lock=True)
        yield


def studies() -> tuple[str, ...]:
    """Return the ids of the studies open in this record."""
    return tuple(sorted(name for (name,) in store.rows("SELECT id FROM record_study")))


def genesis(study: str, definition: str, opened_at: str) -> str:
    """Return the hash that stands before the first submission: it binds the chain to its beginning."""
    return sha256(f"{study}\n{definition}\n{opened_at}".encode())


def register(protocol: Protocol, clock: Callable[[], datetime] = now) -> None:
    """Open a study under its protocol; nothing happens when it is open under the same definition.

    Raises RefusedError when it is open under another definition, or when its control is not chosen.
    """
    refuse(undecided(protocol))
    digest = protocol.digest
    with transaction.atomic():
        if protocol.id not in studies():
            _insert(protocol, digest, stamp(clock()))
        found = read_head(protocol.id).definition
        if found != digest:
            what = f"Study {protocol.id} is open under definition {found[:12]}, not {digest[:12]}."
            instead = "Use that definition, or move the study to the new one: `calcitrial amend`."
            refuse([Problem(protocol.id, what, instead)])


def _insert(protocol: Protocol, digest: str, at: str) -> None:
    """Insert study and definition; when somebody else opens it at the same moment, theirs stands."""
    first = [protocol.id, digest, at, genesis(protocol.id, digest, at)]
    store.run("INSERT INTO record_study VALUES (%s, %s, %s, 0, 0, %s) ON CONFLICT DO NOTHING", first)
    content = [protocol.id, digest, protocol.canonical()]
    store.run("INSERT INTO record_definition VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", content)


def undecided(protocol: Protocol) -> list[Problem]:
    """Return that a definition leaves its control open, which no study can run under."""
    if not protocol.control.variants or protocol.control.chosen:
        return []
    known = ", ".join(variant.id for variant in protocol.control.variants)
    what = f"The control of {protocol.id} is not public, and none was chosen."
    return [Problem(protocol.id, what, f"Choose one: {known}.")]


def protocol_of(study: str, definition: str = "") -> Protocol:
    """Return the definition of this digest, or the one a study runs under now, from the record itself.

    Raises RefusedError when the study is not open, or its definition is not the one that was registered.
    """
    digest = definition or read_head(study).definition
    found = _definitions.get(digest)
    if found is None:
        text = definition_text(study, digest)
        if sha256(text.encode()) != digest:
            what = f"Definition {digest[:12]} is not there as it was registered."
            refuse([Problem(study, what, "Run `calcitrial verify`, and restore the record from a backup.")])
        while len(_definitions) >= KEPT_DEFINITIONS:
            _definitions.pop(next(iter(_definitions)), None)
        _definitions[digest] = found = read_definition(text)
    return found


def read_definition(text: str) -> Protocol:
    """Return the definition that a registered text holds."""
    return Protocol.model_validate_json(text)


def definition_text(study: str, digest: str) -> str:
    """Return the text registered under this digest, whose SHA-256 it is, or '' when there is none."""
    query = "SELECT content FROM record_definition WHERE study = %s AND digest = %s"
    return "".join(str(content) for (content,) in store.rows(query, [study, digest]))


def definition_texts(study: str) -> dict[str, str]:
    """Return the text of every definition that a study ran under, by digest."""
    return dict(store.rows("SELECT digest, content FROM record_definition WHERE study = %s", [study]))
