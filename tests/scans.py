"""Simulated scans on disk and in memory, for the imaging tests."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread

from calcitrial.dicom import Facts, Series, SeriesError, read_series
from calcitrial.phantoms import Bone, Deposit, Phantom, render, write_series

ACQUIRED = datetime(2024, 5, 6, 7, 8, 9)
SMALL = Phantom(
    shape=(20, 48, 48),
    spacing_mm=(1.5, 1.0, 1.0),
    limb_radius_mm=21.0,
    deposits=(Deposit("a", (0.0, 6.0, 2.0), (4.0, 4.0, 4.0), 400.0),),
)


def write(phantom: Phantom, folder: Path, key: str = "test", seed: int = 1) -> Path:
    voxels = render(phantom, np.random.default_rng(seed))
    write_series(phantom, voxels, folder, key=key, acquired=ACQUIRED, patient_id="P-01")
    return folder


def scan(phantom: Phantom, folder: Path, seed: int = 1) -> Series:
    return read_series(write(phantom, folder, seed=seed))


def edit(folder: Path, change: Callable[[int, Dataset], None]) -> Path:
    """Change the dataset of each slice in place."""
    for i, path in enumerate(sorted(folder.iterdir())):
        image = dcmread(path)
        change(i, image)
        image.save_as(path)
    return folder


def limb_with(*deposits: Deposit, bones: tuple[Bone, ...] = (), **more: object) -> Phantom:
    return Phantom(deposits=deposits, bones=bones, **more)  # type: ignore[arg-type]


def problems(folder: Path) -> tuple[str, ...]:
    """Read a folder that must be refused and return the sentences."""
    with pytest.raises(SeriesError) as caught:
        read_series(folder)
    assert str(caught.value) == " ".join(caught.value.problems)
    assert all(sentence.endswith(".") and ";" in sentence for sentence in caught.value.problems)
    return caught.value.problems


def in_memory(phantom: Phantom, seed: int = 1) -> Series:
    """The series that writing and reading would give, without the files."""
    affine = np.diag([*phantom.spacing_mm[::-1], 1.0])
    affine[:3, 3] = phantom.origin()
    facts = Facts("2.25.1", None, None, None, 120.0, None, None, 1.0, 0.0, "1.2.840.10008.1.2.1")
    return Series(render(phantom, np.random.default_rng(seed)), phantom.spacing_mm, affine, facts, "")
