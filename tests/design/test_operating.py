"""Operating characteristics: counts are right, failures are counted, and the real analysis holds its level."""

from dataclasses import replace
from math import exp, isnan, log

import numpy as np
import pytest

from calcitrial.design import (
    Answer,
    Scenario,
    draw,
    lesion_frame,
    mixed_model,
    operating_characteristics,
    treated_arm,
    untreated_arm,
)
from calcitrial.models import AnalysisError
from calcitrial.protocol import RefusedError

DAYS = (0, 28, 84)
VISITS = ("BL", "W04", "W12")
FORMULA = "log_size ~ arm*visit + log_baseline + (1|participant/lesion)"
REAL = mixed_model(FORMULA, "STS", "OBS", "W12")


def scenario(ratio, participants=24, **other):
    return Scenario(participants, VISITS, (treated_arm("STS", DAYS, ratio), untreated_arm("OBS", DAYS, 0.0)), **other)


def rng(seed=11):
    return np.random.default_rng(seed)


def test_one_trial_has_a_line_per_lesion_and_visit_after_baseline():
    frame = lesion_frame(scenario(0.6, dropout=0.0), rng())
    assert frame.columns == ["participant", "lesion", "arm", "visit", "log_size", "log_baseline"]
    assert set(frame["visit"]) == {"W04", "W12"}
    people = draw(scenario(0.6, dropout=0.0), rng())
    assert frame.height == 2 * sum(len(person.lesions) for person in people)


def test_arms_are_as_equal_as_they_can_be_and_whole_participants():
    frame = lesion_frame(scenario(0.6, participants=25, dropout=0.0), rng())
    pairs = frame.select("participant", "arm").unique()
    assert pairs.height == frame["participant"].n_unique() == 25
    assert sorted(pairs["arm"].value_counts()["count"].to_list()) == [12, 13]


def test_visits_from_the_first_missed_on_are_absent():
    whole, broken = (lesion_frame(scenario(0.6, dropout=rate), rng()).height for rate in (0.0, 1.0))
    assert broken < whole


def test_screen_failures_are_not_in_the_trial():
    frame = lesion_frame(scenario(0.6, participants=6, screen_failures=4, dropout=0.0), rng())
    assert frame["participant"].n_unique() == 6


def test_a_scripted_analysis_is_counted_exactly():
    answers = iter([Answer(-0.5, -1, 0, 0.01), Answer(0.2, 0.1, 0.3, 0.2), AnalysisError("no"), AnalysisError("no")])

    def scripted(_frame):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    found = operating_characteristics(scenario(exp(-0.5), participants=2), scripted, rng(), trials=4)
    assert (found.trials, found.failures, found.reasons) == (4, 2, ("no",))
    assert found.rejected == 0.25
    assert found.rejected_mcse == pytest.approx((0.25 * 0.75 / 4) ** 0.5)
    assert found.coverage == 0.5
    assert found.bias == pytest.approx((0.0 + 0.7) / 2)
    assert found.meaning == "power"


def test_when_every_analysis_fails_nothing_is_claimed():
    def fails(_frame):
        raise AnalysisError("cannot")

    found = operating_characteristics(scenario(1.0, participants=2), fails, rng(), trials=3)
    assert (found.failures, found.rejected) == (3, 0.0)
    assert isnan(found.coverage)
    assert isnan(found.bias)


def test_without_effect_the_real_analysis_rejects_about_one_in_twenty():
    found = operating_characteristics(scenario(1.0), REAL, rng(), trials=40)
    assert (found.meaning, found.failures) == ("type I error", 0)
    # 2 of 40 are expected; 8 or more have a probability below 0.001.
    assert found.rejected * 40 < 8
    assert abs(found.bias) < 4 * found.bias_mcse


def test_a_large_effect_is_found_and_estimated_without_bias():
    found = operating_characteristics(scenario(0.4), REAL, rng(), trials=40)
    assert found.truth == pytest.approx(log(0.4))
    assert found.rejected > 0.9
    assert abs(found.bias) < 4 * found.bias_mcse
    assert found.coverage > 0.8


def test_equal_seeds_give_equal_characteristics():
    first, second = (operating_characteristics(scenario(0.7, 8), REAL, rng(3), trials=3) for _ in range(2))
    assert first == second


def test_a_visit_that_is_not_analysed_counts_as_failed_with_its_reason():
    wrong = mixed_model(FORMULA, "STS", "OBS", "W99")
    found = operating_characteristics(scenario(0.7), wrong, rng(), trials=2)
    assert found.failures == 2
    assert "visit 'W99'" in found.reasons[0]


def test_one_arm_or_no_trial_is_refused_with_both_problems():
    single = replace(scenario(0.7), arms=scenario(0.7).arms[:1])
    with pytest.raises(RefusedError) as refused:
        operating_characteristics(single, REAL, rng(), trials=0)
    assert [problem.place for problem in refused.value.problems] == ["arms", "trials"]
