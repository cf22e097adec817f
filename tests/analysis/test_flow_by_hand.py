"""The flow of two small studies counted by hand: people and lesions in every box, with the entries behind them."""

import re

import pytest

from calcitrial.analysis import analyse
from calcitrial.analysis.flow import flow, shown_arms
from calcitrial.figures.flow import flow_picture
from calcitrial.protocol import load
from calcitrial.record import Place, connect
from tests.invented_trial import cut_of
from tests.small_study import between_people, cut_of_forms, given, in_arm, person, within_people


def boxes(cut):
    """Return (participants, lesions) by kind and arm, and by visit for those who were followed."""
    return {
        (step.kind, step.arm, *([step.visit] if step.visit else [])): (step.participants, step.lesions)
        for step in flow(cut)
    }


@pytest.fixture(scope="module")
def between():
    return boxes(between_people())


@pytest.fixture(scope="module")
def within():
    return boxes(within_people())


def test_between_people_each_arm_has_its_own_people(between):
    assert between["screened", ""] == (6, 7) and between["not_enrolled", ""] == (1, 0)
    assert between["enrolled", ""] == (5, 7)
    assert between["allocated", "STS"] == (3, 4) and between["allocated", "OBS"] == (2, 3)
    assert between["received", "STS"] == (2, 3) and between["not_received", "STS"] == (1, 1)
    assert between["received", "OBS"] == (2, 3) and between["not_received", "OBS"] == (0, 0)
    assert between["followed", "STS", "W04"] == (2, 3) and between["followed", "STS", "W08"] == (1, 2)
    assert between["discontinued", "STS"] == (1, 1) and between["completed", "OBS"] == (1, 2)
    assert between["ongoing", "STS"] == (2, 3) and between["ongoing", "OBS"] == (1, 1)


def test_who_left_leaves_with_the_reason_and_the_lesions():
    step = next(step for step in flow(between_people()) if (step.kind, step.arm) == ("discontinued", "STS"))
    assert [str(reason) for reason in step.reasons] == ["Adverse event: participants 1, lesions 1"]
    assert step.reasons[0].entries == step.people_entries


def test_lesions_per_participant_stand_in_the_box_of_the_enrolled():
    step = next(step for step in flow(between_people()) if step.kind == "enrolled")
    assert step.notes == ("lesions per participant: median 1 (1 to 2)",)


def test_within_people_people_are_one_column_and_lesions_are_split(within):
    assert within["allocated", ""] == (2, 4) and within["not_allocated", ""] == (1, 2)
    assert within["allocated", "STS"] == (2, 2) and within["allocated", "OBS"] == (2, 2)
    assert within["received", "STS"] == (2, 2) and within["received", "OBS"] == (2, 2)
    assert within["discontinued", ""] == (1, 2) and within["followed", "", "BL"] == (2, 4)
    assert not any(kind in ("followed", "discontinued") and arm for kind, arm, *_ in within)


def test_lesions_in_no_arm_have_their_role_as_reason():
    step = next(step for step in flow(within_people()) if step.kind == "not_allocated")
    assert [str(reason) for reason in step.reasons] == ["Role non-target: lesions 1", "Role target: lesions 1"]


def test_a_lesion_excised_is_lost_in_its_arm_while_the_person_goes_on(within):
    assert within["lost", "OBS"] == (1, 1) and within["lost", "STS"] == (0, 0)
    step = next(step for step in flow(within_people()) if (step.kind, step.arm) == ("lost", "OBS"))
    assert [str(reason) for reason in step.reasons] == ["Excised: lesions 1"] and len(step.lesion_entries) == 3


def test_a_lesion_injected_against_its_arm_is_told():
    forms = person("P1", 2, "BL") | in_arm("P1", "L1", "STS") | in_arm("P1", "L2", "OBS") | given("P1", "BL", "L2")
    found = boxes(cut_of_forms(forms, "lesion"))
    assert found["not_received", "STS"] == (1, 1) and found["not_received", "OBS"] == (1, 1)
    assert found["received", "OBS"] == (0, 0)


@pytest.mark.parametrize("cut", [between_people(), within_people()], ids=["between", "within"])
def test_every_number_above_none_has_entries(cut):
    known = set(cut.rows["number"])
    for step in flow(cut):
        assert bool(step.participants) == bool(step.people_entries), step
        assert bool(step.lesions) == bool(step.lesion_entries), step
        assert known >= {*step.people_entries, *step.lesion_entries, *step.measured_entries}


def words(picture):
    return " ".join(re.sub(r"<[^>]+>", " ", picture.decode()).split())


def test_the_picture_of_lesions_splits_them_and_not_the_people():
    cut = within_people()
    text = words(flow_picture(flow(cut), shown_arms(cut.protocol)))
    assert text.index("The same people; their lesions by arm") < text.index(
        "Injected Allocated participants 2, lesions 2"
    )
    assert text.count("Followed") == 1 and "Lesions excised or extruded participants 1, lesions 1 Excised" in text
    assert "Not allocated participants 1, lesions 2" in text


def test_the_picture_of_people_follows_each_arm():
    cut = between_people()
    text = words(flow_picture(flow(cut), shown_arms(cut.protocol)))
    assert text.count("Followed") == 2 and "The same people" not in text
    assert "Not injected participants 1, lesions 1" in text and "Still in the study: participants 2" in text


def test_boxes_of_a_picture_do_not_overlap():
    cut = between_people()
    shapes = re.findall(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"',
        flow_picture(flow(cut), shown_arms(cut.protocol)).decode(),
    )
    boxes = [tuple(map(float, shape)) for shape in shapes]
    for place, (x, y, width, height) in enumerate(boxes):
        for x2, y2, width2, height2 in boxes[place + 1 :]:
            beside = x + width <= x2 or x2 + width2 <= x
            assert beside or y + height <= y2 or y2 + height2 <= y


def test_within_people_the_analysed_and_the_others_add_up(tmp_path):
    connect(tmp_path, create=True)
    cut = cut_of(load("limoges", "untreated_lesion"))
    found = {(step.kind, step.arm): step for step in flow(cut, analyse(cut))}
    for arm in ("STS", "CTL"):
        parts = [found[kind, arm] for kind in ("analysed", "not_analysed")]
        assert sum(step.lesions for step in parts) == found["allocated", arm].lesions
        assert sum(step.participants for step in parts) == found["allocated", arm].participants


def test_nobody_at_all_is_a_flow_of_none():
    found = boxes(cut_of_forms({Place("S1", "screening"): {"screening_date": "2026-01-01"}}))
    assert found["screened", ""] == (1, 0) and found["enrolled", ""] == (0, 0) and found["allocated", "STS"] == (0, 0)


def test_the_log_comes_before_the_screening_with_the_reasons(tmp_path):
    line = {"prescreening_site": "S", "prescreened_on": "2026-01-01", "found_by": "referral"}
    forms = {Place("S1", "screening"): {"screening_date": "2026-01-02"}}
    outcomes = [{"prescreening_outcome": "to be screened"}, {"prescreening_outcome": "to be screened"}]
    outcomes += [{"prescreening_outcome": "declined", "declined_reason": "too far"}] * 2
    outcomes += [{"prescreening_outcome": "not eligible", "not_eligible_reason": "age"}]
    for number, outcome in enumerate(outcomes, 1):
        forms[Place("", "prescreening", repeat=str(number))] = line | outcome
    cut = cut_of_forms(forms)
    first, second, third, *_rest = flow(cut)
    assert (first.kind, first.participants) == ("prescreened", 5) and third.kind == "screened"
    assert (second.kind, second.participants) == ("not_screened", 3)
    told = [(one.text, one.participants) for one in second.reasons]
    assert told == [("Declined: too far", 2), ("Not eligible: age", 1)]
    assert len(first.people_entries) == 23 and set(second.people_entries) < set(first.people_entries)
    picture = flow_picture(flow(cut), shown_arms(cut.protocol)).decode()
    assert picture.index("Assessed in the pre-screening log") < picture.index("Screened")
    assert "Declined: too far" in picture
