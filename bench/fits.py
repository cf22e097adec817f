"""How long one REML fit with Kenward-Roger takes: alone, thousands at once, and in R and statsmodels in the same run.

Every row is one core's CPU time, but for the two threads; what is compared is checked to be the same answer.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import peers
import polars as pl
from numpy.typing import NDArray

from calcitrial.models import Design, ManyFits, fit, fit_design, fit_many, parse_formula, prepare

FORMULA = "y ~ arm*visit + base + (1|participant) + (1|participant:lesion)"
RUNS = 40
MANY = 2000
PEERS = 12


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


@dataclass(frozen=True, eq=False)
class Trials:
    """Simulated responses to one design (m x n), each with its own baseline."""

    rows: pl.DataFrame
    design: Design
    bases: NDArray[np.float64]
    responses: NDArray[np.float64]

    def fit(self, threads: int = 1) -> ManyFits:
        """Fit all at once and test the first contrast between the arms."""
        line = np.eye(len(self.design.terms))[[self.design.terms.index("arm[STS]")]]
        return fit_many(self.design, self.responses, line, threads=threads, columns={"base": self.bases})

    def one(self, i: int) -> tuple[float, float, float]:
        """Return estimate, standard error and degrees of freedom of one of them as `fit_design` gives them."""
        matrix = self.design.matrix.copy()
        matrix[:, self.design.terms.index("base")] = self.bases[i]
        found = fit_design(replace(self.design, response=self.responses[i], matrix=matrix))
        told = found.coefficients[self.design.terms.index("arm[STS]")]
        return told.estimate, told.se, told.df

    def long(self, sets: int) -> pl.DataFrame:
        """Return the first data sets one below the other, for the peers."""
        return pl.concat(
            self.rows.with_columns(
                set=pl.lit(i + 1), base=pl.Series(self.bases[i], dtype=pl.Float64), y=pl.Series(self.responses[i])
            )
            for i in range(sets)
        )


def trials(missing: bool, many: int = MANY) -> Trials:
    """Draw trials; a tenth of the rows is missing, or none."""
    rows = table(np.random.default_rng(1))
    rows = rows.sample(fraction=0.9, seed=1) if missing else rows
    design, rng = prepare(rows, parse_formula(FORMULA)), np.random.default_rng(2)
    people, lesions = (grouping.codes for grouping in design.groupings)
    bases = rng.normal(5, 1, (many, lesions.max() + 1))[:, lesions]
    own = rng.normal(0, 0.30, (many, people.max() + 1))[:, people]
    own += rng.normal(0, 0.35, (many, lesions.max() + 1))[:, lesions]
    return Trials(rows, design, bases, bases + own + rng.normal(0, 0.20, bases.shape))


def median(call: Callable[[], object], runs: int = RUNS, clock: Callable[[], float] = time.process_time) -> float:
    """Return the median milliseconds of repeated calls, of CPU time if no other clock is given."""
    call()
    times = []
    for _ in range(runs):
        start = clock()
        call()
        times.append(clock() - start)
    return 1000 * statistics.median(times)


def two_threads(drawn: Trials, runs: int = 11) -> float:
    """Return how many times as fast two threads are, by the clock; the best of several turns of each."""
    times: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(runs):
        for threads, own in times.items():
            start = time.perf_counter()
            drawn.fit(threads)
            own.append(time.perf_counter() - start)
    return min(times[1]) / min(times[2])


def refuse_other_answers(drawn: Trials, found: ManyFits, sets: int = 3) -> None:
    """End the run when many at once and one at a time differ."""
    for i in range(sets):
        if not np.allclose([found.estimates[i, 0], found.se[i, 0], found.df[i, 0]], drawn.one(i), rtol=1e-6):
            raise SystemExit("Many fits at once and one at a time differ.")


def beside(name: str, told: peers.Told | str, found: ManyFits, ours: float, with_df: bool) -> str:
    """Return the row of a peer, whose answers must be ours; or why there is none."""
    if isinstance(told, str):
        return f"{name:<44}  LEFT OUT: {told}"
    n, columns = len(told.answers), 3 if with_df else 1
    here = np.column_stack([found.estimates[:n, 0], found.se[:n, 0], found.df[:n, 0]])
    away = np.abs(here - told.answers)[:, :columns] / here[:, 1:2]
    if away.max() > 1e-3:  # in standard errors: their searches stop early
        raise SystemExit(f"{name} and ours differ by {away.max():.2g} standard errors.")
    return row(name, 1000 * told.seconds, ours)


def row(name: str, milliseconds: float, unit: float) -> str:
    """Return one row of the table."""
    return f"{name:<44}{milliseconds:>9.3f}{1000 / milliseconds:>9.0f}{milliseconds / unit:>9.1f}"


def report() -> str:
    """Return the table: one at a time, many at once, and the peers on the same data."""
    data = table(np.random.default_rng(1))
    design = prepare(data, parse_formula(FORMULA), None)
    whole = median(lambda: fit(data, FORMULA), clock=time.perf_counter)  # the threads of polars wait busily
    alone = median(lambda: fit_design(design))
    drawn = {missing: trials(missing) for missing in (False, True)}
    found = {missing: own.fit() for missing, own in drawn.items()}
    for missing, own in drawn.items():
        refuse_other_answers(own, found[missing])
    many, gaps = (median(drawn[missing].fit, 7) / MANY for missing in (False, True))
    few = drawn[False].long(PEERS)
    lines = [
        f"{'one core, REML, 11 terms, 1 contrast':<44}{'ms':>9}{'fits/s':>9}{'ratio':>9}",
        row("many at once, complete, Kenward-Roger", many, many),
        row("many at once, a tenth missing, Kenward-Roger", gaps, many),
        row("one at a time, Kenward-Roger", alone, many),
        row("with formula, checks and design", whole, many),
        beside("lmer + pbkrtest, Kenward-Roger", peers.from_r(few), found[False], many, True),
        beside("statsmodels MixedLM, no degrees of freedom", peers.from_statsmodels(few), found[False], many, False),
    ]
    ratios = ", ".join(
        f"{two_threads(own):.2f} {name}" for own, name in zip(drawn.values(), ("complete", "missing"), strict=True)
    )
    return "\n".join([*lines, f"two threads, by the clock: {ratios} times as fast (idle cores needed)"])
