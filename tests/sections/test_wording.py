from dataclasses import replace

import pytest

from calcitrial.analysis import analyse
from calcitrial.documents.wording import rounded
from calcitrial.sections.result import _in_words, other_endpoints


@pytest.fixture(scope="module")
def primary(cut):
    return analyse(cut)


@pytest.mark.parametrize(("value", "places", "told"), [(-0.004, 2, "0.00"), (-0.2, 0, "0"), (-1.5, 1, "−1.5")])
def test_zero_has_no_sign(value, places, told):
    assert rounded(value, places) == told


def test_zero_has_no_sign_at_the_command_line(primary):
    assert "difference 0.000 " in str(replace(primary.estimate, statistic="difference", estimate=-0.0001))


def test_words_say_estimated_and_whether_a_difference_is_shown(primary):
    sure = replace(primary.estimate, estimate=0.75, low=0.6, high=0.9)
    unsure = replace(sure, high=1.2)
    assert "estimated as 25\u00a0% smaller" in _in_words(sure) and "do not show" not in _in_words(sure)
    assert _in_words(unsure).endswith("between −40\u00a0% and 20\u00a0% and so do not show that there is one.")


def test_a_difference_of_means_is_told_with_its_interval(primary):
    pain = replace(primary.estimate, scale="difference", estimate=-1.0, low=-2.5, high=0.5, name="STS over CTL at W12")
    told = _in_words(pain)
    assert "mean difference is −1.00 (STS over CTL at W12)" in told
    assert "between −2.50 and 0.50 and so do not show" in told


def test_other_endpoints_have_unit_comparison_and_what_must_be_known(cut, primary):
    pain = analyse(cut, "pain")
    table, *rest = other_endpoints([primary, pain], primary, ())
    assert table.rows[0][1:3] == ("W12 minus baseline", "mean difference, points")
    assert bool(rest) == bool(pain.estimate.messages)


def test_an_endpoint_that_cannot_be_answered_is_not_passed_over(primary):
    _, listing = other_endpoints([primary], primary, ("Pain: nobody was asked.",))
    assert listing.items == ("Pain: nobody was asked.",)
