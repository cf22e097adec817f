"""Folders every imaging test may ask for."""

import os
from pathlib import Path

import pytest
from imaging_scans import SMALL, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good small series of 20 slices, z from -14.25 mm in steps of 1.5 mm."""
    return write(SMALL, tmp_path / "series")


@pytest.fixture(scope="session")
def images() -> Path:
    beside = Path(__file__).parents[2].parent / "shared"
    found = Path(os.environ.get("CALCITRIAL_SHARED", beside)) / "imaging"
    if not found.is_dir():
        pytest.skip(
            "REAL IMAGES NOT TESTED: no folder shared/imaging beside the repository (CALCITRIAL_SHARED)"
        )
    return found
