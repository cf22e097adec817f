"""Simulated slices judged by dciodvfy and dcentvfy of dicom3tools (David Clunie), as packaged by Debian."""

import shutil
import subprocess

import numpy as np
import pytest

from calcitrial.phantoms import (
    SHARP,
    Calcification,
    Layer,
    Scanner,
    Scene,
    acquire,
    insert,
    render,
    sample,
    sphere,
    write_scan,
    write_series,
)
from tests.scans import ACQUIRED, SMALL

SERIES_VOXELS = render(SMALL, np.random.default_rng(1))
NODULE = Calcification("a", (Layer(sphere((3.0, 2.0, 0.0), 2.0), 400.0),), (3.0, 2.0, 0.0))


@pytest.fixture
def written(tmp_path):
    needs_dciodvfy()
    return write_series(SMALL, SERIES_VOXELS, tmp_path / "s", key="k", acquired=ACQUIRED, patient_id="P-01")


def needs_dciodvfy():
    if shutil.which("dciodvfy") is None:
        pytest.skip("DICOM CONFORMANCE NOT TESTED: dciodvfy is not here (Debian package dicom3tools).")


def judged(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_one_slice_is_a_ct_image_without_errors_or_warnings(written):
    verdict = judged("dciodvfy", str(written[0]))
    assert "CTImage" in verdict
    assert "Error" not in verdict and "Warning" not in verdict


def test_the_slices_belong_together(written):
    assert "Error" not in judged("dcentvfy", *map(str, written))


@pytest.mark.parametrize("thickness", [1.0, 2.5])
def test_scans_of_a_scene_conform_with_slices_that_overlap_too(tmp_path, thickness):
    needs_dciodvfy()
    scanner = Scanner(SHARP, (1.0, 0.6, 0.6), thickness)
    bare = acquire(sample(Scene(radius_mm=12.0, half_length_mm=9.0)), scanner, np.random.default_rng(1))
    series = insert(bare, [NODULE], scanner, np.random.default_rng(2))
    paths = write_scan(series, tmp_path / "s", key="k", acquired=ACQUIRED, patient_id="P-01")
    verdicts = [judged("dciodvfy", str(path)) for path in paths[:2]] + [judged("dcentvfy", *map(str, paths))]
    assert "CTImage" in verdicts[0]
    assert not any("Error" in verdict or "Warning" in verdict for verdict in verdicts)
