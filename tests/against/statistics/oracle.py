"""R's numbers: a few are committed in `data/statistics.json`, the rest lie in the shared folder where it is there."""

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from calcitrial.models import read_csv

HERE = Path(__file__).parents[1] / "data"
SHARED = Path(os.environ.get("CALCITRIAL_SHARED", Path(__file__).parents[3].parent / "shared"))
PUBLIC = SHARED / "reference" / "public"


@lru_cache
def committed() -> dict[str, dict[str, Any]]:
    return {record["id"]: record for record in json.loads((HERE / "statistics.json").read_text())["results"]}


@lru_cache
def in_shared(file: str) -> dict[str, dict[str, Any]]:
    return {record["id"]: record for record in json.loads((PUBLIC / "results" / f"{file}.json").read_text())}


def recorded(file: str, name: str) -> Any:
    """The value that R gave; skips, and says so, where only the shared folder has it and is not there."""
    if PUBLIC.is_dir():
        return in_shared(file)[name]["value"]
    if name in committed():
        return committed()[name]["value"]
    pytest.skip(f"SKIPPED FOR WANT OF REFERENCES: {name} lies in {PUBLIC} (set CALCITRIAL_SHARED).")


def repeated(trial: str) -> pl.DataFrame:
    """All visits after baseline of a simulated trial, without missing sizes."""
    if (PUBLIC / "data" / f"{trial}.csv").is_file():
        return read_csv(PUBLIC / "data" / f"{trial}.csv").filter(pl.col("visitn") > 0).drop_nulls("logvol")
    if trial == "small":
        rows = read_csv(HERE / "small.csv").drop_nulls("logvol")
        week = pl.col("visit").str.slice(1).cast(pl.Float64)
        return rows.with_columns(visitn=week, logratio=pl.col("logvol") - pl.col("logbase"))
    pytest.skip(f"SKIPPED FOR WANT OF REFERENCES: {trial}.csv lies in {PUBLIC} (set CALCITRIAL_SHARED).")


def last_visit(trial: str) -> pl.DataFrame:
    """One row per lesion at the last visit; a responder has lost three tenths of the size."""
    without_shared = trial == "within" and not PUBLIC.is_dir()
    rows = read_csv(HERE / "within_last_visit.csv") if without_shared else repeated(trial)
    return rows.filter(pl.col("visitn") == pl.col("visitn").max()).with_columns(
        responder=pl.col("logratio") <= np.log(0.7)
    )


def same(ours: Any, theirs: Any, rtol: float, atol: float = 0.0) -> None:
    np.testing.assert_allclose(np.asarray(ours, float), np.asarray(theirs, float), rtol=rtol, atol=atol)
