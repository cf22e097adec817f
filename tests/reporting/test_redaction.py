"""A value that was taken out of the record: never a traceback, never a silently smaller denominator."""

import pytest

from calcitrial.analysis import analyse, safety_analysis
from calcitrial.record import Cut, connect, make_cut
from calcitrial.reporting.answers import answers
from calcitrial.reporting.write import compose
from calcitrial.safety import adverse_events, holds
from calcitrial.sections.deviations import deviations
from tests.invented_trial import NURSE, enter_trial, stsinj

PLACES = (
    ("screening", "age_years"),
    ("criterion", "result"),
    ("enrolment", "enrolment_date"),
    ("lesion", "body_site"),
    ("visit", "visit_date"),
    ("injection", "volume"),
    ("ct_measurement", "mass"),
    ("pain", "pain_nrs"),
    ("adverse_event", "term"),
    ("adverse_event", "grade"),
    ("adverse_event", "onset_date"),
    ("adverse_event", "serious"),
    ("end_of_study", "end_reason"),
)


def redacted(tmp_path, form: str, item: str) -> Cut:
    connect(tmp_path, create=True)
    gateway = enter_trial(stsinj())
    found = make_cut("stsinj", "0.1.0").rows.filter(form=form, item=item)
    gateway.redact(found["number"][0], "personal data", NURSE)
    return make_cut("stsinj", "0.1.0")


@pytest.mark.parametrize(("form", "item"), PLACES)
def test_the_report_is_written_with_whole_denominators_and_says_it(tmp_path, form, item):
    cut = redacted(tmp_path, form, item)
    analyses, refusals = answers(cut)
    assert len(analyses) == 2 and compose(cut, analyses, refusals)
    harms = safety_analysis(cut)
    assert (harms.groups[-1].participants, harms.kinds[0].counts[-1].events) == (8, 6)
    assert any(f"{item} of form {form}" in said and "redacted" in said for said in deviations(cut, None))
    assert adverse_events(cut).height == 6 and isinstance(holds(cut), tuple)


def test_a_redacted_flag_does_not_bring_a_measurement_back(tmp_path):
    found = analyse(redacted(tmp_path, "ct_measurement", "flags"))
    assert found.estimate.dropped == 1 and found.estimate.n_rows == 35
    assert any("its flags were redacted" in said for said in found.messages)


def test_a_redacted_role_leaves_the_lesion_out(tmp_path):
    found = analyse(redacted(tmp_path, "lesion", "role"))
    assert set(found.data.filter(lesion="PIT-001-L1")["excluded"]) == {"its role was redacted"}
