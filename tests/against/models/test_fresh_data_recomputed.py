"""Fresh random trials, fitted here and in R: lme4 for the model, pbkrtest for Kenward-Roger, emmeans for contrasts.

The data are unbalanced on purpose: arms of unequal size, one to four lesions a person, visits that are missing.
"""

import csv
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from calcitrial.models import Fit, contrasts, fit, marginal_means

PACKAGES = ("lme4", "lmerTest", "pbkrtest", "emmeans", "jsonlite")
BETWEEN = "y ~ arm*visit + x + (1|participant) + (1|participant:lesion)"
CHANGE = "y ~ visit + (1|participant) + (1|participant:lesion)"
ALONE = "y ~ 1 + (1|participant)"
WITHIN = "y ~ arm*visit + x + (1|participant) + (1|participant:arm) + (1|participant:lesion)"
SITES = "y ~ arm*visit + x + (1|site) + (1|site:participant) + (1|site:participant:lesion)"
SEEDS = (20261, 20262, 20263)
SCRIPT = r"""
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(emmeans)})
ctl <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = .05, rhoend = 1e-10), check.conv.singular = "ignore")
tell <- function(d) { d <- as.data.frame(d); names(d)[names(d) == "emmean"] <- "estimate"
  lapply(d[, intersect(names(d), c("estimate", "SE", "df", "lower.CL", "upper.CL", "p.value"))], as.numeric) }
answer <- function(name, form, by) {
  d <- read.csv(paste0(name, ".csv")); d$arm <- factor(d$arm, c("CTL", "STS"))
  m <- suppressWarnings(lmer(as.formula(form), d, control = ctl)); kr <- "kenward-roger"
  grid <- if (by == "arm") ~ arm | visit else if (by == "visit") ~ visit else ~ 1
  e <- emmeans(m, grid, lmer.df = kr); out <- list(means = tell(summary(e, infer = TRUE)))
  if (by == "arm") {
    out$pairs <- tell(summary(pairs(e, reverse = TRUE), infer = TRUE))
    out$arms <- tell(summary(emmeans(m, ~ arm, lmer.df = kr), infer = TRUE)) }
  out$variances <- as.data.frame(VarCorr(m))$vcov; out$loglik <- as.numeric(logLik(m)); out }
jobs <- read.csv("jobs.csv")
write(jsonlite::toJSON(lapply(seq_len(nrow(jobs)), function(i)
  suppressMessages(answer(jobs$name[i], jobs$formula[i], jobs$by[i]))), digits = NA, auto_unbox = FALSE), "told.json")
"""


@dataclass(frozen=True)
class Job:
    """One model: its formula, by what R's means are asked, and the data."""

    formula: str
    by: str
    data: pl.DataFrame

    def fit(self) -> Fit:
        levels = {"arm": ["CTL", "STS"]} if self.by == "arm" else None
        return fit(self.data, self.formula, levels=levels)


def drawn(seed: int, people: int) -> pl.DataFrame:
    """Arms between people, lesions within them, and visits missing."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        arm, u = ("STS" if person % 3 else "CTL"), rng.normal(0, 0.4)
        for lesion in range(int(rng.integers(1, 5))):
            x, v = rng.normal(4, 0.6), rng.normal(0, 0.3)
            for week, visit in enumerate(("W04", "W12", "W24")):
                change = -0.25 * week if arm == "STS" else 0.0
                value = float(0.8 * x + u + v + change + rng.normal(0, 0.25))
                if rng.random() > 0.25 or (lesion == 0 and visit == "W12"):
                    rows.append((f"P{person:02}", f"L{lesion}", arm, visit, float(x), value))
    return pl.DataFrame(rows, schema=["participant", "lesion", "arm", "visit", "x", "y"], orient="row")


def drawn_within(seed: int, people: int = 16) -> pl.DataFrame:
    """Arms between the lesions of a person, whose answer to treatment differs, at six sites."""
    rng = np.random.default_rng(seed)
    sites = rng.normal(0, 0.5, size=6)
    rows = []
    for person in range(people):
        u, own = rng.normal(0, 0.4) + sites[person % 6], dict(zip(("CTL", "STS"), rng.normal(0, 0.35, 2), strict=True))
        for lesion in range(4 + person % 2):
            arm, x, v = ("CTL", "STS")[lesion % 2], rng.normal(4, 0.6), rng.normal(0, 0.3)
            for week, visit in enumerate(("W04", "W12", "W24")):
                value = float(0.8 * x + u + own[arm] + v - 0.2 * week * (arm == "STS") + rng.normal(0, 0.25))
                if rng.random() > 0.2 or lesion == 0:
                    rows.append((f"S{person % 6}", f"P{person:02}", f"L{lesion}", arm, visit, float(x), value))
    return pl.DataFrame(rows, schema=["site", "participant", "lesion", "arm", "visit", "x", "y"], orient="row")


def jobs() -> list[Job]:
    made = []
    for seed, people in zip(SEEDS, (8, 12, 20), strict=True):
        data = drawn(seed, people)
        treated = data.filter(arm="STS")
        made += [Job(BETWEEN, "arm", data), Job(CHANGE, "visit", treated), Job(ALONE, "", treated)]
    made += [Job(formula, "arm", drawn_within(SEEDS[0] + place)) for place, formula in enumerate((WITHIN, SITES))]
    return made


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Job, dict]]:
    """Every model with what R says about it; skipped, and said, where R or a package is missing."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("SKIPPED FOR WANT OF R: there is no Rscript here (apt-get install r-base-core).")
    probe = f"cat(sapply(c({', '.join(map(repr, PACKAGES))}), requireNamespace, quietly = TRUE))"
    found = subprocess.run([rscript, "-e", probe], capture_output=True, text=True, timeout=50, check=False).stdout
    missing = [name for name, there in zip(PACKAGES, found.split(), strict=False) if there != "TRUE"]
    if missing or len(found.split()) != len(PACKAGES):
        pytest.skip(f"SKIPPED FOR WANT OF R PACKAGES: {', '.join(missing or PACKAGES)} (apt-get install r-cran-NAME).")
    folder, asked = tmp_path_factory.mktemp("r"), jobs()
    with (folder / "jobs.csv").open("w", newline="") as file:
        lines = [(f"data{place}", job.formula, job.by) for place, job in enumerate(asked)]
        csv.writer(file).writerows([("name", "formula", "by"), *lines])
    for place, job in enumerate(asked):
        job.data.write_csv(folder / f"data{place}.csv")
    told = run_r(rscript, folder)
    return list(zip(asked, told, strict=True))


def run_r(rscript: str, folder: Path) -> list[dict]:
    (folder / "ask.R").write_text(SCRIPT)
    subprocess.run([rscript, "ask.R"], cwd=folder, timeout=50, check=True, capture_output=True)
    return json.loads((folder / "told.json").read_text())


def same(ours, theirs: dict) -> None:
    names = {"estimate": "estimate", "se": "SE", "df": "df", "low": "lower.CL", "high": "upper.CL"}
    for mine, name in names.items():
        values = [getattr(one, mine) for one in ours]
        np.testing.assert_allclose(values, theirs[name], rtol=1e-4, atol=1e-6, err_msg=name)


def test_arms_within_people_and_three_nested_levels_are_among_them(answers):
    terms = [set(job.fit().variances) for job, _ in answers[-2:]]
    assert terms[0] == {"participant", "participant:arm", "participant:lesion", "residual"}
    assert terms[1] == {"site", "site:participant", "site:participant:lesion", "residual"}
    assert all(min(job.fit().variances.values()) > 0 for job, _ in answers[-2:])


def test_variances_and_likelihood_are_those_of_lme4(answers):
    for job, theirs in answers:
        model = job.fit()
        ours = sorted(model.variances.values())
        np.testing.assert_allclose(ours, sorted(theirs["variances"]), rtol=1e-4, atol=1e-6)
        assert model.loglik == pytest.approx(theirs["loglik"][0], rel=1e-7)


def test_contrasts_by_visit_are_those_of_emmeans(answers):
    asked = [(job, theirs) for job, theirs in answers if job.by == "arm"]
    assert len(asked) == len(SEEDS) + 2
    for job, theirs in asked:
        found = contrasts(job.fit(), "arm", by="visit", reference="CTL")
        same(found, theirs["pairs"])
        np.testing.assert_allclose([one.p for one in found], theirs["pairs"]["p.value"], rtol=1e-4, atol=1e-9)


def test_marginal_means_are_those_of_emmeans_also_over_nothing(answers):
    for job, theirs in answers:
        over = {"arm": ("visit", "arm"), "visit": ("visit",), "": ()}[job.by]
        same(marginal_means(job.fit(), over), theirs["means"])


def test_means_of_arms_weigh_visits_equally_however_many_rows_they_have(answers):
    for job, theirs in answers:
        if job.by == "arm":
            same(marginal_means(job.fit(), ("arm",)), theirs["arms"])
