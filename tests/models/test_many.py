"""Many fits at once must be what `fit_design` says of each, digit for digit as far as both go."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from calcitrial.models import AnalysisError, Design, fit_design, fit_many, parse_formula, prepare

FORMULA = "y ~ arm*visit + base + (1|participant) + (1|participant:lesion)"


def design(people: int = 12, lesions: int = 3, visits: int = 4, dropped: float = 0.0, seed: int = 1) -> Design:
    rng = np.random.default_rng(seed)
    rows = [
        (f"P{p}", f"P{p}-L{le}", "STS" if p % 2 else "CTL", f"W{v}", float(rng.normal(5, 1)), float(rng.normal()))
        for p in range(people)
        for le in range(lesions)
        for v in range(visits)
    ]
    data = pl.DataFrame(rows, schema=["participant", "lesion", "arm", "visit", "base", "y"], orient="row")
    if dropped:
        data = data.filter(pl.Series(rng.random(data.height) >= dropped))
    return prepare(data, parse_formula(FORMULA))


def responses(of: Design, m: int, person: float, lesion: float, seed: int = 2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    people, lesions = (grouping.codes for grouping in of.groupings)
    drawn = [
        rng.normal(0, person, people.max() + 1)[people]
        + rng.normal(0, lesion, lesions.max() + 1)[lesions]
        + rng.normal(0, 0.2, len(people))
        for _ in range(m)
    ]
    return of.matrix @ np.linspace(-1, 1, of.matrix.shape[1]) + np.array(drawn)


@pytest.mark.parametrize("dropped", [0.0, 0.15], ids=["complete", "with gaps"])
@pytest.mark.parametrize(("person", "lesion"), [(0.3, 0.35), (0.0, 0.35), (0.3, 0.0), (0.0, 0.0), (5.0, 0.01)])
def test_each_fit_is_the_single_fit(dropped: float, person: float, lesion: float) -> None:
    of = design(dropped=dropped)
    y = responses(of, 8, person, lesion)
    found = fit_many(of, y, np.eye(of.matrix.shape[1])[[1, 5]])
    assert not found.failed.any()
    for i, row in enumerate(y):
        alone = fit_design(replace(of, response=row))
        for k, c in enumerate((alone.coefficients[1], alone.coefficients[5])):
            assert found.estimates[i, k] == pytest.approx(c.estimate, rel=1e-6, abs=1e-6 * c.se)
            assert found.se[i, k] == pytest.approx(c.se, rel=1e-6)
            assert found.df[i, k] == pytest.approx(c.df, rel=1e-5)
            assert found.p[i, k] == pytest.approx(c.p, rel=1e-5)
        assert found.loglik[i] == pytest.approx(alone.loglik, abs=1e-8)
        assert found.variances[i] == pytest.approx(list(alone.variances.values()), rel=1e-5, abs=1e-8)
        assert found.singular[i] == (0.0 in alone.variances.values())


def test_a_baseline_may_differ_between_data_sets() -> None:
    of = design()
    y, matrices = responses(of, 3, 0.3, 0.3), np.repeat(of.matrix[None], 3, axis=0)
    matrices[:, :, of.terms.index("base")] += np.random.default_rng(4).normal(size=y.shape)
    found = fit_many(of, y, np.eye(of.matrix.shape[1])[1], matrices)
    for i in range(3):
        alone = fit_design(replace(of, response=y[i], matrix=matrices[i])).coefficients[1]
        assert (found.estimates[i, 0], found.se[i, 0]) == pytest.approx((alone.estimate, alone.se), rel=1e-6)


def test_columns_that_differ_are_the_matrices_that_differ() -> None:
    of = design(dropped=0.2)
    y, column = responses(of, 4, 0.3, 0.3), of.terms.index("base")
    matrices = np.repeat(of.matrix[None], 4, axis=0)
    matrices[:, :, column] += np.random.default_rng(4).normal(size=y.shape)
    whole = fit_many(of, y, np.eye(9)[[1, 4]], matrices)
    one = fit_many(of, y, np.eye(9)[[1, 4]], columns={"base": matrices[:, :, column]})
    assert one.se == pytest.approx(whole.se, rel=1e-9)
    assert one.df == pytest.approx(whole.df, rel=1e-9)
    assert (one.estimates, one.loglik) == (pytest.approx(whole.estimates), pytest.approx(whole.loglik))


@pytest.mark.parametrize(("seed", "which"), [(38, 11), (396, 16)])
def test_of_two_maxima_the_higher_is_taken(seed: int, which: int) -> None:
    # Found by search: one maximum without participants' variance and a higher one without lesions', or the reverse.
    rng = np.random.default_rng(seed)
    rows = [
        (f"P{p}", f"L{le}", "STS" if p % 2 else "CTL")
        for p in range(5)
        for le in range(int(rng.integers(1, 6)))
        for _ in range(int(rng.integers(1, 4)))
    ]
    data = pl.DataFrame(rows, schema=["participant", "lesion", "arm"], orient="row")
    data = data.with_columns(y=pl.Series(rng.normal(size=len(rows))))
    of = prepare(data, parse_formula("y ~ arm + (1|participant) + (1|participant:lesion)"))
    y = np.round(rng.normal(size=(50, len(rows))), 1)[which]
    found = fit_many(of, y[None], np.eye(2)[[1]])
    edges = [fit_design(replace(of, response=y, groupings=(one,))).loglik for one in of.groupings]
    assert found.singular.all()
    assert found.loglik[0] == pytest.approx(max(edges), abs=1e-8)
    assert max(edges) - min(edges) > 1e-4


def test_no_data_sets_and_more_threads_than_data_sets() -> None:
    of = design()
    none = fit_many(of, np.zeros((0, 144)), np.eye(9)[[1]])
    assert none.estimates.shape == (0, 1)
    y = responses(of, 2, 0.3, 0.3)
    assert fit_many(of, y, np.eye(9)[1], threads=5).se == pytest.approx(fit_many(of, y, np.eye(9)[1]).se)


def test_lesions_may_have_any_number_of_rows() -> None:
    of = design(people=10, lesions=4, visits=5, dropped=0.45, seed=3)
    y = responses(of, 4, 0.3, 0.3)
    found = fit_many(of, y, np.eye(len(of.terms))[[1]])
    for i, row in enumerate(y):
        alone = fit_design(replace(of, response=row)).coefficients[1]
        assert (found.se[i, 0], found.df[i, 0]) == pytest.approx((alone.se, alone.df), rel=1e-6)


def test_rows_in_any_order_and_threads_give_the_same() -> None:
    of = design(dropped=0.1)
    y = responses(of, 5, 0.3, 0.3)
    mixed = np.random.default_rng(0).permutation(y.shape[1])
    groupings = tuple(replace(g, codes=g.codes[mixed]) for g in of.groupings)
    turned = replace(of, matrix=of.matrix[mixed], response=of.response[mixed], groupings=groupings)
    one, two = fit_many(of, y, np.eye(9)[1]), fit_many(turned, y[:, mixed], np.eye(9)[1], threads=2)
    assert two.se == pytest.approx(one.se, rel=1e-8)
    assert two.loglik == pytest.approx(one.loglik, abs=1e-8)


def test_a_data_set_without_an_answer_is_marked() -> None:
    of = design()
    y = responses(of, 2, 0.3, 0.3)
    matrices = np.repeat(of.matrix[None], 2, axis=0)
    matrices[1, :, 1] = matrices[1, :, 0]  # arm is the same for everybody
    found = fit_many(of, y, np.eye(9)[1], matrices)
    assert found.failed.tolist() == [False, True]
    assert np.isnan(found.se[1]).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda of, y, c: (replace(of, groupings=of.groupings[:1]), y, c), "another random part"),
        (lambda of, y, c: (of, y[:, 1:], c), "one row of 144 values"),
        (lambda of, y, c: (of, np.where(y == y[0, 0], np.nan, y), c), "missing or infinite"),
        (lambda of, y, c: (of, y, c[:, :4]), "4 weights and the model 9"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, said: str) -> None:
    of = design()
    with pytest.raises(AnalysisError, match=said):
        fit_many(*change(of, responses(of, 2, 0.3, 0.3), np.eye(9)[[1]]))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"columns": {"size": np.zeros((2, 144))}}, "no column size"),
        ({"columns": {"base": np.zeros((2, 3))}}, "The column base is 2 x 3"),
        ({"columns": {"base": np.zeros((2, 144))}, "matrices": np.zeros((2, 144, 9))}, "Both matrices and columns"),
    ],
)
def test_columns_that_do_not_fit_are_refused(given, said: str) -> None:
    of = design()
    with pytest.raises(AnalysisError, match=said):
        fit_many(of, responses(of, 2, 0.3, 0.3), np.eye(9)[[1]], **given)


def test_a_residual_structure_is_refused() -> None:
    rows = [
        (f"P{p}", f"L{le}", "STS" if p % 2 else "CTL", f"W{v}", float((7 * p + 3 * le + 5 * v) % 11))
        for p in range(8)
        for le in range(3)
        for v in range(3)
    ]
    data = pl.DataFrame(rows, schema=["participant", "lesion", "arm", "visit", "y"], orient="row")
    formula = "y ~ arm + (1|participant) + (1|participant:lesion) + ar1(visit|participant:lesion)"
    of = prepare(data, parse_formula(formula))
    with pytest.raises(AnalysisError, match="has another random part"):
        fit_many(of, np.zeros((1, 72)), np.eye(2)[[1]])
