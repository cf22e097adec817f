"""Fresh random data, analysed here and in R: geepack for marginal models, metafor for studies, MASS for event counts.

Each part is skipped, and said, where R or its package is missing.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from calcitrial.statistics import compare_event_rates, fit_marginal, log_odds, pool_effects, pool_proportions
from tests.against.statistics.oracle import same

SEEDS = (20263, 20264, 20265)
SCRIPTS = {
    "geepack": r"""
      suppressMessages(library(geepack))
      one <- function(f) { d <- read.csv(f)
        tell <- function(m) { s <- summary(m); list(est = s$coefficients$Estimate, se = s$coefficients$Std.err) }
        ctl <- geese.control(epsilon = 1e-12, maxit = 200)
        list(gaussian = tell(geeglm(y ~ arm + x, id = participant, data = d, corstr = "exchangeable", control = ctl)),
             binomial = tell(geeglm(responder ~ arm, binomial, d, id = participant, corstr = "exchangeable",
                                    control = ctl))) }""",
    "metafor": r"""
      suppressMessages(library(metafor))
      one <- function(f) { d <- read.csv(f)
        e <- escalc(measure = "PLO", xi = events, ni = n, data = d)
        m <- rma(yi, vi, data = e, test = "knha", control = list(threshold = 1e-12, maxiter = 1000))
        g <- rma.glmm(measure = "PLO", xi = events, ni = n, data = d, nAGQ = 7, test = "z")
        list(b = m$beta[1], se = m$se, tau2 = m$tau2, ci = c(m$ci.lb, m$ci.ub), q = m$QE,
             glmm = c(g$beta[1], g$se, g$tau2)) }""",
    "MASS": r"""
      suppressMessages(library(MASS))
      one <- function(f) { d <- read.csv(f)
        m <- glm.nb(events ~ arm + offset(log(years)), d, control = glm.control(epsilon = 1e-14, maxit = 200))
        list(est = as.numeric(coef(m)), se = as.numeric(sqrt(diag(vcov(m)))), theta = m$theta,
             loglik = as.numeric(logLik(m))) }""",
}
LAST = r"""
files <- sprintf("data%d.csv", 0:2)
write(jsonlite::toJSON(lapply(files, function(f) suppressWarnings(one(f))), digits = NA), "told.json")
"""


def asked(package: str, tables: list[pl.DataFrame], folder: Path) -> list[dict[str, Any]]:
    """Write the tables and return what R says of each."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("SKIPPED FOR WANT OF R: there is no Rscript here (apt-get install r-base-core).")
    probe = f"cat(all(sapply(c('{package}', 'jsonlite'), requireNamespace, quietly = TRUE)))"
    if "TRUE" not in subprocess.run([rscript, "-e", probe], capture_output=True, text=True, check=False).stdout:
        pytest.skip(f"SKIPPED FOR WANT OF R PACKAGES: {package} or jsonlite (apt-get install r-cran-NAME).")
    for number, table in enumerate(tables):
        table.write_csv(folder / f"data{number}.csv")
    (folder / "ask.R").write_text(SCRIPTS[package] + LAST)
    subprocess.run([rscript, "ask.R"], cwd=folder, timeout=50, check=True, capture_output=True)
    told: list[dict[str, Any]] = json.loads((folder / "told.json").read_text())
    return told


def lesions(seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(24):
        arm, own = ("STS" if person % 3 else "CTL"), rng.normal(0, 0.5)
        for _ in range(int(rng.integers(1, 6))):
            x = rng.normal(4, 1)
            rows.append((person, arm, x, 0.7 * x + own - 0.2 * (arm == "STS") + rng.normal(0, 0.4)))
    table = pl.DataFrame(rows, schema=["participant", "arm", "x", "y"], orient="row")
    return table.with_columns(responder=(pl.col("y") < pl.col("y").median()).cast(pl.Int64))


def test_marginal_models_are_those_of_geepack(tmp_path: Path) -> None:
    tables = [lesions(seed) for seed in SEEDS]
    for table, theirs in zip(tables, asked("geepack", tables, tmp_path), strict=True):
        for family, formula in (("gaussian", "y ~ arm + x"), ("binomial", "responder ~ arm")):
            ours = fit_marginal(table, formula, "participant", family=family, covariance_kind="plain")
            same([c.estimate for c in ours.coefficients], theirs[family]["est"], 1e-5, atol=1e-6)
            same([c.se for c in ours.coefficients], theirs[family]["se"], 1e-5)


def test_studies_are_pooled_as_by_metafor(tmp_path: Path) -> None:
    tables = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        n = rng.integers(8, 60, 9)
        share = 1 / (1 + np.exp(-rng.normal(-0.3, 0.7, 9)))
        tables.append(pl.DataFrame({"events": rng.binomial(n, share), "n": n}))
    for table, theirs in zip(tables, asked("metafor", tables, tmp_path), strict=True):
        counts = table["events"].to_numpy(), table["n"].to_numpy()
        ours = pool_effects(*log_odds(*counts))
        same((ours.estimate, ours.se, ours.tau2), [theirs[name][0] for name in ("b", "se", "tau2")], 1e-6)
        same((ours.low, ours.high, ours.q), [*theirs["ci"], *theirs["q"]], 1e-6)
        model = pool_proportions(*counts, points=7)
        same((model.log_odds, model.se, model.tau2), theirs["glmm"], 1e-3)  # metafor's search stops early


def test_event_rates_are_those_of_mass(tmp_path: Path) -> None:
    tables = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        arm = np.where(np.arange(40) % 2, "STS", "CTL")
        years = rng.uniform(0.3, 1.2, 40)
        events = rng.poisson(rng.gamma(1.2, 1 / 1.2, 40) * years * np.where(arm == "STS", 3.0, 1.5))
        tables.append(pl.DataFrame({"arm": arm, "years": years, "events": events}))
    for table, theirs in zip(tables, asked("MASS", tables, tmp_path), strict=True):
        ours = compare_event_rates(table, "events", "years", "arm")
        assert ours.theta is not None
        same([c.estimate for c in ours.coefficients], theirs["est"], 1e-4, atol=1e-6)
        same([c.se for c in ours.coefficients], theirs["se"], 1e-4)
        same((ours.theta, ours.loglik), (theirs["theta"][0], theirs["loglik"][0]), 1e-4)
