"""Folders every imaging test may ask for."""

from pathlib import Path

import pytest

from tests.imaging.scans import SMALL, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good small series of 20 slices, z from -14.25 mm in steps of 1.5 mm."""
    return write(SMALL, tmp_path / "series")


@pytest.fixture(scope="session")
def images(shared: Path) -> Path:
    """The real images; tests that need them skip, and say so, where they are not."""
    found = shared / "imaging"
    if not found.is_dir():
        pytest.skip(f"REAL IMAGES NOT TESTED: {found} is not here (set CALCITRIAL_SHARED).")
    return found
