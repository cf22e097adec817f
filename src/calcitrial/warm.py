"""Compiles every loop that measuring needs, once after installation, so that nobody waits for it at their first scan.

python -m calcitrial.warm
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from calcitrial.dicom import read_series
from calcitrial.imaging import Seed, measure
from calcitrial.phantoms import Bone, Deposit, Phantom, render, write_series


def main() -> None:
    """Measure a small simulated scan; its numbers are thrown away."""
    deposit = Deposit("a", (0.0, 9.0, 0.0), (4.0, 4.0, 4.0), 400.0)
    phantom = Phantom(shape=(24, 64, 64), spacing_mm=(1.5, 1.0, 1.0), deposits=(deposit,), bones=(Bone((-12, 0), 6.0),))
    with tempfile.TemporaryDirectory() as name:
        voxels = render(phantom, np.random.default_rng(1))
        moment = datetime(2024, 1, 1, tzinfo=UTC)
        write_series(phantom, voxels, Path(name) / "scan", key="warm", acquired=moment, patient_id="SIMULATED")
        series = read_series(Path(name) / "scan")
        measure(series)
        measure(series, [Seed("a", deposit.centre_mm)])


if __name__ == "__main__":
    main()
