"""Virtual participants: what is true of people and lesions before any trial looks at them.

`draw` gives what a demonstration enters through the ordinary door and what a design study analyses. The arm is
not drawn here: each lesion knows its course under every arm, and the trial's own allocation chooses.
"""

from dataclasses import dataclass
from math import cos, exp, pi, sin

import numpy as np

from calcitrial.design.scenario import ArmEffect, Scenario

SMALLEST_MM, LARGEST_MM = 3.0, 9.0
# Five centres on this circle are 30 mm apart, so lesions of up to 9 mm never touch, and each stays further from the
# bone in the middle and from the skin of the phantom limb than the 6 mm within which a reader would have to look.
RING_MM = 26.0
HALF_LENGTH_MM = 15.0
# Hands are 70 % of sites (215 people with calcinosis); the other places and their shares are assumed.
REGIONS = (("hand", 0.7), ("forearm", 0.15), ("elbow", 0.15))
# Both reasons are exclusions of the shipped protocols.
FAILURES = (
    ("allergy_sts", "Hypersensitivity to sodium thiosulfate"),
    ("breastfeeding", "Pregnancy or breast-feeding"),
)


@dataclass(frozen=True)
class VirtualEvent:
    """An adverse event that an injection at this visit would cause; `days_after` counts from that visit."""

    visit: str
    days_after: int
    term: str
    grade: int
    serious: bool
    related: str


@dataclass(frozen=True)
class VirtualLesion:
    """A lesion: its place, its size at baseline, its course under each arm, and what injections would do.

    `centre_mm` (x, y, z) is in the limb, `semi_axes_mm` at baseline, `density_mg_cm3` hydroxyapatite.
    `log_ratios` has for each arm the true log ratio of mass to baseline at each visit. `pain_during` (0 to 10)
    has one score, and `events` what follows, for the injection visits, should the lesion be injected.
    """

    number: int
    body_site: str
    side: str
    view: str
    map_xy: tuple[float, float]
    centre_mm: tuple[float, float, float]
    semi_axes_mm: tuple[float, float, float]
    density_mg_cm3: float
    log_ratios: dict[str, tuple[float, ...]]
    pain_during: tuple[int, ...]
    events: tuple[VirtualEvent, ...]

    @property
    def volume_mm3(self) -> float:
        """Return the volume at baseline, 4/3 pi a b c."""
        a, b, c = self.semi_axes_mm
        return 4 / 3 * pi * a * b * c

    @property
    def mass_mg(self) -> float:
        """Return the mass at baseline in mg hydroxyapatite."""
        return self.density_mg_cm3 * self.volume_mm3 / 1000

    def semi_axes_at(self, arm: str, visit: int) -> tuple[float, float, float]:
        """Return the semi-axes in mm at the visit with this place in the schedule, density unchanged."""
        shrink = exp(self.log_ratios[arm][visit] / 3)
        a, b, c = self.semi_axes_mm
        return a * shrink, b * shrink, c * shrink


@dataclass(frozen=True)
class VirtualParticipant:
    """A person: answers to the screening form, lesions, pain (0 to 10) at each visit.

    `dropout` is the first visit that is missed (None: stays). `ineligible` is the reason a screen failure
    has, '' for those who can enter; screen failures have lesions too.
    """

    index: int
    age: int
    sex: str
    diagnosis: str
    answers: dict[str, str | int | bool]
    lesions: tuple[VirtualLesion, ...]
    pain: tuple[int, ...]
    dropout: str | None
    ineligible: str


def draw(scenario: Scenario, rng: np.random.Generator) -> tuple[VirtualParticipant, ...]:
    """Return everybody who comes to screening: the participants, then the screen failures, indexed from 1.

    Equal scenarios and generators in equal states give equal people. Nothing else is random.
    """
    total = scenario.participants + scenario.screen_failures
    return tuple(_participant(scenario, index, rng) for index in range(1, total + 1))


def _participant(scenario: Scenario, index: int, rng: np.random.Generator) -> VirtualParticipant:
    age = int(rng.integers(scenario.ages[0], scenario.ages[1] + 1))
    flaw, reason = _failure(index - scenario.participants - 1, age)
    sex = "F" if flaw == "breastfeeding" or rng.random() < 0.8 else "M"
    names, weights = zip(*scenario.diagnoses, strict=True)
    diagnosis = str(rng.choice(names, p=np.array(weights) / sum(weights)))
    answers = answers_of(age, sex, diagnosis) | ({flaw: True} if flaw else {})
    lesions = _lesions(scenario, rng)
    pain, dropout = _pain(scenario, rng), _dropout(scenario, rng)
    return VirtualParticipant(index, age, sex, diagnosis, answers, lesions, pain, dropout, reason)


def _failure(place: int, age: int) -> tuple[str, str]:
    """Return the item and the reason of a screen failure, ('', '') for a participant (place below 0)."""
    if place < 0:
        return "", ""
    return FAILURES[place % len(FAILURES)] if 18 <= age <= 45 else FAILURES[0]


def answers_of(age: int, sex: str, diagnosis: str) -> dict[str, str | int | bool]:
    """Return the items of the shipped form `screening` for somebody who can enter."""
    minor = age < 18
    return {
        "age_years": age,
        "sex": sex,
        "diagnosis": diagnosis,
        "lesion_type": "ossification" if diagnosis in ("PHP1A", "iPPSD2") else "calcification",
        "consent_signed": True,
        "parent_consent_signed": minor,
        "assent_if_able": minor,
        "capacity_to_consent": not minor,
        "symptomatic": True,
        "measurable_lesion": True,
        "calcinosis_on_xray": True,
        "calcinosis_on_ultrasound": True,
        "allergy_sts": False,
        "allergy_excipient": False,
        "pregnant": False,
        "breastfeeding": False,
    }


def _lesions(scenario: Scenario, rng: np.random.Generator) -> tuple[VirtualLesion, ...]:
    shares = np.array([share for _name, share in REGIONS])
    region, side = REGIONS[int(rng.choice(len(REGIONS), p=shares))][0], str(rng.choice(["left", "right"]))
    person, turn = rng.normal(0, scenario.participant_sd), rng.uniform(0, 2 * pi)
    count = _count(scenario, rng)
    angles = [turn + 2 * pi * place / count for place in range(count)]
    return tuple(_lesion(scenario, n, (region, side), a, person, rng) for n, a in enumerate(angles, start=1))


def _count(scenario: Scenario, rng: np.random.Generator) -> int:
    """Return 1 to lesions_max: somebody without a lesion is not screened, and more are not treated."""
    share = scenario.lesions_k / (scenario.lesions_k + scenario.lesions_mean)
    while True:
        count = int(rng.negative_binomial(scenario.lesions_k, share))
        if count > 0:
            return min(count, scenario.lesions_max)


def _lesion(
    scenario: Scenario, number: int, where: tuple[str, str], angle: float, person: float, rng: np.random.Generator
) -> VirtualLesion:
    region, side = where
    deviation = person + rng.normal(0, scenario.lesion_sd)
    noise = rng.normal(deviation, scenario.residual_sd, len(scenario.visits))
    z = float(rng.uniform(-HALF_LENGTH_MM, HALF_LENGTH_MM))
    return VirtualLesion(
        number=number,
        body_site=region,
        side=side,
        view=f"{side} hand" if region == "hand" else "front",
        map_xy=(round(0.5 + 0.3 * cos(angle), 3), round(0.5 + 0.3 * sin(angle), 3)),
        centre_mm=(RING_MM * cos(angle), RING_MM * sin(angle), z),
        semi_axes_mm=_semi_axes(_volume(scenario, rng), rng),
        density_mg_cm3=float(rng.uniform(*scenario.density_range)),
        log_ratios={arm.id: _course(arm, noise) for arm in scenario.arms},
        pain_during=_scores(*scenario.pain_during, len(scenario.injection_visits), rng),
        events=tuple(event for visit in scenario.injection_visits for event in _events(scenario, visit, rng)),
    )


def _course(arm: ArmEffect, noise: np.ndarray) -> tuple[float, ...]:
    """Return the log ratio at each visit; the first visit is the baseline itself."""
    return (0.0, *(mean + float(own) for mean, own in zip(arm.log_ratios[1:], noise[1:], strict=True)))


def _volume(scenario: Scenario, rng: np.random.Generator) -> float:
    low, high = scenario.volume_range or (0.0, float("inf"))
    while True:
        volume = float(rng.lognormal(scenario.volume_mu, scenario.volume_sigma))
        if low <= volume <= high:
            return volume


def _semi_axes(volume: float, rng: np.random.Generator) -> tuple[float, float, float]:
    """Return three semi-axes of this volume, as unequal as 3 to 9 mm allow (a sphere where they do not)."""
    radius = (3 * volume / (4 * pi)) ** (1 / 3)
    most = max(1.0, min(1.5, radius / SMALLEST_MM, LARGEST_MM / radius))
    stretch = float(rng.uniform(1.0, most))
    a, b, c = rng.permutation([radius * stretch, radius, radius / stretch])
    return float(a), float(b), float(c)


def _events(scenario: Scenario, visit: str, rng: np.random.Generator) -> list[VirtualEvent]:
    """Return what one injection causes, in the terms of CTCAE v5.0."""
    kinds = (
        (scenario.reaction_rate, "Injection site reaction", 1, 2),
        (scenario.ulcer_rate, "Skin ulceration", 14, 2),
        (scenario.infection_rate, "Skin infection", 7, 2),
    )
    found = []
    for rate, name, latest, worst in kinds:
        happens, days, grade = (
            rng.random() < rate,
            int(rng.integers(0, latest + 1)),
            int(rng.integers(1, worst + 1)),
        )
        if happens:
            found.append(VirtualEvent(visit, days, name, grade, False, "related"))
    return found


def _pain(scenario: Scenario, rng: np.random.Generator) -> tuple[int, ...]:
    mean, sd = scenario.pain_baseline
    own = float(np.clip(rng.normal(mean, sd), 0, 10))
    noise = rng.normal(0, 1, len(scenario.visits))
    return tuple(_score(own + scenario.pain_change * n + float(noise[n])) for n in range(len(scenario.visits)))


def _scores(mean: float, sd: float, count: int, rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(_score(float(value)) for value in rng.normal(mean, sd, count))


def _score(value: float) -> int:
    return int(min(max(round(value), 0), 10))


def _dropout(scenario: Scenario, rng: np.random.Generator) -> str | None:
    leaves, later = rng.random() < scenario.dropout, scenario.visits[1:]
    missed = int(rng.integers(0, len(later))) if later else 0
    return later[missed] if leaves and later else None
