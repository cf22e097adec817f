"""Whose sizes an endpoint takes is a fact of the protocol like any other: sourced, shown, checked."""

import pytest

from calcitrial.protocol import RefusedError, assumed, find, load, parse, show

TEXT = find("stsinj").read_text("utf-8")
READS = '"reading_plan", "reading_batch", "read", '


def refusal(old: str, new: str) -> str:
    assert old in TEXT
    with pytest.raises(RefusedError) as refused:
        parse(TEXT.replace(old, new).encode(), "own.toml")
    return str(refused.value)


def test_without_the_key_it_is_the_first_measurement_and_the_digest_is_the_old_one(stsinj) -> None:
    primary = next(one for one in stsinj.endpoints if one.role == "primary")
    assert primary.sizes is None and primary.sized_by == ""
    assert '"sizes"' not in load("limoges").canonical()


def test_what_is_assumed_is_said_with_its_reason(stsinj) -> None:
    (told,) = [line for line in assumed(stsinj) if line.startswith("Source of the sizes of endpoint ct_mass_read")]
    assert "keep expectation out" in told
    page = " ".join(show(stsinj).split())
    assert "ASSUMED Sizes: what the blinded readers arrive at" in page


def test_readers_need_their_forms() -> None:
    told = refusal(READS, "")
    assert "endpoints.ct_mass_read.sizes" in told and "no form reading_plan, reading_batch, read" in told


def test_a_source_that_is_none_is_refused_with_those_there_are() -> None:
    told = refusal('by = "reads"\nstatus', 'by = "readers"\nstatus')
    assert "endpoints.ct_mass_read.sizes.by" in told and "'readers'" in told and "reads" in told


def test_an_assumption_about_sizes_needs_a_reason() -> None:
    start = TEXT.index('[endpoints.sizes]\nby = "reads"')
    note = TEXT[TEXT.index("note = ", start) : TEXT.index("\n\n[endpoints.estimand]", start)]
    assert "gives no reason" in refusal(note, "")
