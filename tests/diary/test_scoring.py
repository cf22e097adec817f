"""Scores are known, or not known with the reason; checked against sums by hand."""

from calcitrial.diary import parse_instrument, scores, shipped

from .diary_home import LICENSED

DIARY = shipped()["injection_diary"]


def test_a_sum_needs_both_answers_and_says_whose_rule_that_is() -> None:
    worst, reaction = scores(DIARY, {"pain_worst": "7", "swelling": "2", "redness": "1"})
    assert (worst.value, reaction.value, reaction.written) == (7, 3, "3")
    worst, reaction = scores(DIARY, {"pain_worst": "", "swelling": "2", "redness": ""})
    assert worst.value is None and reaction.value is None and reaction.written == "not known"
    assert "1 of 2 parts answered, 2 needed" in reaction.why and "Assumed by this project" in reaction.why


def test_a_group_counts_by_its_worst_answer_and_a_mean_of_groups_is_taken() -> None:
    one = parse_instrument(LICENSED.encode(), "mcq.toml")
    assert [score.value for score in scores(one, {"q1": "0", "q2": "2", "q3": "1"})] == [1.5]
    assert [score.value for score in scores(one, {"q1": "3", "q3": "1"})] == [2]
    assert [score.value for score in scores(one, {"q1": "3", "q2": "2"})] == [None]


def test_a_sum_with_missing_parts_is_prorated_to_all_of_them() -> None:
    text = LICENSED.replace('rule = "mean"', 'rule = "sum"').replace("at_least = 2", "at_least = 1")
    one = parse_instrument(text.encode(), "mcq.toml")
    assert [score.value for score in scores(one, {"q3": "2"})] == [4]
