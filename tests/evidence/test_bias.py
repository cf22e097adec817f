"""Risk of bias: from the design that is printed, unless a reader judged."""

from calcitrial.evidence import Bias, risk_of_bias, studies


def judged(name):
    study = next(s for s in studies() if s.id == name)
    return {one.domain: one.judgement for one in risk_of_bias(study)}


def test_a_series_without_comparison_is_at_high_risk_and_a_blinded_trial_is_not():
    assert judged("IL01")["comparison"] == "high"
    assert (judged("IL07")["comparison"], judged("IL07")["outcome"]) == ("low", "low")
    assert judged("IV01")["comparison"] == "some concerns"


def test_reports_of_one_person_and_looking_back_are_selected():
    assert judged("IL03")["selection"] == judged("TO01")["selection"] == "high"


def test_every_domain_is_judged_and_what_the_copy_hides_is_not_shown():
    assert all(len(risk_of_bias(study)) == 5 for study in studies())
    assert {judged(study.id)["completeness"] for study in studies()} == {"not shown"}


def test_the_judgement_of_a_reader_comes_before_the_rule():
    study = next(s for s in studies() if s.id == "IL01")
    own = Bias(domain="comparison", judgement="low", basis="case series", by="a reader")
    assert risk_of_bias(study.model_copy(update={"bias": [own]}))[0] == own
    assert risk_of_bias(study)[0].by == "rule of the program"
