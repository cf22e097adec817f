"""The scenario of a protocol: its visits, arms and injections, and only diagnoses that may enter."""

import pytest

from calcitrial.design import scenario_of
from calcitrial.design.scenarios import eligible_diagnoses
from calcitrial.protocol import Protocol, load


@pytest.fixture(params=["", "untreated_lesion", "observation_lead_in", "concurrent_untreated"])
def protocol(request: pytest.FixtureRequest) -> Protocol:
    """The shipped trials, limoges with each of its controls."""
    return load("limoges", request.param) if request.param else load("stsinj")


def test_visits_and_injections_are_those_of_the_protocol_from_baseline_on(protocol: Protocol) -> None:
    scenario = scenario_of(protocol, 12)
    assert scenario.visits == tuple(visit.id for visit in protocol.visits if visit.day >= 0)
    for visit in protocol.visits:
        assert (visit.id in scenario.injection_visits) == ("injection" in visit.forms and visit.day >= 0)


def test_treated_arms_shrink_and_untreated_ones_follow_nature(protocol: Protocol) -> None:
    arms = {arm.id: arm for arm in scenario_of(protocol, 12).arms}
    assert list(arms) == [arm.id for arm in protocol.arms]
    for arm in protocol.arms:
        first, last = arms[arm.id].log_ratios[0], arms[arm.id].log_ratios[-1]
        assert first == 0 and (last < 0 if arm.treated else last > 0)


@pytest.mark.parametrize(("participants", "failures"), [(1, 1), (6, 1), (12, 2), (30, 5)])
def test_one_in_six_more_fails_screening(participants: int, failures: int) -> None:
    scenario = scenario_of(load("stsinj"), participants)
    assert (scenario.participants, scenario.screen_failures) == (participants, failures)


def test_a_diagnosis_that_a_criterion_shuts_out_is_not_drawn() -> None:
    protocol = load("stsinj")
    only = protocol.criteria[0].model_copy(update={"type": "exclusion", "expression": 'diagnosis == "DM"'})
    names = [name for name, _share in eligible_diagnoses(protocol.model_copy(update={"criteria": (only,)}))]
    assert names == ["SSc", "MCTD"]
