"""The same mixed models in R (lme4 with pbkrtest) and in statsmodels, each in a process of its own.

Both print one line per data set (estimate, standard error, degrees of freedom) and then the CPU seconds that the fits
alone took. What is not installed is said, and left out.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

R_PACKAGES = ("lme4", "lmerTest", "pbkrtest")
R_SCRIPT = r"""
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest)})
d <- read.csv("many.csv"); d$arm <- factor(d$arm, c("CTL", "STS"))
sets <- split(d, d$set)
one <- function(s) {
  m <- lmer(y ~ arm*visit + base + (1|participant) + (1|participant:lesion), s,
            control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9), calc.derivs = FALSE))
  l <- as.numeric(names(fixef(m)) == "armSTS"); a <- vcovAdj(m); v <- as.matrix(a)
  c(sum(l * fixef(m)), sqrt(sum(l * (v %*% l))), Lb_ddf(l, vcov(m), a))
}
invisible(one(sets[[1]]))
start <- proc.time(); told <- t(sapply(sets, one)); spent <- proc.time() - start
write.table(format(told, digits = 15), quote = FALSE, row.names = FALSE, col.names = FALSE)
cat(spent[["user.self"]] + spent[["sys.self"]], "\n")
"""
STATSMODELS_SCRIPT = """
import time, warnings
import pandas, statsmodels.formula.api as smf
warnings.simplefilter("ignore")
sets = [s for _, s in pandas.read_csv("many.csv").groupby("set")]
def one(s):
    m = smf.mixedlm("y ~ C(arm)*C(visit) + base", s, groups="participant", re_formula="1",
                    vc_formula={"lesion": "0 + C(lesion)"}).fit(reml=True, method="lbfgs")
    return m.params["C(arm)[T.STS]"], m.bse["C(arm)[T.STS]"], float("nan")
one(sets[0])
start = time.process_time(); told = [one(s) for s in sets]; spent = time.process_time() - start
for line in told: print(*map(repr, map(float, line)))
print(spent)
"""


@dataclass(frozen=True)
class Told:
    """What a peer said: per data set estimate, standard error and degrees of freedom (m x 3), and seconds per fit."""

    answers: NDArray[np.float64]
    seconds: float


def from_r(table: pl.DataFrame) -> Told | str:
    """Return what lmer with pbkrtest says of each `set`, or a sentence why not."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return "R is not installed here (apt-get install r-base-core r-cran-lmertest r-cran-pbkrtest)"
    probe = f"cat(all(sapply(c({', '.join(map(repr, R_PACKAGES))}), requireNamespace, quietly = TRUE)))"
    if "TRUE" not in subprocess.run([rscript, "-e", probe], capture_output=True, text=True, check=False).stdout:
        return "R lacks one of " + ", ".join(f"r-cran-{name.lower()}" for name in R_PACKAGES)
    return _told(table, R_SCRIPT, "ask.R", [rscript, "ask.R"])


def from_statsmodels(table: pl.DataFrame) -> Told | str:
    """Return what MixedLM says of each `set`, or a sentence why not."""
    if importlib.util.find_spec("statsmodels") is None:
        return "statsmodels is not installed here (pip install statsmodels)"
    return _told(table, STATSMODELS_SCRIPT, "ask.py", [sys.executable, "ask.py"])


def _told(table: pl.DataFrame, script: str, name: str, command: list[str]) -> Told:
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # one core, like ours
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_text(script)
        table.write_csv(Path(folder) / "many.csv")
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=True, env={**os.environ, **alone}
        )
    *answers, seconds = done.stdout.strip().splitlines()
    rows = np.array([[float(value) for value in line.split()] for line in answers])
    return Told(rows, float(seconds) / len(rows))
