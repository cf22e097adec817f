"""What must not stand in a table; `tests/test_commands_analyse.py` has the same at the command line."""

import polars as pl
import pytest

from calcitrial.models import AnalysisError, fit, parse_formula
from calcitrial.models.plain_rows import row_problems

ROWS = pl.DataFrame(
    {
        "participant": ["P1", "P1", "P1", "P2", "P2", "P2"],
        "lesion": ["a", "a", "b", "a", "a", "b"],
        "site": ["S", "S", "S", "T", "T", "T"],
        "reader": ["R1", "R2", "R1", "R1", "R2", "R2"],
        "arm": ["STS", "STS", "CTL", "CTL", "CTL", "STS"],
        "y": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    }
)
NESTED = parse_formula("y ~ arm + (1|participant/lesion)")


def test_a_table_in_order_has_no_problem() -> None:
    assert row_problems(ROWS, NESTED) == []


def test_a_column_that_is_missing_is_no_problem_of_rows() -> None:
    assert row_problems(ROWS.drop("arm"), NESTED) == []


def test_equal_numbers_in_different_rows_are_no_repetition() -> None:
    assert row_problems(ROWS.with_columns(y=pl.lit(1.0)), NESTED) == []


def test_a_repetition_of_a_row_that_is_dropped_is_no_problem() -> None:
    gap = ROWS.with_columns(y=pl.when(pl.col("y") == 1).then(None).otherwise("y"))
    assert row_problems(pl.concat([gap, gap[[0]]]), NESTED) == []
    assert "row 7 that of row 2 (participant P1, lesion a)" in row_problems(pl.concat([gap, gap[[1]]]), NESTED)[0]


def test_a_nested_column_such_as_entry_numbers_is_not_compared() -> None:
    listed = ROWS.with_columns(entries=pl.Series([[1], [2], [3], [4], [5], [6]]))
    assert row_problems(listed, NESTED) == []
    assert len(row_problems(pl.concat([listed, listed[[0]]]), NESTED)) == 1


@pytest.mark.parametrize(
    ("formula", "torn"),
    [
        ("y ~ arm + (1|participant/lesion)", True),
        ("y ~ arm + (1|participant)", False),  # arms within people are what a within-person trial is
        ("y ~ arm + (1|participant) + (1|reader)", False),  # crossed: neither lies in the other
        ("y ~ arm + (1|participant) + (1|participant:arm)", False),
        ("y ~ reader + (1|participant/lesion)", False),  # only an arm must stay
        ("y ~ arm + (1|site/participant)", False),
    ],
)
def test_a_lesion_has_one_arm(formula: str, torn: bool) -> None:
    changed = ROWS.with_columns(arm=pl.Series(["STS", "CTL", "CTL", "CTL", "STS", "STS"]))
    said = row_problems(changed, parse_formula(formula))
    assert [("lesion P1:a" in line and "and 1 more" in line) for line in said] == ([True] if torn else [])


def test_fit_refuses_what_the_rows_cannot_mean() -> None:
    with pytest.raises(AnalysisError, match="repeat another row"):
        fit(pl.concat([ROWS, ROWS]), "y ~ arm + (1|participant)")
