"""The canonical text is RFC 8785 as an independent implementation writes it, and salts hide values."""

import hashlib
import json

import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from calcitrial.record import Entry, Place
from calcitrial.record.entry import Submission, canonical, entries_digest, seal

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBER = st.integers(0, 2**53 - 1)  # RFC 8785, section 3.2.2.3: numbers are those of IEEE 754
PLACE = st.builds(Place, *[TEXT] * 5)
ENTRY = st.builds(Entry, TEXT, NUMBER, NUMBER, PLACE, TEXT, NUMBER, TEXT, TEXT, NUMBER, TEXT, TEXT)
SUBMISSION = st.builds(Submission, TEXT, NUMBER, *[TEXT] * 5, NUMBER, NUMBER, TEXT, TEXT)


@settings(max_examples=300, deadline=None)
@given(ENTRY)
def test_an_entry_is_canonical_as_rfc8785_says(entry: Entry) -> None:
    content = entry.content(entry.seal())
    assert canonical(content) == rfc8785.dumps(content)
    assert entry.digest() == hashlib.sha256(rfc8785.dumps(content)).hexdigest()


@settings(max_examples=200, deadline=None)
@given(SUBMISSION)
def test_a_submission_is_canonical_as_rfc8785_says(submission: Submission) -> None:
    assert submission.hash() == hashlib.sha256(rfc8785.dumps(vars(submission))).hexdigest()


@given(TEXT, TEXT)
def test_a_seal_is_canonical_too(salt: str, value: str) -> None:
    assert seal(salt, value) == hashlib.sha256(rfc8785.dumps([salt, value])).hexdigest()


@given(ENTRY)
def test_everything_but_the_value_is_in_the_canonical_text(entry: Entry) -> None:
    told = json.loads(canonical(entry.content("sealed")))
    expected = {**vars(entry), **entry.place._asdict(), "seal": "sealed"}
    for hidden in ("place", "value", "salt"):
        del expected[hidden]
    assert told == expected


def test_the_salt_is_never_shown() -> None:
    entry = Entry("s", 1, 1, Place("P1", "note"), "text", 1, "v", "", 0, "", "secret-salt")
    assert "secret-salt" not in repr(entry)


def test_the_digest_of_entries_depends_on_their_order() -> None:
    assert entries_digest(["a", "b"]) != entries_digest(["b", "a"])
    assert entries_digest(["a", "b"]) == hashlib.sha256(b"a\nb").hexdigest()


def test_a_place_reads_as_people_write_it() -> None:
    assert str(Place("PIT-001", "injection", "W12", "PIT-001-L1")) == "PIT-001 W12 PIT-001-L1 injection"
