"""A value that jumps against the visit before is asked about when it is entered, and never again once confirmed."""

from decimal import Decimal
from pathlib import Path

import pytest

from calcitrial import verbs
from calcitrial.pharmacy import Session, inject_session
from calcitrial.protocol import RefusedError
from calcitrial.quality import check_values_again, queries_in, soft_questions
from calcitrial.record import Author, Draft, Gateway, Place, current_rows, history
from tests.pharmacy.trial import PHYSICIAN, begun

BY = Author("mona", "monitor")
FIRST, LATER = Place("PIT-001", "body_size", "BL"), Place("PIT-001", "body_size", "W04")
HEAVIER = "The weight differs by more than a tenth from the last visit. Weight: 82 kg, 12 kg more than on 2026-01-10."


@pytest.fixture
def door(home: Path) -> Gateway:
    """One participant who weighed 70 kg at the first visit."""
    gateway = begun()
    inject_session(gateway, Session("PIT-001", "BL", {}, body=(Decimal(70), Decimal(170))), PHYSICIAN)
    return gateway


def size(weight: float, height: float, **more: object) -> Draft:
    return Draft(LATER, {"weight": weight, "height": height}, **more)  # type: ignore[arg-type]


def test_a_jump_is_refused_until_it_is_confirmed_and_says_by_how_much_and_since_when(door: Gateway) -> None:
    with pytest.raises(RefusedError) as refused:
        verbs.enter("stsinj", [size(82, 170)], PHYSICIAN)
    (problem,) = refused.value.problems
    assert (problem.place, problem.what) == (f"{LATER}.weight", HEAVIER)
    assert problem.instead == "Is that right? Then confirm it; else mend it."
    assert soft_questions(door, LATER, {"weight": "82", "height": "170"}) == {"weight": HEAVIER}
    verbs.enter("stsinj", [size(82, 170, confirmed={"weight": HEAVIER})], PHYSICIAN)
    steps = {step.item: step for step in history("stsinj", LATER)}
    assert steps["weight"].reason == f"Confirmed: {HEAVIER}" and steps["height"].reason == ""


@pytest.mark.parametrize(
    ("weight", "height", "said"), [(62, 170, "8 kg less"), (70, 166, "4 cm less"), (70, 174, "4 cm more")]
)
def test_it_is_asked_in_both_directions_and_of_the_height_too(
    door: Gateway, weight: int, height: int, said: str
) -> None:
    with pytest.raises(RefusedError, match=f"{said} than on 2026-01-10"):
        verbs.enter("stsinj", [size(weight, height)], PHYSICIAN)


@pytest.mark.parametrize(("weight", "height"), [(77, 173), (63, 167), (70, 170)])
def test_what_lies_within_the_limits_is_asked_by_nobody(door: Gateway, weight: int, height: int) -> None:
    assert verbs.enter("stsinj", [size(weight, height)], PHYSICIAN).entries


def test_a_script_confirms_by_a_flag_beside_the_values(door: Gateway) -> None:
    plain = {"form": "body_size", "participant": "PIT-001", "visit": "W04", "values": {"weight": 82, "height": 170}}
    with pytest.raises(RefusedError, match="12 kg more"):
        verbs.enter("stsinj", verbs.drafts([plain]), PHYSICIAN)
    told = plain | {"confirmed": {"weight": "weighed twice"}}
    assert verbs.enter("stsinj", verbs.drafts([told]), PHYSICIAN).entries


@pytest.mark.requirement("ICH E6(R3) 4.2.1")
def test_no_query_is_raised_about_what_was_confirmed_and_one_about_what_was_not(door: Gateway) -> None:
    verbs.enter("stsinj", [size(82, 170, confirmed={"weight": HEAVIER})], PHYSICIAN)
    assert check_values_again(door, BY).entries == ()
    # The earlier weight turns out to be wrong: what was confirmed is compared with another value, and stays confirmed.
    verbs.enter("stsinj", [Draft(FIRST, {"weight": 60, "height": 160}, 1, "scales were wrong")], PHYSICIAN)
    check_values_again(door, BY)
    (query,) = queries_in(current_rows("stsinj"))
    assert (query.place.participant, query.about, query.item) == ("PIT-001", LATER, "height")
    assert "10 cm more than on 2026-01-10" in query.text
