"""Lesions that are cut out, rescued people, criteria not met: what the estimand says is done, counted and said."""

import math

import pytest

from calcitrial.analysis import analyse, analysis_data
from calcitrial.analysis.endpoint import endpoint_of
from calcitrial.protocol import parse
from calcitrial.protocol.load import HERE
from calcitrial.record import Draft, Place, connect, make_cut
from tests.invented_trial import NURSE, Invented, cut_of, enter_trial, stsinj

TEXT = (HERE / "stsinj.toml").read_text("utf-8")
EXCISED = {"ice_kind": "lesion excised", "ice_date": "2026-05-01", "ice_lesion": "PIT-001-L1", "ice_text": "surgery"}
SMALL = Invented(people=6, troubled=False)


def changed(*pairs):
    text = TEXT
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return parse(text.encode(), "own.toml")


def with_event(folder, protocol, values, how=SMALL, code="PIT-001"):
    """Enter the trial with one event between week 12 and week 24 of a participant, and return its cut."""
    connect(folder, create=True)
    gateway = enter_trial(protocol, how)
    gateway.enter([Draft(Place(code, "intercurrent_event", repeat="1"), values)], NURSE)
    return make_cut(protocol.id, "0.1.0")


def rows_of(cut, endpoint="", **where):
    data = analysis_data(cut, endpoint_of(cut.protocol, endpoint))
    return {row["visit"]: row for row in data.filter(**where).iter_rows(named=True)}


def test_an_excised_lesion_counts_as_unchanged_from_then_on(tmp_path):
    cut = with_event(tmp_path, stsinj(), EXCISED)
    rows = rows_of(cut, lesion="PIT-001-L1")
    assert rows["W24"]["value"] == rows["BL"]["value"] and rows["W24"]["log_ratio"] == 0 and rows["W24"]["used"]
    assert rows["W12"]["log_ratio"] == pytest.approx(math.log(rows["W12"]["value"] / rows["BL"]["value"]))
    event = set(cut.table("intercurrent_event")["entries"][0])
    assert event <= set(rows["W24"]["entries"]) and not event & set(rows["W12"]["entries"])
    part = next(one for one in analyse(cut).enforced if one.text.startswith("Surgical removal"))
    assert (part.participants, part.lesions, part.rows, part.gap) == (1, 1, 1, False)
    assert set(part.entries) == event


def test_a_composite_has_a_value_where_nobody_measured(tmp_path):
    connect(tmp_path, create=True)
    gateway = enter_trial(stsinj(), Invented(people=5, visits=("BL", "W04", "W08", "W12"), troubled=False))
    gateway.enter([Draft(Place("PIT-001", "visit", "W24"), {"visit_date": "2026-07-01"})], NURSE)
    gateway.enter([Draft(Place("PIT-002", "visit", "W24"), {"visit_date": "2026-07-02"})], NURSE)
    scan = dict(
        make_cut("stsinj", "0.1.0").table("ct_measurement").filter(lesion="PIT-002-L1", visit="W12").row(0, named=True)
    )
    values = {
        k: v
        for k, v in scan.items()
        if v is not None and k not in ("participant", "visit", "lesion", "repeat", "entries")
    }
    gateway.enter([Draft(Place("PIT-002", "ct_measurement", "W24", "PIT-002-L1"), values)], NURSE)
    gateway.enter([Draft(Place("PIT-001", "intercurrent_event", repeat="1"), EXCISED)], NURSE)
    rows = rows_of(make_cut("stsinj", "0.1.0"), lesion="PIT-001-L1")
    assert rows["W24"]["value"] == rows["BL"]["value"] and rows["W24"]["used"]
    others = rows_of(make_cut("stsinj", "0.1.0"), lesion="PIT-001-L2")
    assert "W24" not in others


def test_on_the_day_itself_the_image_comes_before_the_operation(tmp_path):
    connect(tmp_path, create=True)
    gateway = enter_trial(stsinj(), SMALL)
    day = make_cut("stsinj", "0.1.0").table("visit").filter(participant="PIT-001", visit="W24")["visit_date"][0]
    gateway.enter([Draft(Place("PIT-001", "intercurrent_event", repeat="1"), EXCISED | {"ice_date": day})], NURSE)
    rows = rows_of(make_cut("stsinj", "0.1.0"), lesion="PIT-001-L1")
    assert rows["W24"]["log_ratio"] != 0


def test_pain_is_used_up_to_the_operation(tmp_path):
    cut = with_event(tmp_path, stsinj(), EXCISED)
    rows = rows_of(cut, "pain", participant="PIT-001")
    assert rows["W24"]["excluded"] == "while on treatment: after lesion excised" and not rows["W24"]["used"]
    assert rows["W12"]["used"]
    found = analyse(cut, "pain")
    assert any("values up to the operation are used (1 participant(s)" in said for said in found.messages)
    assert found.missing is not None and found.missing.missing == 0  # there is no value to miss after it


@pytest.mark.parametrize(("strategy", "reason"), [("hypothetical", "hypothetical"), ("while_on_treatment", "while on")])
def test_rescue_takes_later_values_out_with_the_reason(tmp_path, strategy, reason):
    protocol = changed(
        ('event = "other_treatment", strategy = "treatment_policy"', f'event = "rescue", strategy = "{strategy}"')
    )
    cut = with_event(tmp_path, protocol, {"ice_kind": "rescue", "ice_date": "2026-05-01"})
    data = analysis_data(cut, endpoint_of(cut.protocol)).filter(participant="PIT-001", visit="W24")
    assert data.height == 3 and all(why.startswith(reason) for why in data["excluded"])
    found = analyse(cut)
    assert found.missing.missing == (3 if strategy == "hypothetical" else 0)


def test_a_treatment_policy_keeps_values_and_counts_whom_it_concerns(tmp_path):
    cut = with_event(tmp_path, stsinj(), {"ice_kind": "other treatment", "ice_date": "2026-05-01"})
    found = analyse(cut)
    part, before = next(one for one in found.enforced if one.text.startswith("Other")), found.estimate.estimate
    assert (part.participants, part.rows) == (1, 3)
    connect(tmp_path / "without", create=True)
    assert analyse(cut_of(stsinj(), SMALL)).estimate.estimate == before


def test_what_no_form_records_is_a_gap_and_not_silence(tmp_path):
    connect(tmp_path, create=True)
    cut = cut_of(changed(('"intercurrent_event",', "")), SMALL)
    found = analyse(cut)
    gaps = [one for one in found.enforced if one.gap]
    assert {one.text.split(":")[0] for one in gaps} == {
        "Other treatment of calcinosis started",
        "Surgical removal of a lesion",
        "Spontaneous extrusion of a lesion",
    }
    assert sum("No form of the protocol records it" in said for said in found.messages) == 3


def test_an_event_in_words_alone_is_a_gap(tmp_path):
    connect(tmp_path, create=True)
    words = 'event = "lesion_extruded", strategy = "treatment_policy", text'
    found = analyse(cut_of(changed((words, "text")), SMALL))
    assert any("in words alone" in said and "pontaneous extrusion" in said for said in found.messages)


def test_somebody_who_fails_a_criterion_is_outside(tmp_path):
    connect(tmp_path, create=True)
    gateway = enter_trial(stsinj(), SMALL)
    criterion = next(c.id for c in gateway.protocol.criteria if c.type == "inclusion")
    gateway.enter([Draft(Place("PIT-003", "criterion", repeat=criterion), {"result": "false"}, 1, "a mistake")], NURSE)
    data = analysis_data(make_cut("stsinj", "0.1.0"), endpoint_of(gateway.protocol))
    assert set(data.filter(participant="PIT-003")["excluded"]) == {
        f"criterion {criterion} speaks against the participant"
    }
    assert set(data.filter(excluded="")["participant"]) == {f"PIT-{n:03}" for n in (1, 2, 4, 5, 6)}


def test_people_with_too_few_lesions_are_outside(tmp_path):
    connect(tmp_path, create=True)
    protocol = changed(('{ kind = "measurable_lesions" }', '{ kind = "measurable_lesions", at_least = 3 }'))
    data = analysis_data(cut_of(protocol, SMALL), endpoint_of(protocol))
    outside = data.filter(excluded="fewer than 3 measurable lesions at BL")
    assert set(outside["participant"]) == {"PIT-002", "PIT-004", "PIT-006"}  # who has two lesions


def test_a_vanished_lesion_is_half_the_smallest_size_that_is_analysed_or_half_the_stated_limit(tmp_path):
    connect(tmp_path, create=True)
    cut = cut_of(stsinj())
    data = analysis_data(cut, endpoint_of(cut.protocol))
    gone = data.filter("vanished").row(0, named=True)
    smallest = min(row["value"] for row in data.filter(excluded="").iter_rows(named=True) if row["value"])
    assert gone["log_size"] == pytest.approx(math.log(smallest / 2))
    connect(tmp_path / "limit", create=True)
    stated = cut_of(changed(('weight = "participant"', 'weight = "participant"\ndetection_limit = 3')))
    again = analysis_data(stated, endpoint_of(stated.protocol)).filter("vanished").row(0, named=True)
    assert again["log_size"] == pytest.approx(math.log(1.5))
    assert any("half the detection limit, 1.5 mg" in said for said in analyse(stated).messages)
