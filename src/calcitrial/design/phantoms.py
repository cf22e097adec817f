"""Virtual participants on the scanner: a phantom limb per visit, written as DICOM, read and measured like a CT."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from calcitrial.dicom import Facts, read_series
from calcitrial.imaging import Lesion, Seed, Settings, measure
from calcitrial.phantoms import Bone, Deposit, Phantom, render, write_series

# One long bone in the middle of a thigh-sized limb; virtual lesions lie around it, clear of bone and skin.
LIMB = Phantom(shape=(64, 120, 120), limb_radius_mm=45.0)
BONE = Bone(centre_mm=(0.0, 0.0), radius_mm=5.0, cortex_mm=2.0)


@dataclass(frozen=True)
class Scan:
    """One CT to be made: whose, when, into which folder, and the true size of every lesion then."""

    key: str
    participant: str
    acquired: datetime
    folder: Path
    deposits: tuple[Deposit, ...]
    seeds: tuple[Seed, ...]
    seed: int


@dataclass(frozen=True)
class Scanned:
    """What came back: facts and digest of the series, lesions in the order of the seeds, and the seconds taken."""

    key: str
    facts: Facts
    digest: str
    lesions: tuple[Lesion, ...]
    seconds_writing: float
    seconds_measuring: float


def scan(order: Scan, settings: Settings | None = None) -> Scanned:
    """Render the phantom, write it as DICOM, read it back and measure it; same order, same bytes and numbers."""
    start = time.perf_counter()
    phantom = replace(LIMB, bones=(BONE,), deposits=order.deposits)
    voxels = render(phantom, np.random.default_rng(order.seed))
    write_series(phantom, voxels, order.folder, key=order.key, acquired=order.acquired, patient_id=order.participant)
    written = time.perf_counter()
    series = read_series(order.folder)
    lesions = measure(series, order.seeds, settings or Settings())
    measured = time.perf_counter() - written
    return Scanned(order.key, series.facts, series.digest, tuple(lesions), written - start, measured)
