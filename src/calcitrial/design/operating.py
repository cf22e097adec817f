"""How often an analysis is right: many simulated trials, each analysed by the very function that real data get."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
import polars as pl

from calcitrial.design.scenario import Scenario
from calcitrial.design.simulate import VirtualParticipant, draw
from calcitrial.models import AnalysisError, contrasts, fit
from calcitrial.protocol import Problem, refuse

FRAME = {
    "participant": pl.String(),
    "lesion": pl.String(),
    "arm": pl.String(),
    "visit": pl.String(),
    "log_size": pl.Float64(),
    "log_baseline": pl.Float64(),
}


@dataclass(frozen=True)
class Answer:
    """What an analysis says of one trial: the log ratio treated over control, its interval, and the p value."""

    estimate: float
    low: float
    high: float
    p: float


Analyse = Callable[[pl.DataFrame], Answer]


@dataclass(frozen=True)
class Operating:
    """Operating characteristics with their Monte Carlo standard errors (mcse).

    `rejected` is the share of all trials with p < alpha; a failed analysis counts as not rejected. It is the
    type I error when `truth` (log ratio) is 0, else the power. `coverage` and `bias` are over the trials that
    could be analysed (NaN when none could); `reasons` are the different sentences of the failed ones.
    """

    trials: int
    failures: int
    alpha: float
    truth: float
    rejected: float
    rejected_mcse: float
    coverage: float
    coverage_mcse: float
    bias: float
    bias_mcse: float
    reasons: tuple[str, ...]

    @property
    def meaning(self) -> str:
        """Return what `rejected` is: 'type I error' or 'power'."""
        return "type I error" if self.truth == 0 else "power"


def operating_characteristics(
    scenario: Scenario,
    analyse: Analyse,
    rng: np.random.Generator,
    trials: int = 200,
    visit: str = "",
    alpha: float = 0.05,
) -> Operating:
    """Return how often `analyse` finds the difference of the scenario's first arm from its second at a visit.

    Participants are allocated 1:1 (as equal as their number allows). `visit` is the last one by default. A
    trial whose analysis raises AnalysisError is counted as failed. Raises RefusedError unless the scenario has
    two arms and there is at least one trial.
    """
    refuse(_not_possible(scenario, trials))
    treated, control = (arm.id for arm in scenario.arms)
    truth = scenario.effect(visit or scenario.visits[-1], treated, control)
    answers: list[Answer] = []
    reasons: list[str] = []
    for _ in range(trials):
        try:
            answers.append(analyse(lesion_frame(scenario, rng)))
        except AnalysisError as error:
            reasons.append(str(error))
    return _summary(answers, reasons, truth, alpha)


def lesion_frame(scenario: Scenario, rng: np.random.Generator) -> pl.DataFrame:
    """Return one simulated trial, one line per lesion and visit after baseline (columns FRAME, mass in log mg).

    Whole participants are allocated at random, in equal numbers; visits from the first missed on are absent.
    """
    people = [person for person in draw(scenario, rng) if not person.ineligible]
    names = [arm.id for arm in scenario.arms]
    arms = rng.permutation([names[place % len(names)] for place in range(len(people))])
    lines = [line for person, arm in zip(people, arms, strict=True) for line in _lines(scenario, person, str(arm))]
    return pl.DataFrame(lines, schema=FRAME, orient="row")


def mixed_model(formula: str, treated: str, control: str, visit: str) -> Analyse:
    """Return the production analysis: the mixed model of the analysis room, treated against control at a visit.

    `formula` is such as `log_size ~ arm*visit + log_baseline + (1|participant/lesion)`; Kenward-Roger tests.
    """

    def analyse(data: pl.DataFrame) -> Answer:
        found = contrasts(fit(data, formula), "arm", "visit", reference=control)
        wanted = next((c for c in found if (c.treatment, c.at.get("visit")) == (treated, visit)), None)
        if wanted is None:
            raise AnalysisError(f"No contrast of {treated} at visit {visit!r}; name an arm and a visit of the data.")
        return Answer(wanted.estimate, wanted.low, wanted.high, wanted.p)

    return analyse


def _not_possible(scenario: Scenario, trials: int) -> list[Problem]:
    found = []
    if len(scenario.arms) != 2:
        what = f"The scenario has {len(scenario.arms)} arms."
        found.append(Problem("arms", what, "Give two: the treated one, then its control."))
    if trials < 1:
        found.append(Problem("trials", f"{trials} trials show nothing.", "Simulate 1 or more."))
    return found


def _lines(scenario: Scenario, person: VirtualParticipant, arm: str) -> list[tuple[object, ...]]:
    end = scenario.visits.index(person.dropout) if person.dropout else len(scenario.visits)
    return [
        (
            f"P{person.index:04d}",
            f"L{lesion.number}",
            arm,
            scenario.visits[place],
            log(lesion.mass_mg) + lesion.log_ratios[arm][place],
            log(lesion.mass_mg),
        )
        for lesion in person.lesions
        for place in range(1, end)
    ]


def _summary(answers: list[Answer], reasons: list[str], truth: float, alpha: float) -> Operating:
    trials = len(answers) + len(reasons)
    rejected = sum(answer.p < alpha for answer in answers) / trials
    covered = [float(answer.low <= truth <= answer.high) for answer in answers]
    errors = [answer.estimate - truth for answer in answers]
    coverage, bias = _mean(covered), _mean(errors)
    return Operating(
        trials=trials,
        failures=len(reasons),
        alpha=alpha,
        truth=truth,
        rejected=rejected,
        rejected_mcse=_share_mcse(rejected, trials),
        coverage=coverage,
        coverage_mcse=_share_mcse(coverage, len(answers)),
        bias=bias,
        bias_mcse=float(np.std(errors, ddof=1) / sqrt(len(errors))) if len(errors) > 1 else float("nan"),
        reasons=tuple(dict.fromkeys(reasons)),
    )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


def _share_mcse(share: float, trials: int) -> float:
    """Return the standard error of a simulated proportion, sqrt(p (1 - p) / n)."""
    return sqrt(share * (1 - share) / trials) if trials else float("nan")
