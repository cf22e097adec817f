"""Edit checks across items, forms and visits: refused, asked about or turned into a query, at every door."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from calcitrial import quality
from calcitrial.participants import begin_visit
from calcitrial.protocol import Check, Form, Item, Protocol, RefusedError, form_problems, load
from calcitrial.record import Draft, Gateway, Place, current_rows, open_study, read_head, standing_of
from calcitrial.verbs import RULES, enter
from tests.quality.small_clinic import MANAGER, NURSE, opened

WEIGHT = Form(
    id="size",
    label="Size",
    level="visit",
    items=(Item(id="kilos", label="Weight", type="decimal", unit="kg"), Item(id="said", label="Said", type="text")),
    checks=(
        Check(
            rule="kilos <= before * 1.1 && kilos >= before * 0.9",
            message="The weight jumped.",
            severity="soft",
            others={"before": "size.kilos@previous"},
        ),
        Check(rule="kilos > 0", present=("said",), message="Nobody said it.", severity="query"),
    ),
)
LAST = {"last": "visit.visit_date@last"}
END = Form(
    id="closing",
    label="Closing",
    level="participant",
    items=(Item(id="closed_on", label="Closed", type="date"), Item(id="note", label="Note", type="text")),
    checks=(
        Check(
            rule="closed_on >= last",
            message="It closes before the last visit.",
            others={"last": "visit.visit_date@last"},
        ),
        Check(rule="closed_on >= first", message="Before the first.", others={"first": "visit.visit_date@first"}),
    ),
)
HERE, W12 = Place("P1", "size", "BL"), Place("P1", "size", "W12")


@pytest.fixture
def door(home: Path, tiny: Protocol) -> Iterator[Gateway]:
    found = open_study(tiny.model_copy(update={"forms": (*tiny.forms, WEIGHT, END)}), "0.1", rules=RULES)
    found.enter(opened("P1", "Limoges"), NURSE)
    begin_visit(found, "P1", "W12", date(2026, 4, 1), NURSE)
    yield found


JUMPED = "The weight jumped. Weight: 56 kg, 6 kg more than on 2026-01-06."


def refused(door: Gateway, *drafts: Draft) -> str:
    before = read_head(door.study).sequence
    with pytest.raises(RefusedError) as error:
        door.enter(drafts, NURSE)
    assert read_head(door.study).sequence == before
    return str(error.value)


def test_a_jump_against_the_visit_before_is_asked_about_and_entered_with_the_answer(door: Gateway) -> None:
    door.enter([Draft(HERE, {"kilos": 50, "said": "x"})], NURSE)
    assert f"{JUMPED} Is that right?" in refused(door, Draft(W12, {"kilos": 56, "said": "x"}))
    assert quality.soft_questions(door, W12, {"kilos": "56"}) == {"kilos": JUMPED}
    assert quality.soft_questions(door, W12, {"kilos": "55"}) == {}
    door.enter([Draft(W12, {"kilos": 56, "said": "x"}, confirmed={"kilos": JUMPED})], NURSE)
    # A correction of something else does not ask again.
    door.enter([Draft(W12, {"said": "y"}, 1, "misread")], NURSE)
    assert standing_of(door.study, W12).values["said"] == "y"


def test_the_visit_before_is_the_one_before_by_its_date(door: Gateway) -> None:
    door.enter([Draft(W12, {"kilos": 50, "said": "x"})], NURSE)
    door.enter([Draft(HERE, {"kilos": 90, "said": "x"})], NURSE)
    assert quality.soft_questions(door, HERE, {"kilos": "90"}) == {}
    assert list(quality.soft_questions(door, W12, {"kilos": "70"})) == ["kilos"]


def test_a_hard_check_refuses_at_every_door_and_sees_what_is_entered_in_the_same_act(door: Gateway) -> None:
    place = Place("P1", "closing")
    assert "closed_on: It closes before the last visit." in refused(door, Draft(place, {"closed_on": "2026-03-01"}))
    assert "Before the first." in refused(door, Draft(place, {"closed_on": "2020-01-01"}))
    with pytest.raises(RefusedError, match="before the last visit"):
        enter(door.study, [Draft(place, {"closed_on": "2026-03-01"})], NURSE)
    moved = Draft(Place("P1", "visit", "W12"), {"visit_date": "2026-02-01"}, 1, "misread")
    door.enter([moved, Draft(place, {"closed_on": "2026-03-01"})], NURSE)
    assert standing_of(door.study, place).values["closed_on"] == "2026-03-01"


def test_what_is_not_known_decides_nothing(door: Gateway) -> None:
    door.enter([Draft(W12, {"kilos": 500, "said": "x"})], NURSE)
    assert quality.broken_edit_checks(door, Place("P1", "closing"), {"note": "x"}) == []


def test_what_stops_nobody_becomes_a_query_once(door: Gateway) -> None:
    door.enter([Draft(HERE, {"kilos": 50})], NURSE)
    quality.check_values_again(door, MANAGER)
    (asked,) = quality.queries_in(current_rows(door.study))
    assert (asked.about, asked.text) == (HERE, "Nobody said it. Is it right?")
    assert quality.check_values_again(door, MANAGER).entries == ()


def test_a_check_names_items_and_places_that_can_be_read() -> None:
    bad = Check(rule="kilos > beyond", message="m", others={"beyond": "size kilos"}, present=("gone",))
    found = [str(one) for one in form_problems(WEIGHT.model_copy(update={"checks": (bad,)}))]
    assert any("It takes beyond from 'size kilos'" in one for one in found) and any("'gone'" in one for one in found)
    assert list(form_problems(WEIGHT)) == []


@pytest.mark.parametrize("study", ["limoges", "stsinj"])
def test_the_checks_of_the_shipped_trials_name_forms_and_items_that_there_are(study: str) -> None:
    protocol = load(study)
    across = [(form, one) for form in protocol.forms for one in form.checks if one.is_across]
    assert len(across) >= 5
    for _form, one in across:
        for at in one.others.values():
            where, item = at.partition("@")[0].split(".")
            other = protocol.form(where)
            assert other is not None and other.item(item) is not None, at
