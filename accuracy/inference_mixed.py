"""The primary mixed model in small trials, and what is often done instead."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from inference_outcome import Outcome
from numpy.typing import NDArray
from scipy import special, stats

from calcitrial.models import Design, fit_many, parse_formula, prepare

PART = "Arms compared at the last visit, several lesions per participant"
FORMULA = "y ~ arm*visit + base + (1|participant) + (1|participant:lesion)"
LESION, RESIDUAL = 0.35, 0.20  # standard deviations of log sizes, STATISTICS section 1
PARTICIPANT = {"low": 0.10, "high": 0.30}
VISITS = 5
PATTERNS = 10  # different patterns of missing rows
METHODS = ("Kenward-Roger", "normal instead of t", "t test of participants' means", "t test of lesions")


def outcomes(rng: np.random.Generator, trials: int) -> list[Outcome]:
    """Return what each method does with 8 to 30 participants, complete and with a tenth of the rows missing."""
    found = []
    for people in (8, 12, 20, 30):
        for icc, lesions, missing in (("high", 3, 0.0), ("high", 3, 0.1), ("low", 3, 0.0), ("low", 3, 0.1)):
            found += situation(rng, trials, people, lesions, icc, missing)
    return [*found, *situation(rng, trials, 30, 5, "high", 0.0)]


def situation(
    rng: np.random.Generator, trials: int, people: int, lesions: int, icc: str, missing: float
) -> list[Outcome]:
    """Draw trials without an effect and return the outcome of each method."""
    parts = [
        _missed(_design(rng, people, lesions, missing), rng, part, PARTICIPANT[icc])
        for part in _shares(trials, PATTERNS if missing else 1)
    ]
    missed, failed = (np.concatenate(side) for side in zip(*parts, strict=True))
    share = PARTICIPANT[icc] ** 2 / (PARTICIPANT[icc] ** 2 + LESION**2 + RESIDUAL**2)
    name = f"{people} participants x {lesions} lesions, ICC {share:.2f}{', a tenth missing' if missing else ''}"
    return [
        Outcome(PART, name, method, int(own[~failed].sum()), int((~failed).sum()), int(failed.sum()))
        for method, own in zip(METHODS, missed.T, strict=True)
    ]


def _shares(trials: int, parts: int) -> Iterator[int]:
    return (len(part) for part in np.array_split(np.arange(trials), parts))


def _design(rng: np.random.Generator, people: int, lesions: int, missing: float) -> Design:
    rows = [
        (f"P{person:02}", f"L{lesion}", "STS" if person % 2 else "CTL", f"W{visit}", float(rng.normal()), 0.0 + visit)
        for person in range(people)
        for lesion in range(lesions)
        for visit in range(VISITS)
    ]
    table = pl.DataFrame(rows, schema=["participant", "lesion", "arm", "visit", "base", "y"], orient="row")
    return prepare(table.filter(pl.Series(rng.random(table.height) >= missing)), parse_formula(FORMULA))


def _missed(
    design: Design, rng: np.random.Generator, trials: int, participant: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return trials x methods: whether the arms were said to differ; and which trials have no fit."""
    people, lesions = (grouping.codes for grouping in design.groupings)
    base = rng.normal(5, 1, (trials, lesions.max() + 1))[:, lesions]
    y = 0.8 * base + rng.normal(0, participant, (trials, people.max() + 1))[:, people]
    y += rng.normal(0, LESION, (trials, lesions.max() + 1))[:, lesions] + rng.normal(0, RESIDUAL, base.shape)
    last = f"W{VISITS - 1}"
    line = np.array([float(term in ("arm[STS]", f"arm[STS]:visit[{last}]")) for term in design.terms])
    found = fit_many(design, y, line, columns={"base": base})
    z = 2 * special.ndtr(-np.abs(found.estimates[:, 0] / found.se[:, 0]))
    at = design.matrix[:, design.terms.index(f"visit[{last}]")] == 1
    treated = design.matrix[:, design.terms.index("arm[STS]")] == 1
    change = y - 0.8 * base  # the naive tests are even told the true slope of the baseline
    lesion = stats.ttest_ind(change[:, at & treated], change[:, at & ~treated], axis=1).pvalue
    means = np.column_stack([change[:, at & (people == one)].mean(axis=1) for one in np.unique(people[at])])
    arm = np.array([treated[at & (people == one)][0] for one in np.unique(people[at])])
    person = stats.ttest_ind(means[:, arm], means[:, ~arm], axis=1).pvalue
    return np.column_stack([found.p[:, 0], z, person, lesion]) < 0.05, found.failed
