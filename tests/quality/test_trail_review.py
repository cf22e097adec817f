"""The trail is reviewed: changes of data with their reasons, a sample of them, signed."""

import pytest

from calcitrial import quality
from calcitrial.protocol import RefusedError
from calcitrial.record import Gateway, Place, read_head
from tests.quality.small_clinic import MANAGER, PAIN, correct


@pytest.mark.requirement("ICH E6(R3) 4.2.3")
def test_a_sample_of_the_changes_is_listed_with_reasons_and_signed(door: Gateway) -> None:
    for version in (1, 2, 3, 4):
        correct(door, version, expected=version)
    quality.sign(door, [PAIN], "reviewed", MANAGER)  # no change of data
    span = quality.next_span(door.study)
    steps = quality.to_review(door.study, *span)
    assert [step.value for step in steps] == ["1", "2", "3", "4"] and {step.reason for step in steps} == {"misread"}
    drawn = quality.sample(door.study, steps, 2)
    assert len(drawn) == 2 and drawn == quality.sample(door.study, list(reversed(steps)), 2)
    numbers = [step.number for step in drawn]
    quality.review_trail(door, span, numbers, "In order.", MANAGER, of=len(steps), printed_name="Dana Example")
    (review,) = quality.reviews(door.study)
    assert (review.looked_at, review.of, review.by, review.finding) == (2, 4, "Dana Example", "In order.")
    assert review.at.endswith("Z")
    assert quality.next_span(door.study)[0] == span[1] + 1


def test_redactions_are_listed_and_other_sites_are_not(door: Gateway) -> None:
    correct(door, 8)
    door.redact(6, "a name", MANAGER)
    span = (1, read_head(door.study).sequence)
    assert [step.place.form for step in quality.to_review(door.study, *span)] == ["pain", "_redaction"]
    assert quality.to_review(door.study, *span, participants=frozenset({"P2"})) == []


def test_a_span_is_reviewed_once_and_an_empty_one_not_at_all(door: Gateway) -> None:
    quality.review_trail(door, (1, 2), [], "Nothing to see.", MANAGER)
    with pytest.raises(RefusedError, match="Version 0 was expected"):
        quality.review_trail(door, (1, 2), [], "Something else.", MANAGER)
    with pytest.raises(RefusedError, match="are no span"):
        quality.review_trail(door, (5, 4), [], "Nothing.", MANAGER)
    assert Place("", "trail_review", repeat="all 1-2") is not None
