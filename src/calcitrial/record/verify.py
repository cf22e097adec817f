"""Replaying the whole record: does every entry, link and current value still say what was entered?"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import DatabaseError

from calcitrial.record import store
from calcitrial.record.entry import REDACTION, Entry, Place, Submission, entries_digest, sha256
from calcitrial.record.replayed import definition_faults
from calcitrial.record.study import Head, definition_texts, genesis, read_definition, read_head
from calcitrial.record.versions import openers


@dataclass(frozen=True)
class Verification:
    """What a replay found: counts, the head it arrives at, and the first thing that is not as entered."""

    study: str
    submissions: int
    entries: int
    head: str
    fault: str = ""

    @property
    def ok(self) -> bool:
        """Return whether nothing was altered."""
        return not self.fault


@dataclass(frozen=True)
class _Stored:
    """Everything the tables hold about one study, read at one moment."""

    study: str
    head: Head
    opened_at: str
    definitions: dict[str, str]
    entries: list[store.Row]
    links: list[store.Row]
    current: list[store.Row]


def verify_study(study: str) -> Verification:
    """Replay a study from its first entry and return what was found; the first altered row is named.

    Checks: numbers without gaps, the salted digest of every entry, the digest and hash of every
    submission, the chain from the opening to the head, that the definition which each submission names was
    in force when it was entered, and the read table against the entries. People may go on entering
    meanwhile. Raises RefusedError when the study is not open.
    """
    try:
        stored = _read(study)
    except DatabaseError as error:
        # The message of the database may hold a participant's text, so only its kind is told.
        what = f"The database cannot be read ({type(error).__name__}); restore the record from a backup."
        return Verification(study, 0, 0, "", what)
    fault = next(_faults(stored), "")
    return Verification(study, len(stored.links), len(stored.entries), stored.head.hash, fault)


def _read(study: str) -> _Stored:
    with store.one_moment():
        head = read_head(study)
        opened_at = store.rows("SELECT opened_at FROM record_study WHERE id = %s", [study])[0][0]
        definitions = definition_texts(study)
        parts = store.entries(study), store.submissions(study), store.current(study)
        return _Stored(study, head, opened_at, definitions, *parts)


def _faults(stored: _Stored) -> Iterator[str]:
    head = stored.head
    for digest in {head.definition: "", **stored.definitions}:
        if sha256(stored.definitions.get(digest, "").encode()) != digest:
            yield f"Definition {digest[:12]} is not there as it was registered."
    redacted = {row[6] for row in stored.entries if row[3] == REDACTION}
    digests: list[str] = []
    for expected, row in enumerate(stored.entries, 1):
        yield from _entry_fault(stored.study, expected, row, redacted)
        digests.append(row[-1])
    yield from _chain_faults(stored, digests)
    yield from _definition_faults(stored)
    yield from _current_faults(stored)


def _entry_fault(study: str, expected: int, row: store.Row, redacted: set[str]) -> Iterator[str]:
    number, sequence, *place, item, version, value, unit, replaces, reason, salt, sealed, digest = row
    if number != expected:
        yield f"Entry {expected} is missing."
    altered = f"Entry {number} (submission {sequence}) is not what was entered."
    entry = Entry(study, number, sequence, Place(*place), item, version, value, unit, replaces, reason, salt)
    if not all(isinstance(cell, str) for cell in (*place, item, value, unit, reason, salt, sealed)):
        yield altered  # SQLite would store a number or bytes where text belongs
    elif salt == "" and (value or str(number) not in redacted):
        yield f"Entry {number} (submission {sequence}) lost its salt without a redaction."
    elif (salt and entry.seal() != sealed) or entry.digest(sealed) != digest:
        yield altered


def _chain_faults(stored: _Stored, digests: list[str]) -> Iterator[str]:
    previous, last = genesis(stored.study, _opened_under(stored), stored.opened_at), 0
    for expected, row in enumerate(stored.links, 1):
        submission, link = Submission(stored.study, *row[:-1]), row[-1]
        altered = f"Submission {submission.sequence} is not what was entered."
        if submission.sequence != expected:
            yield f"Submission {expected} is missing."
        if submission.previous != previous or submission.first_entry != last + 1 or _hash(submission) != link:
            yield altered if expected > 1 else f"{altered[:-1]}, or the opening of the study was altered."
        if entries_digest(digests[last : submission.last_entry]) != submission.entries_digest:
            yield f"The entries of submission {submission.sequence} are not those that were entered."
        previous, last = link, submission.last_entry
    head = stored.head
    if (len(stored.links), last, previous) != (head.sequence, head.entries, head.hash):
        yield (
            f"The study's head names submission {head.sequence}, entry {head.entries}; the chain ends with"
            f" submission {len(stored.links)}, entry {last}, or under another hash."
        )
    if len(digests) != last:
        yield f"Entry {last + 1} belongs to no submission."


def _opened_under(stored: _Stored) -> str:
    """Return the definition that the first submission names; that of the study when there is none."""
    return str(stored.links[0][4]) if stored.links else stored.head.definition


def _definition_faults(stored: _Stored) -> Iterator[str]:
    named = [(int(row[0]), str(row[4])) for row in stored.links]
    yield from (
        f"Definition {digest[:12]}, which submission {sequence} names, is not there."
        for sequence, digest in named
        if digest not in stored.definitions
    )
    opening = openers(read_definition(text) for text in stored.definitions.values())
    yield from definition_faults(_opened_under(stored), named, stored.entries, opening, stored.head.definition)


def _hash(submission: Submission) -> str:
    """Return the hash of a link; '' when it holds something that is neither text nor a number."""
    try:
        return submission.hash()
    except TypeError:
        return ""


def _current_faults(stored: _Stored) -> Iterator[str]:
    latest = {tuple(row[2:8]): (row[8], row[9], row[10], row[0]) for row in stored.entries}
    shown = {tuple(row[:6]): tuple(row[6:]) for row in stored.current}
    for key, value in latest.items():
        if shown.get(key) != value:
            yield f"The read table does not show entry {value[3]} as it was entered."
    for key in shown.keys() - latest.keys():
        yield f"The read table shows {Place(*key[:5])}.{key[5]}, which no entry made."
