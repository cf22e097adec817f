"""Replaying the whole record: does every entry, link and current value still say what was entered?"""

from collections.abc import Iterator
from dataclasses import dataclass

from calcitrial.record import store
from calcitrial.record.entry import Entry, Place, Submission, entries_digest, sha256
from calcitrial.record.gateway import REDACTION
from calcitrial.record.study import Head, definition_text, genesis, read_head


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


def verify_study(study: str) -> Verification:
    """Replay a study from its first entry and return what was found; the first altered row is named.

    Checks: numbers without gaps, the salted digest of every entry, the digest and hash of every
    submission, the chain from the definition to the head, and the read table against the entries.
    """
    head = read_head(study)
    stored = store.entries(study, head.sequence)
    links = store.submissions(study)
    fault = next(_faults(study, head, stored, links), "")
    return Verification(study, len(links), len(stored), head.hash, fault)


def _faults(study: str, head: Head, stored: list[store.Row], links: list[store.Row]) -> Iterator[str]:
    if sha256(definition_text(study, head.definition).encode()) != head.definition:
        yield "The definition is not the one that its digest names."
    redacted = {row[6] for row in stored if row[3] == REDACTION}
    for expected, row in enumerate(stored, 1):
        yield from _entry_fault(study, expected, row, redacted)
    digests = {row[0]: row[-1] for row in stored}
    start = genesis(study, head.definition)
    yield from _chain_faults(study, start, links, digests)
    reached = (links[-1][0], links[-1][7], links[-1][10]) if links else (0, 0, start)
    if reached != (head.sequence, head.entries, head.hash) or len(stored) != head.entries:
        yield f"The head says submission {head.sequence}, entry {head.entries}; the chain ends elsewhere."
    yield from _current_faults(study, stored)


def _entry_fault(study: str, expected: int, row: store.Row, redacted: set[str]) -> Iterator[str]:
    number, sequence, *place, item, version, value, unit, replaces, reason, salt, digest = row
    if number != expected:
        yield f"Entry {expected} is missing."
    if not salt:
        if str(number) not in redacted or value:
            yield f"Entry {number} (submission {sequence}) lost its salt without a redaction."
        return
    entry = Entry(study, number, sequence, Place(*place), item, version, value, unit, replaces, reason, salt)
    if entry.digest() != digest:
        yield f"Entry {number} (submission {sequence}) is not what was entered."


def _chain_faults(study: str, start: str, links: list[store.Row], digests: dict[int, str]) -> Iterator[str]:
    previous, last = start, 0
    for expected, row in enumerate(links, 1):
        submission, link = Submission(study, *row[:-1]), row[-1]
        numbers = range(submission.first_entry, submission.last_entry + 1)
        if submission.sequence != expected or submission.first_entry != last + 1:
            yield f"Submission {expected} is missing."
        if submission.previous != previous or submission.hash() != link:
            yield f"Submission {submission.sequence} is not what was entered."
        if entries_digest(digests.get(number, "") for number in numbers) != submission.entries_digest:
            yield f"The entries of submission {submission.sequence} are not those that were entered."
        previous, last = link, submission.last_entry


def _current_faults(study: str, stored: list[store.Row]) -> Iterator[str]:
    latest = {tuple(row[2:8]): (row[8], row[9], row[10], row[0]) for row in stored if row[3] != REDACTION}
    shown = {tuple(row[:6]): tuple(row[6:]) for row in store.current(study) if row[1] != REDACTION}
    for key, value in latest.items():
        if shown.get(key) != value:
            yield f"The read table does not show entry {value[3]} as it was entered."
    if len(shown) != len(latest):
        yield "The read table shows values that no entry made."
