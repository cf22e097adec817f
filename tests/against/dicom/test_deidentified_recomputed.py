"""De-identified files judged by dciodvfy and dcentvfy of dicom3tools (David Clunie), as packaged by Debian.

Some of the real files do not conform themselves (a CT without Laterality, PixelSpacing 0); for those the verdict is
that de-identification adds no error to the ones that were there.
"""

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
import pytest

from calcitrial.intake import Deidentification, deidentify, take
from calcitrial.phantoms import render, write_series
from tests.intake.people import RULES, sonogram
from tests.scans import ACQUIRED, SMALL

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(
        shutil.which("dciodvfy") is None,
        reason="SKIPPED FOR WANT OF DICOM3TOOLS: dciodvfy is not here (Debian package dicom3tools).",
    ),
]
SCREEN = Deidentification(RULES.secret, "PIT-001", keep=((0, 60, 639, 479),))
FOLDERS = ["ct_codecs", "ct_ge_tilt", "ct_phantom_UB", "ct_phantom_YA", "ct_sts019", "ct_sts028", "ct_sts038"]


def errors(*command: str) -> Counter[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    lines = (done.stdout + done.stderr).splitlines()
    return Counter(line for line in lines if line.startswith("Error"))


def written(path: Path, into: Path, rules: Deidentification = SCREEN) -> Path:
    into.write_bytes(deidentify(pydicom.dcmread(path), rules))
    return into


def some(folder: Path) -> list[Path]:
    """Return the first, the middle and the last image of a folder."""
    found = sorted(
        p for p in folder.rglob("*.dcm") if pydicom.dcmread(p, stop_before_pixels=True).Modality != "RTSTRUCT"
    )
    return sorted({found[0], found[len(found) // 2], found[-1]})


def test_a_conforming_series_conforms_afterwards(tmp_path: Path) -> None:
    voxels = render(SMALL, np.random.default_rng(1))
    write_series(SMALL, voxels, tmp_path / "s", key="k", acquired=ACQUIRED, patient_id="P-01")
    folder = take(tmp_path / "s", tmp_path / "BL", RULES).series[0].folder
    files = sorted(folder.iterdir())
    assert not errors("dciodvfy", str(files[0])) and not errors("dciodvfy", str(files[-1]))
    assert not errors("dcentvfy", *map(str, files))


@pytest.mark.parametrize("folder", [*FOLDERS, "us", "xr"])
def test_real_files_gain_no_error(images: Path, tmp_path: Path, folder: str) -> None:
    for path in sorted((images / folder).glob("*.dcm")) if folder in ("us", "xr") else some(images / folder):
        after = errors("dciodvfy", str(written(path, tmp_path / path.name)))
        assert not after - errors("dciodvfy", str(path)), path.name


def test_files_without_errors_stay_without(images: Path, tmp_path: Path) -> None:
    clean = [images / "ct_codecs" / "explicit_le.dcm", images / "xr" / "cr_extremity_nospacing_j2k.dcm"]
    for path in [*clean, some(images / "ct_phantom_UB")[0]]:
        assert not errors("dciodvfy", str(path))
        assert not errors("dciodvfy", str(written(path, tmp_path / path.name))), path.name


@pytest.mark.parametrize("folder", ["ct_sts028", "ct_phantom_UB"])
def test_the_files_of_a_series_still_belong_together(images: Path, tmp_path: Path, folder: str) -> None:
    series = take(images / folder, tmp_path / "BL", RULES).series[0]
    assert not errors("dcentvfy", *map(str, sorted(series.folder.iterdir())))


@pytest.mark.parametrize("frames", [1, 4])
def test_a_blackened_clip_gains_no_error(tmp_path: Path, frames: int) -> None:
    picture = sonogram(frames)
    if frames > 1:
        picture.SOPClassUID = picture.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1"
        picture.FrameTime, picture.FrameIncrementPointer = 40, 0x00181063
    picture.save_as(tmp_path / "before.dcm", enforce_file_format=True)
    after = errors("dciodvfy", str(written(tmp_path / "before.dcm", tmp_path / "after.dcm", RULES)))
    assert not after - errors("dciodvfy", str(tmp_path / "before.dcm"))
