"""The verbs that are more than a call of one room: drafts from plain data."""

import pytest

from calcitrial import verbs
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Place

PAIN = {"participant": "PIT-001", "form": "pain", "visit": "BL", "values": {"pain_nrs": 3}}


def test_a_mapping_becomes_a_draft() -> None:
    assert verbs.draft(PAIN) == Draft(Place("PIT-001", "pain", "BL"), {"pain_nrs": 3})
    changed = {**PAIN, "expected": "2", "reason": "typing error", "lesion": None, "repeat": 7}
    assert verbs.draft(changed) == Draft(Place("PIT-001", "pain", "BL", "", "7"), {"pain_nrs": 3}, 2, "typing error")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"particpant": "PIT-001"}, r"The key 'particpant' is unknown\. Known: participant, form, visit, lesion"),
        ({"values": [3]}, r"Its values are \[3\]\. Write an object of items and values\."),
        ({"values": None}, r"Its values are None\."),
        ({"expected": "first"}, r"The expected version is 'first'\. Write the version that you saw, or 0\."),
        ({"expected": -1}, r"The expected version is -1\."),
        ({"expected": 1.5}, r"The expected version is 1\.5\."),
    ],
)
def test_a_mapping_that_is_no_form_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(RefusedError, match=f"form 1 of the list: {sentence}"):
        verbs.draft({**PAIN, **change})


def test_all_problems_of_all_forms_are_told_at_once() -> None:
    with pytest.raises(RefusedError) as refused:
        verbs.drafts([{"values": 1, "expected": "x"}, PAIN, {**PAIN, "who": "me"}])
    assert [problem.place for problem in refused.value.problems] == ["form 1 of the list"] * 2 + ["form 3 of the list"]
