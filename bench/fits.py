"""How long one REML fit with Kenward-Roger takes, and the share of the model alone; the answer of each is the same."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from calcitrial.models import Design, fit, fit_design, fit_many, parse_formula, prepare

FORMULA = "y ~ arm*visit + base + (1|participant) + (1|participant:lesion)"
RUNS = 40


def table(rng: np.random.Generator) -> pl.DataFrame:
    """Return 30 participants x 3 lesions x 5 visits with the variances of STATISTICS: 0.30, 0.35, 0.20."""
    rows = []
    for person in range(30):
        own = rng.normal(0, 0.30)
        for lesion in range(3):
            here, base = own + rng.normal(0, 0.35), rng.normal(5, 1)
            for visit in range(5):
                arm = "STS" if person % 2 else "CTL"
                y = base + here + rng.normal(0, 0.20)
                rows.append((f"P{person:02d}", f"P{person:02d}-L{lesion}", arm, f"W{visit}", base, y))
    return pl.DataFrame(rows, schema=["participant", "lesion", "arm", "visit", "base", "y"], orient="row")


def median(call: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median milliseconds of repeated calls."""
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def per_fit(design: Design, threads: int, many: int = 1000) -> float:
    """Return milliseconds per fit of many data sets, each with its own baseline, checked against `fit_design`."""
    rng = np.random.default_rng(2)
    people, lesions = (grouping.codes for grouping in design.groupings)
    n, column = len(design.response), design.terms.index("base")
    bases = rng.normal(5, 1, (many, lesions.max() + 1))[:, lesions]
    matrices = np.repeat(design.matrix[None], many, axis=0)
    matrices[:, :, column] = bases
    own = (
        rng.normal(0, 0.30, (many, people.max() + 1))[:, people]
        + rng.normal(0, 0.35, (many, lesions.max() + 1))[:, lesions]
    )
    y = bases + own + rng.normal(0, 0.20, (many, n))
    found = fit_many(design, y, np.eye(len(design.terms)), matrices, threads)
    single = fit_design(replace(design, response=y[0], matrix=matrices[0]))
    if not np.allclose(found.df[0], [c.df for c in single.coefficients], rtol=1e-6):
        raise SystemExit("Many fits at once and one at a time differ.")
    return median(lambda: fit_many(design, y, np.eye(len(design.terms))[[1]], matrices, threads), 5) / many


def report() -> str:
    """Return the table: whole call, model alone, and what the preparation of the table costs."""
    data = table(np.random.default_rng(1))
    design = prepare(data, parse_formula(FORMULA), None)
    whole, alone = median(lambda: fit(data, FORMULA)), median(lambda: fit_design(design))
    first, second = fit(data, FORMULA).coefficients, fit_design(design).coefficients
    if [c.estimate for c in first] != [c.estimate for c in second]:
        raise SystemExit("The two fits differ.")
    many, gaps = per_fit(design, 1), per_fit(prepare(data.sample(fraction=0.9, seed=1), parse_formula(FORMULA)), 1)
    return (
        f"{'call':<44}{'ms':>8}{'ratio':>8}\n"
        f"{'model alone (REML, Kenward-Roger, 11 terms)':<44}{alone:>8.2f}{1:>8.2f}\n"
        f"{'with formula, checks and design':<44}{whole:>8.2f}{whole / alone:>8.2f}\n"
        f"{'one of 1,000 at once, complete':<44}{many:>8.3f}{many / alone:>8.3f}\n"
        f"{'one of 1,000 at once, a tenth missing':<44}{gaps:>8.3f}{gaps / alone:>8.3f}"
    )
