"""Simulated and shared series for the imaging tests."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread

from calcitrial.imaging import Bone, Deposit, Phantom, Series, read_series, render, write_series

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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good small series of 20 slices, z from -14.25 mm in steps of 1.5 mm."""
    return write(SMALL, tmp_path / "series")


@pytest.fixture(scope="session")
def shared() -> Path:
    beside = Path(__file__).parents[2].parent / "shared"
    found = Path(os.environ.get("CALCITRIAL_SHARED", beside)) / "imaging"
    if not found.is_dir():
        pytest.skip("REAL IMAGES NOT TESTED: no folder shared/imaging beside the repository (CALCITRIAL_SHARED)")
    return found
