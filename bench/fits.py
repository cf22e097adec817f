"""How long one REML fit with Kenward-Roger takes, and the share of the model alone; the answer of each is the same."""

import statistics
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from calcitrial.models import fit, fit_design, parse_formula, prepare

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


def median(call: Callable[[], object]) -> float:
    """Return the median milliseconds of repeated calls."""
    call()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def report() -> str:
    """Return the table: whole call, model alone, and what the preparation of the table costs."""
    data = table(np.random.default_rng(1))
    design = prepare(data, parse_formula(FORMULA), None)
    whole, alone = median(lambda: fit(data, FORMULA)), median(lambda: fit_design(design))
    first, second = fit(data, FORMULA).coefficients, fit_design(design).coefficients
    if [c.estimate for c in first] != [c.estimate for c in second]:
        raise SystemExit("The two fits differ.")
    return (
        f"{'call':<44}{'ms':>8}{'ratio':>8}\n"
        f"{'model alone (REML, Kenward-Roger, 11 terms)':<44}{alone:>8.2f}{1:>8.2f}\n"
        f"{'with formula, checks and design':<44}{whole:>8.2f}{whole / alone:>8.2f}"
    )
