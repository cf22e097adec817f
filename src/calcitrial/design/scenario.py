"""What a simulated trial assumes: people, lesions, effects and harms, each number with its origin.

`parameters.csv` says for every number whether it was published, derived from published numbers, or assumed,
and where it was read. The published distribution of lesion volumes (log-normal, median 211 mm3, sigma 1.508) is
very wide; `volume_range` truncates it to lesions that a phantom can hold.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import isfinite, log
from pathlib import Path

from calcitrial.protocol import Problem, refuse

TABLE = Path(__file__).parent / "parameters.csv"
UNTREATED_PER_DAY = 0.138 / 365.25
ROOM_FOR_LESIONS = 5


@dataclass(frozen=True)
class Parameter:
    """One number of the default scenario: where it comes from ('published', 'derived' or 'assumed')."""

    field: str
    value: str
    unit: str
    kind: str
    source: str
    note: str


@dataclass(frozen=True)
class ArmEffect:
    """An arm: whether its lesions are injected, and the mean log ratio to baseline at each visit."""

    id: str
    treated: bool
    log_ratios: tuple[float, ...]


@dataclass(frozen=True)
class Scenario:
    """A simulated trial. Sizes are ratios of calcium mass to baseline on the natural log scale.

    A lesion's log ratio at a visit after baseline is the arm's mean plus a participant, a lesion and a
    visit deviation (normal, SDs below). Lesions per participant are negative binomial (mean, k), cut to
    1 .. `lesions_max`. `volume_range` is in mm3 (None: not truncated). Rates of events are per injection,
    `dropout` is the probability over the whole trial. Raises RefusedError for values that make no trial.
    """

    participants: int
    visits: tuple[str, ...]
    arms: tuple[ArmEffect, ...]
    injection_visits: tuple[str, ...] = ()
    screen_failures: int = 0
    diagnoses: tuple[tuple[str, float], ...] = (("SSc", 0.6), ("DM", 0.3), ("MCTD", 0.1))
    ages: tuple[int, int] = (25, 75)
    lesions_mean: float = 6.3
    lesions_k: float = 1.10
    lesions_max: int = ROOM_FOR_LESIONS
    volume_mu: float = 5.350
    volume_sigma: float = 1.508
    volume_range: tuple[float, float] | None = (150.0, 1500.0)
    density_range: tuple[float, float] = (250.0, 700.0)
    participant_sd: float = 0.30
    lesion_sd: float = 0.35
    residual_sd: float = 0.20
    dropout: float = 0.10
    reaction_rate: float = 0.10
    ulcer_rate: float = 0.02
    infection_rate: float = 0.005
    pain_baseline: tuple[float, float] = (4.6, 3.1)
    pain_change: float = -0.3
    pain_during: tuple[float, float] = (5.0, 2.0)

    def __post_init__(self) -> None:
        """Refuse values that make no trial, all of them at once."""
        refuse(list(_problems(self)))

    def effect(self, visit: str, treated: str, control: str) -> float:
        """Return the true difference of mean log ratios between two arms at a visit."""
        place = self.visits.index(visit)
        by_id = {arm.id: arm.log_ratios[place] for arm in self.arms}
        return by_id[treated] - by_id[control]


@cache
def parameters() -> tuple[Parameter, ...]:
    """Return the origin of every number of the default scenario."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(Parameter(**row) for row in csv.DictReader(lines))


def treated_arm(name: str, days: tuple[int, ...], ratio: float) -> ArmEffect:
    """Return an injected arm whose mean ratio falls steadily on the log scale to `ratio` on the last day."""
    return ArmEffect(name, True, tuple(log(ratio) * day / days[-1] for day in days))


def untreated_arm(name: str, days: tuple[int, ...], per_day: float = UNTREATED_PER_DAY) -> ArmEffect:
    """Return an arm that follows the natural course: by default 0.138 log units in a year (see parameters)."""
    return ArmEffect(name, False, tuple(per_day * day for day in days))


def _problems(scenario: Scenario) -> Iterator[Problem]:
    if scenario.participants < 1:
        yield Problem("participants", f"A trial of {scenario.participants} people is none.", "Take 1 or more.")
    if not 1 <= scenario.lesions_max <= ROOM_FOR_LESIONS:
        what = f"{scenario.lesions_max} lesions in one limb are not possible."
        yield Problem("lesions_max", what, f"Take 1 to {ROOM_FOR_LESIONS}; more would touch.")
    yield from _schedule_problems(scenario)
    yield from _number_problems(scenario)


def _schedule_problems(scenario: Scenario) -> Iterator[Problem]:
    for arm in scenario.arms:
        if len(arm.log_ratios) != len(scenario.visits) or not all(map(isfinite, arm.log_ratios)):
            what = f"Arm {arm.id} has the log ratios {arm.log_ratios} for {len(scenario.visits)} visits."
            yield Problem("arms", what, "Give one finite number for each visit.")
    for visit in scenario.injection_visits:
        if visit not in scenario.visits:
            yield Problem("injection_visits", f"{visit!r} is no visit.", f"Visits: {', '.join(scenario.visits)}.")


def _number_problems(scenario: Scenario) -> Iterator[Problem]:
    for name in ("dropout", "reaction_rate", "ulcer_rate", "infection_rate"):
        if not 0 <= getattr(scenario, name) <= 1:
            what = f"{getattr(scenario, name)} is no probability."
            yield Problem(name, what, "Write a number between 0 and 1.")
    for name in ("participant_sd", "lesion_sd", "residual_sd"):
        if getattr(scenario, name) < 0:
            yield Problem(name, f"{getattr(scenario, name)} is below 0.", "Write 0 or more.")
    low, high = scenario.volume_range or (0.0, 1.0)
    if not 0 <= low < high:
        yield Problem("volume_range", f"{low} to {high} mm3 holds no volume.", "Write the smaller number first.")
