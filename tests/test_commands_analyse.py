"""Bad tables at the command line: one sentence each, exit code 1, nothing written, no traceback; `analyse --csv`."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from calcitrial import commands
from calcitrial.models import AnalysisError
from calcitrial.statistics import fit_marginal

NESTED = "y ~ arm*visit + base + (1|participant) + (1|participant:lesion)"
LOGGED = "log(y) ~ arm*visit + log(base) + (1|participant) + (1|participant:lesion)"
NO_LESION = "y ~ arm + visit + (1|participant) + (1|participant:arm) + (1|participant:lesion)"
Change = Callable[[pl.DataFrame], pl.DataFrame]


def table() -> pl.DataFrame:
    rng = np.random.default_rng(1)
    rows = []
    for person in range(8):
        own = rng.normal(0, 0.3)
        for lesion in range(2):
            here, base = own + rng.normal(0, 0.3), 5 + rng.normal(0, 1)
            for visit in ("W04", "W12"):
                y = base + here + rng.normal(0, 0.2)
                rows.append((f"P{person}", f"P{person}-L{lesion}", "STS" if person % 2 else "CTL", visit, base, y))
    return pl.DataFrame(rows, schema=["participant", "lesion", "arm", "visit", "base", "y"], orient="row")


def at(row: int, column: str, value: Any) -> Change:
    """Change one cell; the column becomes text, as it stands in a file."""

    def change(rows: pl.DataFrame) -> pl.DataFrame:
        cells = [str(cell) for cell in rows[column]]
        cells[row - 1] = str(value)
        return rows.with_columns(pl.Series(column, cells))

    return change


def with_columns(**columns: pl.Expr) -> Change:
    return lambda rows: rows.with_columns(**columns)


@pytest.fixture
def analyse(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    """Run `analyse --csv` on a table; return exit code, standard error and the JSON, None where nothing was written."""

    def call(rows: pl.DataFrame, formula: str, *more: str) -> tuple[int, str, dict[str, Any] | None]:
        file, out = tmp_path / "trial.csv", tmp_path / "out.json"
        rows.write_csv(file)
        words = ["analyse", "--csv", str(file), "--formula", formula, "--json", str(out), *more]
        monkeypatch.setattr("sys.argv", ["calcitrial", *words])
        with pytest.raises(SystemExit) as ended:
            commands.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.err, json.loads(out.read_text()) if out.exists() else None

    return call


@pytest.mark.parametrize(
    ("change", "formula", "sentence"),
    [
        (with_columns(y=pl.lit(3.0)), NESTED, "The response y is 3.0 in all 32 rows; there is nothing to model."),
        (with_columns(y=pl.col("base") * 2), NESTED, "explains the response exactly; there is no variance"),
        (
            lambda rows: rows.filter(participant="P1"),
            NESTED.replace("arm*", ""),
            "All 4 rows belong to one participant",
        ),
        (lambda rows: rows.filter(arm="STS"), NESTED, "The column arm is 'STS' in every row"),
        (with_columns(y=pl.lit(None)), NESTED, "None of the 32 rows has every value"),
        (with_columns(arm=pl.lit(None)), NESTED, "None of the 32 rows has every value"),
        (lambda rows: pl.concat([rows, rows]), NESTED, "32 of 64 rows repeat another row in every column"),
        (
            lambda rows: pl.concat([rows, rows[[4]]]),
            NESTED,
            "row 33 that of row 5 (participant P1, lesion P1-L0); delete the repetitions",
        ),
        (at(6, "arm", "CTL"), NESTED, "The lesion P1:P1-L0 stands in the rows of more than one arm (CTL, STS)"),
        (at(6, "arm", "CTL"), NESTED.replace("participant:lesion", "lesion"), "one lesion has one arm"),
        (at(4, "y", "1e999"), NESTED, "The column y is infinite in 1 of 32 rows"),
        (at(4, "y", "inf"), NESTED, "The column y holds 'inf' in row 4, and 31 of its 32 values are numbers"),
        (at(4, "base", "-inf"), NESTED, "The column base holds '-inf' in row 4"),
        (at(4, "y", "NA"), NESTED, "leave the cell of a missing value empty"),
        (at(4, "y", "nan"), NESTED, "The column y holds 'nan' in row 4"),
        (at(4, "base", "1e200"), NESTED, "The column base reaches 1e+200"),
        (at(4, "y", "-0.5"), LOGGED, "log(y) does not exist for 1 of 32 rows below zero, such as -0.5"),
        (at(4, "base", "0"), LOGGED, "log(base) does not exist for 1 of 32 rows with zero; replace zeros by half"),
        (with_columns(twice=pl.col("base") * 2 + 1), NESTED.replace("base", "base + twice"), "follows exactly from"),
        (with_columns(site=pl.col("arm")), NESTED.replace("base", "site"), "follows exactly from"),
        (lambda rows: rows.unique("participant"), "y ~ arm + (1|participant)", "is its own participant"),
        (lambda rows: rows.filter(pl.col("participant").is_in(["P0", "P1"])), NESTED, "cannot be told from the fixed"),
        (
            lambda rows: rows.filter((pl.col("arm") == "CTL") | (pl.col("visit") == "W04")),
            NESTED,
            "is zero in every row",
        ),
        (lambda rows: rows.drop("base"), NESTED, "The data have no column base"),
        (lambda rows: rows, "y ~ arm", "has no random term"),
        (lambda rows: rows, "", "The formula '' cannot be read"),
    ],
)
def test_a_bad_table_is_one_sentence(analyse, change: Change, formula: str, sentence: str) -> None:
    code, told, written = analyse(change(table()), formula)
    assert (code, written) == (1, None)
    assert sentence in told
    assert "Traceback" not in told and "Warning" not in told
    assert len(told.strip().splitlines()) == 1


def test_a_good_table_has_every_number(analyse) -> None:
    rows = at(7, "y", "")(table())
    for more in ((), ("--method", "satterthwaite"), ("--ml",)):
        code, told, written = analyse(rows, NESTED, *more)
        assert (code, told) == (0, "")
        assert written is not None
        assert (written["n"], written["dropped"], written["groups"]["participant"]) == (31, 1, 8)
        numbers = [value for c in written["coefficients"] for name, value in c.items() if name != "term"]
        assert len(numbers) == 6 * 7 - 7 and all(math.isfinite(value) for value in numbers)
        assert set(written["variances"]) == {"participant", "participant:lesion", "residual"}


def test_a_variance_at_zero_is_a_number_and_a_sentence(analyse) -> None:
    noise = np.random.default_rng(3).normal(size=32)
    rows = table().with_columns(y=pl.Series(noise)).with_columns(y=pl.col("y") - pl.col("y").mean().over("participant"))
    code, _, written = analyse(rows, "y ~ visit + (1|participant)")
    assert code == 0 and written is not None
    assert written["variances"]["participant"] == 0
    assert any("singular fit" in message for message in written["messages"])


def test_lesions_of_one_person_may_have_different_arms_and_a_reading_may_repeat_a_number(analyse) -> None:
    treated = pl.when(pl.col("lesion").str.ends_with("L0")).then(pl.lit("STS")).otherwise(pl.lit("CTL"))
    assert analyse(table().with_columns(arm=treated), NESTED)[0] == 0
    assert analyse(table().with_columns(y=pl.col("y").round(0)), NESTED)[0] == 0


def test_a_factor_of_numbers_and_words_stays_a_factor(analyse) -> None:
    dose = pl.Series("dose", (["0.5", "1", "high", "low"] * 8)[:32])
    code, _, written = analyse(table().with_columns(dose), "y ~ dose + (1|participant)")
    assert code == 0 and written is not None
    assert [c["term"] for c in written["coefficients"]][1:] == ["dose[1]", "dose[high]", "dose[low]"]


def test_variances_that_become_one_are_a_sentence(analyse) -> None:
    cells = ["P0,L3,CTL,W2,5.4", "P1,L1,STS,W1,4.9", "P0,L2,CTL,W2,4.4", "P0,L2,CTL,W1,3.7", "P0,L2,STS,W2,4.4"]
    names = ["participant", "lesion", "arm", "visit", "y"]
    rows = pl.DataFrame([cell.split(",") for cell in cells], schema=names, orient="row")
    code, told, written = analyse(rows, NO_LESION.replace("arm + ", ""))
    assert (code, written) == (1, None)
    assert "cannot be told apart in these data" in told


def test_separation_is_said_by_the_marginal_model() -> None:
    apart = table().with_columns(responder=(pl.col("arm") == "STS").cast(pl.Int64))
    with pytest.raises(AnalysisError, match=r"perfectly separated by .*arm.*not estimable; report the counts"):
        fit_marginal(apart, "responder ~ arm", "participant", family="binomial")
