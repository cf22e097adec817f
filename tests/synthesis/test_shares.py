"""Pooling: only what may be pooled, with what limits it; nothing of what was read can be."""

import pytest

from calcitrial.evidence import OUTCOMES, routes
from calcitrial.synthesis import synthesise
from tests.synthesis.invented import base, report


@pytest.mark.parametrize("route", routes())
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_nothing_that_was_read_is_pooled(route, outcome):
    assert synthesise(route, outcome).pools == ()


def test_the_counts_that_were_read_have_their_exact_intervals():
    found = synthesise("intralesional", "response")
    assert [(line.study.id, line.events, line.denominator, line.ready) for line in found.lines] == [
        ("IL01", 3, 6, True),
        ("IL03", 1, 1, False),
        ("IL04", 4, 4, False),
        ("IL05", 1, 1, False),
    ]
    # 4 of 4: the lower end is the fourth root of 0.025, worked out by hand.
    assert found.lines[2].low == pytest.approx(0.025**0.25)
    assert found.warnings[0] == "Small studies: 6 people in 1 report that could be used."
    assert "No report that could be used has a comparison" in found.warnings[-1]


def test_three_reports_are_pooled_with_a_warning_that_they_are_few():
    found = synthesise("intralesional", "response", base((3, 6), (4, 10), (2, 9)))
    (pool,) = found.pools
    assert (pool.counted, pool.studies, pool.pooled.events, pool.pooled.n) == (
        "complete remission",
        ("A1", "A2", "A3"),
        9,
        25,
    )
    assert any(line.startswith("3 reports of 'complete remission' are too few") for line in found.warnings)


def test_ten_reports_of_many_people_have_no_warning_of_few():
    found = synthesise("intralesional", "response", base(*[(8 + k, 20 + k) for k in range(10)]))
    assert not any("too few" in line or "Small" in line for line in found.warnings)


def test_reports_without_any_event_give_a_sentence_and_no_number():
    found = synthesise("intralesional", "response", base((0, 6), (0, 10)))
    assert found.pools == ()
    assert "not estimable" in found.warnings[0]


def test_a_comparison_ends_the_warning_about_the_natural_course():
    found = synthesise("intralesional", "response", [report("A1", 3, 6, kind="randomised")])
    assert not any("natural course" in line for line in found.warnings)
