"""Agreement against R: psych 2.2.9 and lme4 1.1-31 on readers.csv as recorded, and lme4 on fresh data where R is.

`agreement.json` holds what R 4.2.2 answered; each record has the exact call. The Bland-Altman and repeatability rows
are base-R arithmetic (noncentral t by R's own qt). readers.csv is simulated: 15 people, 30 lesions, three readers,
two readings each, log volumes.
"""

import csv
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calcitrial.reading import agreement_of, read_lines
from calcitrial.reading.icc import iccs, implied_squares, mean_squares
from calcitrial.reading.limits import limits_of_agreement, repeatability
from calcitrial.reading.variance_components import variance_components

DATA = Path(__file__).parents[1] / "data"
COLUMNS = {"lesion": "lesid", "participant": "usubjid", "repeat": "rep", "value": "logvol"}
NAMES = {"participant": "usubjid", "lesion": "lesid", "reader": "reader", "reader x lesion": "reader:lesid"}
R_SCRIPT = r"""
suppressMessages(library(lme4)); d <- read.csv("fresh.csv", colClasses = c(rep("character", 3), "integer", "numeric"))
ctl <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = .05, rhoend = 1e-10), check.conv.singular = "ignore")
m <- lmer(y ~ 1 + (1 | p) + (1 | l) + (1 | r) + (1 | r:l), d, control = ctl)
v <- as.data.frame(VarCorr(m)); x <- reshape(d[d$k == 1, c("l", "r", "y")], idvar = "l", timevar = "r",
  direction = "wide"); e <- x[, 2] - x[, 3]; e <- e[!is.na(e)]; n <- length(e)
k <- function(p) qt(p, n - 1, ncp = qnorm(.975) * sqrt(n)) / sqrt(n)
told <- list(v = as.list(setNames(v$vcov, v$grp)), ll = as.numeric(logLik(m)), mean = unname(fixef(m)),
  exact = mean(e) + sd(e) * c(k(.025), k(.975)))
write(jsonlite::toJSON(told, digits = NA, auto_unbox = TRUE), "told.json")
"""


def record(name: str) -> Any:
    found = json.loads((DATA / "agreement.json").read_text("utf-8"))
    return next(one["value"] for one in found if one["id"] == name)


def readings() -> list[dict[str, str]]:
    with (DATA / "readers.csv").open(newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def wide(repeat: str = "1") -> np.ndarray:
    """Return lesions x readers, both sorted by name."""
    rows = [row for row in readings() if row["rep"] == repeat]
    lesions, readers = (sorted({row[key] for row in rows}) for key in ("lesid", "reader"))
    table = np.full((len(lesions), len(readers)), np.nan)
    for row in rows:
        table[lesions.index(row["lesid"]), readers.index(row["reader"])] = float(row["logvol"])
    return table


def test_icc_of_complete_readings() -> None:
    expected, squares = record("icc_complete"), mean_squares(wide())
    ours = iccs(squares)
    for name, field in (("icc", "value"), ("lo", "low"), ("hi", "high"), ("F", "f"), ("df1", "df1"), ("df2", "df2")):
        assert [getattr(one, field) for one in ours] == pytest.approx(expected[name], rel=1e-10)
    assert [one.p for one in ours] == pytest.approx(expected["p"], rel=1e-6)
    assert [squares.rows, squares.columns, squares.error] == pytest.approx(list(expected["MS"].values()), rel=1e-10)


def test_icc_where_readings_are_missing() -> None:
    expected, table = record("icc_missing_lmer"), wide()
    table[1, 0] = table[4, 2] = table[7, 1] = np.nan
    there = ~np.isnan(table)
    rows, columns = np.nonzero(there)
    groups = {"lesion": rows.astype(str).tolist(), "reader": columns.astype(str).tolist()}
    found = variance_components(table[there].tolist(), groups).variances
    by_name = [found["lesion"], found["reader"], found["residual"]]
    assert by_name == pytest.approx([row[0] for row in expected["varcomp"]["data"][:3]], rel=2e-5)
    ours = iccs(implied_squares(*by_name, subjects=30, raters=3))
    for name, field in (("icc", "value"), ("lo", "low"), ("hi", "high")):
        assert [getattr(one, field) for one in ours] == pytest.approx(expected[name], rel=1e-6)


def test_crossed_variance_components_sem_and_smallest_detectable_change() -> None:
    expected = record("variance_components_agreement")
    lines = read_lines(DATA / "readers.csv", names=COLUMNS, logarithms=True)
    found = agreement_of(lines, ("R1", "R2", "R3"), quantity="volume", unit="mm3", source="readers.csv")
    variances = {NAMES.get(name, "Residual"): v for name, v in found.components.variances.items()}
    assert variances == pytest.approx(expected["varcomp"], rel=2e-6)
    assert found.components.log_likelihood == pytest.approx(expected["logLik"], abs=1e-9)
    assert found.sem_agreement == pytest.approx(expected["sem_agreement"], rel=1e-6)
    assert found.sem_repeat == pytest.approx(expected["sem_repeat"], rel=1e-6)
    assert np.log(found.sdc_ratio(found.sem_agreement)) == pytest.approx(expected["sdc_agreement_log"], rel=1e-6)
    assert found.sdc_ratio(found.sem_agreement) == pytest.approx(expected["sdc_agreement_ratio"], rel=1e-6)
    assert found.sdc_ratio(found.sem_repeat or 0) == pytest.approx(expected["sdc_repeat_ratio"], rel=1e-6)


def test_bland_altman_on_the_scale_of_ratios() -> None:
    expected, table = record("bland_altman_R1_R2"), wide()
    found = limits_of_agreement(table[:, 0] - table[:, 1])
    pairs = {
        "bias": found.bias.value,
        "sd": found.sd,
        "loa": [found.lower.value, found.upper.value],
        "bias_ci": [found.bias.low, found.bias.high],
        "loa_lower_ci": [found.lower.low, found.lower.high],
        "loa_upper_ci": [found.upper.low, found.upper.high],
        "loa_upper_exact_ci": [found.upper_exact.low, found.upper_exact.high],
        "ratio_bias": found.bias.ratio().value,
        "ratio_loa": [found.lower.ratio().value, found.upper.ratio().value],
    }
    assert found.count == expected.pop("n") and pairs.keys() == expected.keys()
    for name, ours in pairs.items():
        assert ours == pytest.approx(expected[name], rel=1e-9), name


def test_repeatability_of_one_reader() -> None:
    expected = record("repeatability_R1")
    found = repeatability(wide("1")[:, 0] - wide("2")[:, 0])
    ours = {"n": found.count, "wsd": found.wsd, "rc": found.rc.value}
    assert ours == pytest.approx({name: expected[name] for name in ours}, rel=1e-10)
    assert [found.rc.low, found.rc.high] == pytest.approx(expected["rc_ci"], rel=1e-10)


def fresh(seed: int, folder: Path) -> Path:
    """Write unbalanced readings: one to four lesions a person, three readers, a sixth of the readings missing."""
    rng = np.random.default_rng(seed)
    lines = ["p,l,r,k,y"]
    bias = rng.normal(0, 0.15, 3)
    for person in range(12):
        u = rng.normal(0, 0.5)
        for lesion in range(int(rng.integers(1, 5))):
            v = u + rng.normal(0, 0.4)
            for reader in range(3):
                w = v + bias[reader] + rng.normal(0, 0.1)
                for repeat in (1, 2):
                    y = w + rng.normal(0, 0.12)
                    if rng.random() > 1 / 6:
                        lines.append(f"p{person},p{person}l{lesion},r{reader},{repeat},{y!r}".replace("np.float64", ""))
    path = folder / "fresh.csv"
    path.write_text("\n".join(lines).replace("(", "").replace(")", "") + "\n")
    return path


@pytest.mark.parametrize("seed", [71, 72, 73])
def test_fresh_unbalanced_readings(seed: int, tmp_path: Path) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("SKIPPED FOR WANT OF R: no Rscript on this machine, fresh readings are not held against lme4.")
    path = fresh(seed, tmp_path)
    (tmp_path / "ask.R").write_text(R_SCRIPT)
    ran = subprocess.run(["Rscript", "ask.R"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    if "there is no package called" in ran.stderr:
        pytest.skip(f"SKIPPED FOR WANT OF R PACKAGES: {ran.stderr.strip().splitlines()[0]}")
    assert ran.returncode == 0, ran.stderr
    expected = json.loads((tmp_path / "told.json").read_text())
    names = {"participant": "p", "lesion": "l", "reader": "r", "repeat": "k", "value": "y"}
    lines = read_lines(path, names=names, logarithms=True)
    found = agreement_of(lines, ("r0", "r1", "r2"), quantity="y", unit="", source="fresh")
    short = {"participant": "p", "lesion": "l", "reader": "r", "reader x lesion": "r:l", "residual": "Residual"}
    ours = {short[name]: v for name, v in found.components.variances.items()}
    assert found.components.log_likelihood == pytest.approx(expected["ll"], abs=1e-7)
    assert found.components.mean == pytest.approx(expected["mean"], rel=1e-5, abs=1e-6)
    assert ours == pytest.approx(expected["v"], rel=1e-4, abs=1e-7)
    limits = found.pairs[0].limits
    assert limits is not None
    assert [limits.upper_exact.low, limits.upper_exact.high] == pytest.approx(expected["exact"], rel=1e-7)
