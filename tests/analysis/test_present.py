"""The whole answer as JSON and as text, and data that cannot answer as sentences."""

import json

import orjson
import pytest

from calcitrial.analysis import analyse, analysis_json, analysis_text
from calcitrial.protocol import RefusedError, load
from calcitrial.record import Draft, Place, connect, make_cut
from tests.invented_trial import NURSE, Invented, ct_values, cut_of, enter_trial, stsinj

SMALL = Invented(people=4, troubled=False)


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    connect(tmp_path_factory.mktemp("answer"), create=True)
    return analyse(cut_of(load("limoges", "concurrent_untreated"), Invented(people=12)))


@pytest.fixture(scope="module")
def plain(answer):
    return json.loads(orjson.dumps(analysis_json(answer), option=orjson.OPT_SERIALIZE_NUMPY))


def test_the_json_has_what_the_plain_fit_has_and_all_that_is_said_around_it(plain, answer):
    keys = {"coefficients", "variances", "loglik", "n", "groups", "messages", "estimand", "supporting"}
    assert keys | {"estimate", "by_visit", "measurement", "responders", "missing", "endpoint"} <= plain.keys()
    assert set(plain["coefficients"][0]) == {"term", "estimate", "se", "df", "statistic", "p", "low", "high"}
    assert "residual" in plain["variances"] and plain["messages"] == list(answer.messages)


def test_the_parts_are_readable_by_a_machine(plain):
    events = plain["estimand"]["intercurrent_events"]
    assert {"event", "strategy"} <= set(events[0]) and plain["estimand"]["enforced"][0]["part"] == "population"
    assert {one["key"] for one in plain["supporting"]} >= {"participant_weighted", "lesion_weighted", "ranks"}
    assert {share["arm"] for share in plain["responders"]["shares"]} == {"STS", "CTL"}
    assert plain["responders"]["threshold"]["decrease_percent"] == 25
    assert plain["missing"]["missing"] == sum(one["missing"] for one in plain["missing"]["planned"])
    points = plain["missing"]["tipping"]["points"]
    assert points and {"shifts", "estimate", "p"} <= set(points[0])
    assert plain["measurement"]["sdc_ratio"] == pytest.approx(1.075) and plain["measurement"]["agreement"] is None


def test_the_text_tells_further_analyses_responders_and_missing_values(answer):
    text = analysis_text(answer)
    for words in ("Further analyses", "Each participant counts alike", "Responders", "Korn-Graubard", "Missing: "):
        assert words in text
    assert "nan" not in text


def sentence(cut, endpoint=""):
    with pytest.raises(RefusedError) as refused:
        analyse(cut, endpoint)
    return str(refused.value)


def test_one_arm_is_a_sentence(tmp_path):
    connect(tmp_path, create=True)
    gateway = enter_trial(load("limoges", "concurrent_untreated"), Invented(people=4, visits=("BL",), troubled=False))
    people = make_cut("limoges", "0.1.0").table("allocation").filter(arm="STS")["participant"].to_list()
    for who in people:
        visit = Draft(Place(who, "visit", "W12"), {"visit_date": "2026-04-20"})
        gateway.enter(
            [visit, Draft(Place(who, "ct_measurement", "W12", f"{who}-L1"), ct_values(40, who, "W12"))], NURSE
        )
    assert "there are data of STS only" in sentence(make_cut("limoges", "0.1.0"))


def test_one_participant_and_nothing_measured_are_sentences(tmp_path):
    connect(tmp_path, create=True)
    assert "1 participant(s) can be analysed" in sentence(cut_of(stsinj(), Invented(people=1, troubled=False)))
    connect(tmp_path / "none", create=True)
    told = sentence(cut_of(stsinj(), Invented(people=3, visits=("BL",), troubled=False)))
    assert "0 participant(s)" in told and "No measurement at visit W12" in told


def test_no_variation_is_a_sentence(tmp_path):
    connect(tmp_path, create=True)
    gateway = enter_trial(stsinj(), SMALL)
    rows = make_cut("stsinj", "0.1.0").table("pain").iter_rows(named=True)
    same = [
        Draft(Place(r["participant"], "pain", r["visit"]), {"pain_nrs": 5}, 1, "the same")
        for r in rows
        if r["pain_nrs"] != "5"
    ]
    gateway.enter(same, NURSE)
    told = sentence(make_cut("stsinj", "0.1.0"), "pain")
    assert "pain_change" in told and "nan" not in told.lower()
