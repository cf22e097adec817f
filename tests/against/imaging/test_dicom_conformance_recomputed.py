"""Simulated slices judged by dciodvfy and dcentvfy of dicom3tools (David Clunie), as packaged by Debian."""

import shutil
import subprocess

import numpy as np
import pytest

from calcitrial.phantoms import render, write_series
from tests.scans import ACQUIRED, SMALL

SERIES_VOXELS = render(SMALL, np.random.default_rng(1))


@pytest.fixture
def written(tmp_path):
    if shutil.which("dciodvfy") is None:
        pytest.skip("DICOM CONFORMANCE NOT TESTED: dciodvfy is not here (Debian package dicom3tools).")
    return write_series(SMALL, SERIES_VOXELS, tmp_path / "s", key="k", acquired=ACQUIRED, patient_id="P-01")


def judged(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_one_slice_is_a_ct_image_without_errors_or_warnings(written):
    verdict = judged("dciodvfy", str(written[0]))
    assert "CTImage" in verdict
    assert "Error" not in verdict and "Warning" not in verdict


def test_the_slices_belong_together(written):
    assert "Error" not in judged("dcentvfy", *map(str, written))
