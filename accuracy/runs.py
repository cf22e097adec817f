"""Scans every case with every scanner, gives each scan to every method, and keeps what each said beside the truth."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from grid import CONFIGURATIONS, Case
from methods import METHODS, Answer
from scenes import cases

from calcitrial.imaging import Seed
from calcitrial.phantoms import Truth, acquire, exact, sample

QUICK = ("soft 0.5", "sharp 0.6", "soft 2 mm", "thick 3.3 mm")
CLICK_MM = 0.4  # a reader's point misses the drawn one by up to this along each axis
SHIFT_MM = 0.5  # how far the limb lies elsewhere in a repeat scan, along each axis


@dataclass(frozen=True)
class Record:
    """What one method said of one quantity of one lesion in one scan.

    `value` is None where it said nothing; `flagged` where it asked for a reader; `se` only where it gave one.
    """

    method: str
    quantity: str
    situation: str
    case: str
    configuration: str
    lesion: str
    repeat: int
    radius_mm: float
    hu: float
    truth: float
    value: float | None
    se: float | None
    flags: tuple[str, ...]

    @property
    def flagged(self) -> bool:
        """Whether a reader was asked for."""
        return "needs_reader" in self.flags

    @property
    def error(self) -> float:
        """Signed error in percent of the truth; only where there is a value."""
        return 100.0 * ((self.value or 0.0) / self.truth - 1)

    @property
    def covered(self) -> bool:
        """Whether value +- 1.96 se holds the truth."""
        return self.value is not None and self.se is not None and abs(self.value - self.truth) <= 1.96 * self.se


@dataclass(frozen=True)
class Job:
    """One case seen by some scanners, `repeats` times each, and measured by some methods."""

    case: Case
    configurations: Sequence[str]
    methods: Sequence[str]
    repeats: Sequence[int]
    seed: int


def run(
    seed: int,
    *,
    quick: bool = False,
    repeats: int = 2,
    configurations: Iterable[str] | None = None,
    methods: Iterable[str] = METHODS,
    situations: Iterable[str] | None = None,
    processes: int | None = None,
) -> list[Record]:
    """Return every record, in an order that does not depend on the number of processes.

    `quick` takes one or two scenes of each situation and, unless others are named, the reconstructions of QUICK.
    """
    ways = tuple(configurations or (QUICK if quick else CONFIGURATIONS))
    wanted = None if situations is None else set(situations)
    chosen = [case for case in cases(seed, quick) if wanted is None or case.situation in wanted]
    jobs = [Job(case, ways, tuple(methods), range(repeats), seed) for case in chosen]
    if processes == 1:
        return [record for job in jobs for record in work(job)]
    with ProcessPoolExecutor(processes or os.cpu_count() or 1) as pool:
        return [record for records in pool.map(work, jobs) for record in records]


def work(job: Job) -> list[Record]:
    """Return the records of one job."""
    sampled = sample(job.case.scene, margin_mm=2.0)
    sizes = exact(job.case.scene)
    found = []
    for configuration in job.configurations:
        for repeat in job.repeats:
            rng = _generator(job, configuration, repeat)
            shift = rng.uniform(-SHIFT_MM, SHIFT_MM, 3)
            moved = (float(shift[0]), float(shift[1]), float(shift[2]))
            series = acquire(sampled, job.case.scanner(configuration), rng, moved)
            seeds = [_seed(real, shift, rng) for real in sizes]
            for method in job.methods:
                for real, answer in zip(sizes, METHODS[method](series, seeds), strict=True):
                    found += _records(job, configuration, repeat, method, real, answer)
    return found


def _generator(job: Job, configuration: str, repeat: int) -> np.random.Generator:
    """Return the generator of one scan; it depends on names, not on which other cases or methods run."""
    named = int.from_bytes(f"{job.case.name} {configuration}".encode(), "big")
    return np.random.default_rng([job.seed, repeat, named])


def _seed(real: Truth, shift: np.ndarray, rng: np.random.Generator) -> Seed:
    x, y, z = (float(v) for v in np.asarray(real.centre_mm) + shift + rng.uniform(-CLICK_MM, CLICK_MM, 3))
    return Seed(real.id, (x, y, z))


def _records(job: Job, configuration: str, repeat: int, method: str, real: Truth, answer: Answer) -> list[Record]:
    case = job.case
    told = {
        "mass": (real.mass_mg, answer.mass, answer.mass_se),
        "volume": (real.volume_mm3, answer.volume, None),
        "volume_pv": (real.volume_mm3, answer.volume_pv, None),
    }
    return [
        Record(
            method,
            quantity,
            case.situation,
            case.name,
            configuration,
            real.id,
            repeat,
            case.radius_mm[real.id],
            case.hu[real.id],
            true,
            value,
            se,
            answer.flags,
        )
        for quantity, (true, value, se) in told.items()
    ]
