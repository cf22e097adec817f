import numpy as np
import polars as pl
import pytest

from calcitrial.models import AnalysisError, parse_formula, prepare, prepare_marginal
from calcitrial.models.design_matrix import Design

MODEL = "y ~ arm*visit + x + (1|p)"


def table(**changes: object) -> pl.DataFrame:
    """Four people, two arms, three visits, in rows of one person after the other."""
    rng = np.random.default_rng(5)
    columns: dict[str, object] = {
        "p": [f"P{i // 3}" for i in range(12)],
        "arm": ["STS" if i < 6 else "CTL" for i in range(12)],
        "visit": ["W04", "W08", "W12"] * 4,
        "x": rng.normal(size=12).tolist(),
        "y": rng.normal(size=12).tolist(),
    }
    return pl.DataFrame(columns | changes)


def design(data: pl.DataFrame, model: str = MODEL, **options: object) -> Design:
    return prepare(data, parse_formula(model), **options)


def problems(data: pl.DataFrame, model: str = MODEL, **options: object) -> tuple[str, ...]:
    with pytest.raises(AnalysisError) as refused:
        design(data, model, **options)
    return refused.value.problems


def test_treatment_coding_in_sorted_order() -> None:
    made = design(table())
    assert made.terms == (
        "(Intercept)", "arm[STS]", "visit[W08]", "visit[W12]", "x",
        "arm[STS]:visit[W08]", "arm[STS]:visit[W12]",
    )  # fmt: skip
    sts = np.repeat([1.0, 0.0], 6)
    w12 = np.tile([0.0, 0.0, 1.0], 4)
    np.testing.assert_array_equal(made.matrix[:, 1], sts)
    np.testing.assert_array_equal(made.matrix[:, 3], w12)
    np.testing.assert_array_equal(made.matrix[:, 6], sts * w12)
    assert made.means == {"x": pytest.approx(table()["x"].mean())}


def test_an_intercept_alone() -> None:
    made = design(table(), "y ~ (1|p)")
    np.testing.assert_array_equal(made.matrix, np.ones((12, 1)))


def test_given_levels_set_the_reference_and_unused_ones_are_said() -> None:
    made = design(table(), "y ~ arm + (1|p)", levels={"arm": ["STS", "CTL", "OBS"]})
    assert made.terms == ("(Intercept)", "arm[CTL]")
    assert made.messages == ("No row has arm OBS; the model goes without.",)


@pytest.mark.parametrize(
    ("model", "terms"),
    [
        ("y ~ 0 + arm + x + (1|p)", ("arm[CTL]", "arm[STS]", "x")),
        ("y ~ visit + visit:arm + (1|p)", ("(Intercept)", "visit[W08]", "visit[W12]", "visit[W04]:arm[STS]",
                                           "visit[W08]:arm[STS]", "visit[W12]:arm[STS]")),
        ("y ~ arm + arm:x + (1|p)", ("(Intercept)", "arm[STS]", "arm[CTL]:x", "arm[STS]:x")),
    ],
)  # fmt: skip
def test_a_factor_without_its_margin_is_coded_in_full(model: str, terms: tuple) -> None:
    made = design(table(), model)
    assert made.terms == terms
    assert np.linalg.matrix_rank(made.matrix) == len(terms)


def test_logarithms_of_response_and_covariate() -> None:
    positive = {"y": list(range(1, 13)), "x": [2.0**i for i in range(12)]}
    made = design(table(**positive), "log(y) ~ log(x) + (1|p)")
    np.testing.assert_allclose(made.response, np.log(np.arange(1, 13)))
    np.testing.assert_allclose(made.matrix[:, 1], np.log(2) * np.arange(12))
    assert made.terms[1] == "log(x)"


def test_incomplete_rows_are_dropped_and_counted() -> None:
    data = table()
    holes = data.with_columns(
        pl.when(pl.int_range(12) == 0).then(float("nan")).otherwise(pl.col("x")).alias("x"),
        pl.when(pl.int_range(12) == 7).then(None).otherwise(pl.col("arm")).alias("arm"),
        pl.lit(None).alias("unused"),
    )
    made = design(holes)
    assert made.dropped == 2
    assert len(made.response) == 10


def test_nested_groups_are_combinations() -> None:
    data = table(lesion=["L1", "L1", "L2"] * 4)
    made = design(data, "y ~ x + (1|p/lesion)")
    assert [grouping.name for grouping in made.groupings] == ["p", "p:lesion"]
    assert made.groupings[1].labels[:3] == ("P0:L1", "P0:L2", "P1:L1")
    assert made.groupings[1].codes.tolist() == [0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7]


@pytest.mark.parametrize(
    ("changes", "model", "sentence"),
    [
        ({}, "y ~ dose + (1|q)", "The data have no column dose; the columns are p, arm, visit, x, y."),
        ({"x": [None] * 12}, MODEL, "None of the 12 rows has every value that"),
        ({"y": [2.5] * 12}, MODEL, "The response y is 2.5 in all 12 rows; there is nothing to model."),
        ({"y": ["a"] * 12}, MODEL, "The response y holds text such as 'a'; it must hold numbers."),
        ({"y": [0.0, -1.0, *range(1, 11)]}, "log(y) ~ x + (1|p)", "log(y) does not exist for 1 of 12 rows below zero"),
        ({"x": [float("inf"), *range(11)]}, MODEL, "The column x is infinite in 1 of 12 rows"),
        ({"x": [0.0, *range(1, 12)]}, "y ~ log(x) + (1|p)", "log(x) does not exist for 1 of 12 rows with zero"),
        ({}, "y ~ log(arm) + (1|p)", "log(arm) is asked of text such as 'STS'"),
        ({"arm": ["STS"] * 12}, MODEL, "The column arm is 'STS' in every row; leave it out of the formula."),
        ({"x": [[1]] * 12}, MODEL, "The column x holds List(Int64); give text or numbers."),
        ({"p": ["P1"] * 12}, MODEL, "All 12 rows belong to one p (P1); a random term needs at least two."),
        ({"p": list(range(12))}, MODEL, "Each of the 12 rows is its own p, so (1|p) cannot be told"),
        ({"q": list("aaabbbcccddd")}, "y ~ x + (1|p) + (1|q)", "(1|q) makes the same groups as (1|p)"),
        ({"z": [1.0] * 12}, "y ~ z + (1|p)", "The column z follows exactly from (Intercept); leave one"),
        ({"site": ["B"] * 6 + ["A"] * 6}, "y ~ arm + site + (1|p)",
         "The column site[B] follows exactly from arm[STS]; leave one of them out of the formula."),
        ({}, "y ~ x", "has no random term; write one, such as (1|participant)."),
    ],
)  # fmt: skip
def test_data_that_cannot_be_analysed_are_refused(changes: dict, model: str, sentence: str) -> None:
    assert any(sentence in problem for problem in problems(table(**changes), model))


def test_a_column_of_zeros_is_named() -> None:
    data = table(arm=["A"] * 6 + ["B"] * 6, visit=["V1"] * 3 + ["V2"] * 3 + ["V2"] * 6)
    assert problems(data) == (
        "The column arm[B]:visit[V2] follows exactly from arm[B]; leave one of them out of the formula.",
    )
    empty = table(z=[0.0] * 12)
    assert problems(empty, "y ~ x + z + (1|p)")[0].startswith("The column z is zero in every row;")


def test_fewer_rows_than_coefficients() -> None:
    found = problems(table().head(7).with_columns(arm=pl.Series(["A", "B", "A", "B", "B", "A", "B"])))
    assert "There are 7 complete rows for 7 coefficients (0 rows lacked a value)" in found[-1]


@pytest.mark.parametrize(
    ("levels", "sentence"),
    [
        ({"arm": ["CTL"]}, "The column arm holds 'STS', which the given levels lack"),
        ({"arm": ["CTL", "STS", "CTL"]}, "The levels given for arm repeat a level: CTL, STS, CTL."),
        ({"sex": ["F", "M"]}, "Levels are given for sex, which is not in"),
        ({"x": ["1", "2"]}, "Levels are given for x, which holds numbers; make the column text first."),
    ],
)
def test_wrong_levels_are_refused(levels: dict, sentence: str) -> None:
    assert sentence in problems(table(), levels=levels)[0]


def test_all_problems_come_at_once() -> None:
    data = table(arm=["STS"] * 12, x=[float("inf")] * 12, y=["?"] * 12)
    assert len(problems(data)) == 3


def test_a_marginal_model_has_clusters_of_any_size_and_no_random_term() -> None:
    found = prepare_marginal(table(), parse_formula("y ~ arm"), "p")
    assert [(group.name, len(group.labels)) for group in found.groupings] == [("p", 4)]
    alone = prepare_marginal(table(p=[f"P{i}" for i in range(12)]), parse_formula("y ~ arm"), "p")
    assert len(alone.groupings[0].labels) == 12
    with pytest.raises(AnalysisError, match="has a random term, and a marginal model has none"):
        prepare_marginal(table(), parse_formula(MODEL), "p")
    with pytest.raises(AnalysisError, match="All 12 rows belong to one p"):
        prepare_marginal(table(p=["P1"] * 12), parse_formula("y ~ arm"), "p")
    with pytest.raises(AnalysisError, match="no column person"):
        prepare_marginal(table(), parse_formula("y ~ arm"), "person")
