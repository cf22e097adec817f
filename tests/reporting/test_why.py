from dataclasses import replace

import orjson
import polars as pl
import pytest

from calcitrial.analysis.endpoint import analyse
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Place, connect, make_cut
from calcitrial.reporting.why import why
from calcitrial.reporting.why_words import deciding, why_text
from tests.invented_trial import READER, enter_trial, stsinj


@pytest.fixture(scope="module")
def corrected(tmp_path_factory):
    connect(tmp_path_factory.mktemp("home"), create=True)
    gateway = enter_trial(stsinj())
    place = Place("PIT-001", "ct_measurement", "W12", "PIT-001-L1")
    gateway.enter([Draft(place, {"mass": "110.5"}, 1, "outline corrected")], READER)
    return make_cut("stsinj", "0.1.0")


def test_every_entry_of_the_estimate_is_in_the_trace(corrected):
    trace = why(corrected, "primary")
    assert {step.number for step in trace.steps} == set(trace.estimate.entries)
    assert all(row.used for row in trace.rows)


def test_a_replaced_value_is_shown_with_the_reason(corrected):
    trace = why(corrected, "PIT-001-L1")
    earlier = trace.replaced[0]
    change = next(step for step in trace.steps if step.replaces == earlier.number)
    assert (change.value, change.reason) == ("110.5", "outline corrected")
    text = why_text(trace)
    assert f"replaced entry {earlier.number}" in text and "outline corrected" in text


def test_series_behind_a_lesion_carry_uid_and_digest(corrected):
    forms = corrected.table("ct_measurement").filter(lesion="PIT-002-L1")
    found = {(one.uid, one.digest) for one in why(corrected, "PIT-002-L1").series}
    assert found == set(forms.select("series_uid", "series_digest").rows())


def test_an_entry_leads_to_the_rows_it_went_into(corrected):
    number = corrected.table("ct_measurement").filter(lesion="PIT-001-L1", visit="BL")["entries"][0][0]
    trace = why(corrected, number)
    assert [step.number for step in trace.steps] == [number]
    assert {(row.lesion, row.visit) for row in trace.rows} == {("PIT-001-L1", v) for v in ("BL", "W12", "W24")}


def test_a_participant_has_all_lesions_and_the_summary_comes_first(corrected):
    trace = why(corrected, "PIT-001")
    assert {row.lesion for row in trace.rows} == {f"PIT-001-L{n}" for n in (1, 2, 3)}
    lines = why_text(trace).splitlines()
    assert lines[0] == "Why PIT-001?" and "geometric mean ratio" in lines[1]


def test_the_json_form_can_be_written(corrected):
    told = orjson.loads(orjson.dumps(why(corrected, "PIT-001-L2").to_json()))
    assert told["steps"][0]["place"]["participant"] == "PIT-001"


@pytest.mark.parametrize("question", ["PIT-999", "", "999999", "secondary"])
def test_what_is_not_there_is_refused_in_a_sentence(corrected, question):
    with pytest.raises(RefusedError, match=r"The cut (knows|has) no"):
        why(corrected, question)


def test_the_entries_that_decide_change_the_number_and_no_others_do(corrected):
    trace = why(corrected, "primary")
    decide = {step.number for step in deciding(trace)}
    first = {(step.place.form, step.item): step for step in reversed(trace.steps)}
    for step in first.values():
        chosen = pl.col("number") == step.number
        other = {"mass": "999", "role": "non-target"}.get(step.item, "7")
        rows = corrected.rows.with_columns(pl.when(chosen).then(pl.lit(other)).otherwise("value").alias("value"))
        if step.item in ("flags", "enrolment_date"):
            rows = corrected.rows.filter(~chosen)
        moved = analyse(replace(corrected, rows=rows)).estimate.estimate != trace.estimate.estimate
        assert moved == (step.number in decide), (step.place, step.item)


def test_the_summary_tells_what_decides_and_what_was_left_out(corrected):
    trace = why(corrected, "primary")
    text = why_text(trace)
    assert f"of which decide the number: {len(deciding(trace))};" in text
    assert 0 < len(deciding(trace)) < len(trace.steps)
    assert "Note: 1 measurement of 1 participant left out of the analysis: it touches bone" in text
