"""Missing values: counted by hand, drawn from the cut alone, and shifted until the conclusion tips."""

import math

import polars as pl
import pytest

from calcitrial.analysis import analyse
from calcitrial.analysis.asked_rows import asked_rows
from calcitrial.analysis.endpoint import endpoint_of
from calcitrial.analysis.missing import _Again, _grid, _impute
from calcitrial.analysis.modelling import modelled
from calcitrial.analysis.supporting import Asked
from calcitrial.models import fit, marginal_means
from calcitrial.protocol import load
from calcitrial.record import connect
from tests.invented_trial import Invented, cut_of, stsinj


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    connect(tmp_path_factory.mktemp("missing"), create=True)
    return cut_of(stsinj())


@pytest.fixture(scope="module")
def analysis(cut):
    return analyse(cut)


def imputed(analysis):
    return next(one for one in analysis.supporting if one.key == "multiple_imputation")


def test_who_left_and_what_cannot_be_read_is_missing(analysis):
    """Participant 6 (two lesions) left before week 12; one lesion touches bone at week 12."""
    counts = {one.visit: (one.planned, one.seen, one.missing, one.not_due) for one in analysis.missing.planned}
    assert counts == {"W12": (20, 17, 3, 0), "W24": (20, 18, 2, 0)}
    assert analysis.missing.missing == 5
    assert all(one.entries for one in analysis.missing.planned)


def test_what_is_not_due_yet_is_not_missing(tmp_path):
    connect(tmp_path, create=True)
    how = Invented(people=4, visits=("BL", "W04", "W08", "W12"), troubled=False)
    found = analyse(cut_of(stsinj(), how)).missing
    assert [(one.visit, one.missing, one.not_due) for one in found.planned] == [("W12", 0, 0)]
    assert found.tipping is None and "nothing to impute" in found.told


def test_the_draws_depend_on_the_cut_alone(cut, analysis):
    again = analyse(cut)
    assert imputed(again).estimate == imputed(analysis).estimate
    assert again.missing.told == analysis.missing.told


def test_imputation_under_missing_at_random_agrees_with_the_likelihood(analysis):
    one = imputed(analysis).estimate
    assert one.estimate == pytest.approx(analysis.estimate.estimate, rel=0.05)
    assert one.low == pytest.approx(analysis.estimate.low, rel=0.1)


def test_without_a_shift_the_surface_is_the_imputed_answer_and_shifts_move_it(analysis):
    surface = analysis.missing.tipping
    points = {round(point.deltas["STS"], 6): math.exp(point.pooled.estimate) for point in surface.points}
    assert points[0.0] == pytest.approx(imputed(analysis).estimate.estimate, rel=1e-12)
    assert list(points.values()) == sorted(points.values()) and len(points) == 13
    assert max(points) == pytest.approx(math.log(2), abs=1e-6)


@pytest.mark.parametrize("control", ["concurrent_untreated", "untreated_lesion"])
def test_arms_with_missing_values_are_shifted_each_for_itself(tmp_path, control):
    connect(tmp_path, create=True)
    found = analyse(cut_of(load("limoges", control)))
    missing = {arm: sum(p.missing for p in found.missing.planned if p.arm == arm) for arm in ("STS", "CTL")}
    surface = found.missing.tipping
    assert set(surface.points[0].deltas) == {arm for arm, count in missing.items() if count}
    assert imputed(found).estimate is not None


def test_a_completed_table_says_what_the_primary_model_says_of_it(cut):
    """The batched way against `fit` and `marginal_means`, one completed table at a time."""
    endpoint = endpoint_of(cut.protocol)
    data, _, zero = asked_rows(cut, endpoint)
    asked = Asked(cut.protocol, endpoint, data, modelled(cut.protocol, endpoint, data.filter("used")), zero)
    rows, _ = _grid(cut, asked)
    draws = _impute(cut, asked, pl.DataFrame(rows, schema=data.schema))
    again = _Again(asked, draws)
    assert again.batched
    for number in (0, 7):
        table = draws.completed(number)
        mean = next(m for m in marginal_means(fit(table, again.fitted.formula), ("visit",)) if m.at["visit"] == "W12")
        said = again(table)
        assert (said.estimate, said.se, said.df) == pytest.approx((mean.estimate, mean.se, mean.df), rel=1e-5)
