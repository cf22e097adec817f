"""Residuals correlated over visits (MMRM on the means of participants), with three ways to the degrees of freedom."""

import numpy as np
import polars as pl
from inference_outcome import Outcome, counted

from calcitrial.models import AnalysisError, fit_design, parse_formula, prepare, t_tests
from calcitrial.models.kenward_roger import Method

PART = "Change from first to last visit compared between arms, one mean per participant, unstructured residuals"
FORMULA = "y ~ arm*visit + base + us(visit|participant)"
METHODS: tuple[Method, ...] = ("kr", "kr-linear", "satterthwaite")


def outcomes(rng: np.random.Generator, trials: int) -> list[Outcome]:
    """Return what each method does with 12 and 20 participants, 3 and 5 visits."""
    asked = ((12, 3, 0.0), (12, 5, 0.0), (20, 5, 0.0), (20, 5, 0.15))
    return [one for people, visits, missing in asked for one in situation(rng, trials, people, visits, missing)]


def situation(rng: np.random.Generator, trials: int, people: int, visits: int, missing: float) -> list[Outcome]:
    """Draw trials without an effect and return the outcome of each method."""
    told = [_missed(drawn(rng, people, visits, missing), visits) for _ in range(trials)]
    name = f"{people} participants x {visits} visits{f', {100 * missing:.0f} % missing' if missing else ''}"
    return [counted(PART, name, method, own) for method, own in zip(METHODS, zip(*told, strict=True), strict=True)]


def drawn(rng: np.random.Generator, people: int, visits: int, missing: float) -> pl.DataFrame:
    """Draw a trial without an effect, residuals of neighbouring visits correlated by 0.7."""
    base = rng.normal(5, 1, people)
    lag = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    y = 0.8 * base[:, None] + rng.multivariate_normal(np.zeros(visits), 0.16 * 0.7**lag, people)
    table = pl.DataFrame(
        {
            "participant": np.repeat([f"P{n:02}" for n in range(people)], visits),
            "arm": np.repeat(np.where(np.arange(people) % 2, "STS", "CTL"), visits),
            "visit": np.tile([f"W{n}" for n in range(visits)], people),
            "base": np.repeat(base, visits),
            "y": y.ravel(),
        }
    )
    return table.filter(pl.Series(rng.random(table.height) >= missing))


def _missed(rows: pl.DataFrame, visits: int) -> list[bool | None]:
    return [_rejected(rows, visits, method) for method in METHODS]


def _rejected(rows: pl.DataFrame, visits: int, method: Method) -> bool | None:
    try:
        found = fit_design(prepare(rows, parse_formula(FORMULA)), method=method)
    except AnalysisError:
        return None
    line = np.array([float(c.term == f"arm[STS]:visit[W{visits - 1}]") for c in found.coefficients])
    return t_tests(found.inference, line)[0].p < 0.05 if found.converged else None
