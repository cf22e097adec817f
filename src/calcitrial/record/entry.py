"""The shapes of the record: where a value belongs, who enters it, and what one entry holds."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

# What stands in the reason of an entry before what was confirmed: somebody said that an unusual value is right.
CONFIRMED = "Confirmed: "
# The form of the entry that says why another entry lost its value; no protocol has it.
REDACTION = "_redaction"


class Place(NamedTuple):
    """Where a form belongs: participant, form, visit, lesion and repeat key ('' where it has none)."""

    participant: str
    form: str
    visit: str = ""
    lesion: str = ""
    repeat: str = ""

    def __str__(self) -> str:
        """Return the place as people write it, such as 'PIT-001 W12 PIT-001-L1 injection'."""
        named = (self.participant, self.visit, self.lesion, self.form, self.repeat)
        return " ".join(str(part) for part in named if part)


@dataclass(frozen=True)
class Author:
    """Who enters, and in which role."""

    name: str
    role: str


@dataclass(frozen=True)
class Draft:
    """A form somebody wants to enter: values by item, and the version of the form they saw.

    `expected` is 0 for a form that is not there yet; a change of anything already entered needs a reason.
    `partial` says that the form is begun and will be gone on with: what is required may be missing.
    `confirmed` holds, by item, what was asked about an unusual value that the person said is right.
    """

    place: Place
    values: Mapping[str, object]
    expected: int = 0
    reason: str = ""
    partial: bool = False
    confirmed: Mapping[str, str] = field(default_factory=dict)

    def why(self, item: str) -> str:
        """Return the reason that stands on the entry of one item: that of the change, and what was confirmed."""
        confirmed = self.confirmed.get(item, "")
        return " ".join(part for part in (self.reason, f"{CONFIRMED}{confirmed}" if confirmed else "") if part)


@dataclass(frozen=True)
class Entry:
    """One entered value, with everything known about it; never changed once it is in the record."""

    study: str
    number: int
    sequence: int
    place: Place
    item: str
    version: int
    value: str
    unit: str
    replaces: int
    reason: str
    salt: str = field(repr=False)

    def seal(self) -> str:
        """Return the salted digest of the value alone; without the salt it tells nothing about the value."""
        return seal(self.salt, self.value)

    def digest(self, sealed: str = "") -> str:
        """Return SHA-256 of the canonical text of the entry, in which the seal stands for the value.

        So a redacted entry, whose value and salt are gone, is still held to everything else it said.
        """
        return sha256(canonical(self.content(sealed or self.seal())))

    def content(self, sealed: str) -> dict[str, Any]:
        """Return what the digest covers, with the seal in place of the value."""
        return {
            "form": self.place.form,
            "item": self.item,
            "lesion": self.place.lesion,
            "number": self.number,
            "participant": self.place.participant,
            "reason": self.reason,
            "repeat": self.place.repeat,
            "replaces": self.replaces,
            "seal": sealed,
            "sequence": self.sequence,
            "study": self.study,
            "unit": self.unit,
            "version": self.version,
            "visit": self.place.visit,
        }


@dataclass(frozen=True)
class Submission:
    """What was entered in one act: a link of the study's hash chain."""

    study: str
    sequence: int
    at: str
    author: str
    role: str
    definition: str
    code_version: str
    first_entry: int
    last_entry: int
    entries_digest: str
    previous: str

    def hash(self) -> str:
        """Return SHA-256 of the canonical text of the submission, which holds the hash before it."""
        return sha256(canonical(vars(self)))


@dataclass(frozen=True)
class Receipt:
    """What the gateway gives back: the submission's number and hash, and the numbers of its entries."""

    sequence: int
    hash: str
    entries: tuple[int, ...]


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return RFC 8785 text of an object of strings and whole numbers.

    For such objects with ASCII keys, sorted keys without white space are the canonical form; the tests
    hold this against an independent implementation.
    """
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def sha256(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def seal(salt: str, value: str) -> str:
    """Return the salted digest of a value; as a JSON array, so that nothing can pass from salt to value."""
    return sha256(orjson.dumps((salt, value)))


def entries_digest(digests: Iterable[str]) -> str:
    """Return the digest of a submission's entries from theirs, in order."""
    return sha256("\n".join(digests).encode())
