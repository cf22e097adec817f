import re

import pytest

from calcitrial.analysis.endpoint import analyse
from calcitrial.analysis.flow import flow, shown_arms
from calcitrial.figures.flow import flow_picture
from calcitrial.protocol import load
from calcitrial.record import connect
from tests.invented_trial import cut_of


@pytest.fixture(scope="module")
def steps(cut):
    return {(step.kind, step.label): step for step in flow(cut, analyse(cut))}


def counts(step):
    return step.participants, step.lesions


def test_people_and_lesions_at_each_step(steps):
    assert counts(steps["screened", "Screened"]) == (9, 20)
    assert counts(steps["enrolled", "Enrolled"]) == (8, 20)
    assert counts(steps["allocated", "Assigned to treatment"]) == (8, 20)
    assert counts(steps["completed", "Completed"]) == (7, 18)
    assert counts(steps["analysed", "In the primary analysis"]) == (7, 18)


def test_who_was_not_enrolled_and_why(steps):
    step = steps["not_enrolled", "Not enrolled"]
    assert counts(step) == (1, 0)
    assert [str(reason) for reason in step.reasons] == [
        "Excluded by: Hypersensitivity to sodium thiosulfate (B-E1): participants 1"
    ]


def test_who_stopped_and_why(steps):
    step = steps["discontinued", "Discontinued"]
    assert counts(step) == (1, 2) and str(step.reasons[0]) == "Withdrew consent: participants 1, lesions 2"


def test_visits_count_those_who_came_and_lesions_on_ct(steps):
    assert steps["followed", "Week 12, review with CT"].measured == 18
    without_ct = steps["followed", "Week 4, second injection"]
    assert counts(without_ct) == (8, 20) and without_ct.measured is None


def test_measurements_left_out_are_counted_with_the_reason(steps):
    assert str(steps["not_analysed", "Not in the primary analysis"].reasons[0]).endswith("awaits a reader: lesions 1")


def test_arms_of_people_add_up(tmp_path):
    connect(tmp_path, create=True)
    cut = cut_of(load("limoges", "concurrent_untreated"))
    allocated = [step for step in flow(cut) if step.kind == "allocated"]
    assert len(allocated) == 2 and sum(step.participants for step in allocated) == 8
    assert sum(step.lesions for step in allocated) == 20


def test_the_picture_says_every_count(cut):
    steps = flow(cut, analyse(cut))
    text = re.sub(r"<[^>]+>", " ", flow_picture(steps, shown_arms(cut.protocol)).decode())
    for step in steps:
        if step.kind in ("screened", "enrolled", "allocated", "analysed"):
            assert f"participants {step.participants}, lesions {step.lesions}" in text
    assert "Withdrew consent" in text


def test_analysed_and_not_analysed_add_up_to_those_allocated(tmp_path):
    connect(tmp_path, create=True)
    cut = cut_of(load("limoges", "concurrent_untreated"))
    for arm in cut.protocol.arms:
        own = {step.kind: step for step in flow(cut, analyse(cut)) if step.arm == arm.id}
        for name in ("participants", "lesions"):
            parts = getattr(own["analysed"], name) + getattr(own["not_analysed"], name)
            assert parts == getattr(own["allocated"], name)


def test_lesions_never_measured_again_are_not_passed_over(steps):
    step = steps["not_analysed", "Not in the primary analysis"]
    assert counts(step) == (1, 2)
    assert [str(reason) for reason in step.reasons] == [
        "Analysed without some visits: it touches bone and awaits a reader: lesions 1",
        "No measurement after baseline: lesions 2",
    ]
