"""Series of 2 GB, and headers that claim more: a result or a sentence, inside a bounded memory."""

import os
import resource
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from calcitrial.dicom import read_picture, read_series
from calcitrial.phantoms import Phantom, render, write_series
from calcitrial.protocol import RefusedError
from tests.objects.test_segmentation import AT
from tests.pictures import echo, film, region
from tests.scans import problems

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
SLICES, SIZE = 4100, 512
LIMIT = 8 * 2**30  # of address space: under four times the voxels
SECONDS = 1800


def long_series(folder: Path, intercept: int) -> Path:
    """4,100 slices of 512 x 512: headers of a phantom and pixels of zeros, which as holes take no disk."""
    model = Phantom(shape=(3, SIZE, SIZE), spacing_mm=(0.5, 0.5, 0.5), limb_radius_mm=20.0)
    first = write_series(
        model, render(model, np.random.default_rng(1)), folder, key="k", acquired=AT, patient_id="P-01"
    )
    image = dcmread(first[0])
    for path in first:
        path.unlink()
    image.RescaleIntercept = intercept
    for i in range(SLICES):
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"2.25.{i + 1}"
        image.ImagePositionPatient = [0, 0, i * 0.5]
        image.PixelData = b""
        path = folder / f"{i:04d}.dcm"
        image.save_as(path)
        data = path.read_bytes()
        with path.open("r+b") as file:
            file.seek(len(data) - 4)  # the length of the last element, Pixel Data
            file.write((2 * SIZE * SIZE).to_bytes(4, "little"))
            file.truncate(len(data) + 2 * SIZE * SIZE)
    return folder


@pytest.mark.heavy
@pytest.mark.parametrize("intercept", [-1024, 0], ids=["air", "a block of water"])
def test_two_gigabytes_give_a_result_or_a_sentence(tmp_path: Path, intercept: int) -> None:
    folder = long_series(tmp_path / "s", intercept)
    assert sum(path.stat().st_size for path in folder.iterdir()) > 2**31
    done = subprocess.run(
        [sys.executable, "-m", "calcitrial", "measure", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT)),
    )
    shutil.rmtree(folder)
    assert "Traceback" not in done.stderr and done.returncode in (0, 1), done.stderr[-2000:]
    assert "4100 slices" in done.stdout if done.returncode == 0 else done.stderr.strip().endswith(".")


def peak_of(read, *args) -> int:
    tracemalloc.start()
    with pytest.raises(RefusedError):
        read(*args)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize(("rows", "columns", "frames"), [(65535, 65535, 1), (16384, 16384, 1), (60, 80, 99_000)])
def test_a_picture_that_claims_gigabytes_costs_no_memory(tmp_path, rows, columns, frames):
    size = {"Rows": rows, "Columns": columns, "NumberOfFrames": frames}
    assert peak_of(read_picture, film(tmp_path / "f.dcm", **size), "film") < 5e6
    assert peak_of(read_picture, echo(tmp_path / "u.dcm", region(), **size), "ultrasound") < 5e6


def test_an_element_that_claims_four_gigabytes_costs_no_memory(tmp_path):
    path = film(tmp_path / "f.dcm")
    data = path.read_bytes()
    at = data.index(b"\xe0\x7f\x10\x00OW") + 8
    path.write_bytes(data[:at] + b"\xf0\xff\xff\xff" + data[at + 4 :])
    tracemalloc.start()
    # What is there are the pixels of this film; the claimed rest is neither read nor made.
    found = read_picture(path, "film")
    assert found.frame().shape == (100, 80) and tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()


def test_slices_that_claim_gigabytes_cost_no_memory(folder):
    for path in folder.iterdir():
        image = dcmread(path)
        image.Rows = image.Columns = 8192
        image.save_as(path)
    tracemalloc.start()
    assert "is cut short: 4608 of 134217728 pixel bytes" in problems(folder)[0]
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()


def test_slices_of_the_right_size_are_read(folder):
    """Were everything refused, the tests above could not fail."""
    assert read_series(folder).voxels.shape == (20, 48, 48)
