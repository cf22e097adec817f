"""The numbers committed here are those of the shared folder."""

import pytest

from tests.against.statistics.oracle import PUBLIC, committed, in_shared


def test_committed_numbers_are_those_of_the_shared_folder() -> None:
    if not PUBLIC.is_dir():
        pytest.skip(f"SKIPPED FOR WANT OF REFERENCES: {PUBLIC} is not here (set CALCITRIAL_SHARED).")
    every = {name: rec for path in (PUBLIC / "results").glob("*.json") for name, rec in in_shared(path.stem).items()}
    for name, record in committed().items():
        theirs = dict(every[name]["value"])
        theirs.pop("r_messages", None)  # are not numbers
        assert record["value"] == theirs, name
