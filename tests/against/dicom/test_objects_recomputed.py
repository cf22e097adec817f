"""Every object that is written, judged by dciodvfy and dcentvfy of dicom3tools (David Clunie): no error.

highdicom's own reader is the second witness of what is in them.
"""

import shutil
import subprocess
from pathlib import Path

import highdicom
import numpy as np
import pytest
from pydicom import dcmread

from calcitrial.dicom import read_picture, read_series
from calcitrial.imaging import Seed, Settings, measure_masks, store
from calcitrial.objects import read_measurements, read_segmentation
from calcitrial.stills import calipers, measure_ultrasound, store_ultrasound
from tests.imaging.test_stored import SEEDS, TWO
from tests.objects.test_segmentation import AT
from tests.pictures import echo, region
from tests.scans import write


@pytest.fixture(autouse=True)
def judge():
    if shutil.which("dciodvfy") is None or shutil.which("dcentvfy") is None:
        pytest.skip("SKIPPED FOR WANT OF DICOM3TOOLS: dciodvfy is not here (Debian package dicom3tools).")


def errors(*command: object) -> list[str]:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=60)
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("Error", "Abort"))]


def kind(path: Path) -> str:
    return subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False).stderr


def stored(folder: Path, out: Path, seeds: list[Seed] | None, **more: str) -> list[Path]:
    series = read_series(folder)
    drawn = "AUTOMATIC" if seeds is None else more.pop("drawn", "SEMIAUTOMATIC")
    measured = measure_masks(series, seeds)
    return store(folder, series, measured, Settings(), out, at=AT, drawn=drawn, **more)


@pytest.mark.parametrize(
    ("seeds", "more"),
    [(None, {}), (SEEDS, {}), (SEEDS, {"drawn": "MANUAL", "reader": "R1"}), (SEEDS[2:], {})],
    ids=["findings", "seeds, one gone", "a reader's", "none found"],
)
def test_what_is_stored_of_a_phantom_has_no_error(tmp_path, seeds, more):
    folder = write(TWO, tmp_path / "s")
    paths = stored(folder, tmp_path / "out", seeds, **more)
    assert [line for path in paths for line in errors("dciodvfy", path)] == []
    assert errors("dcentvfy", *paths, *sorted(folder.iterdir())) == []
    assert "Comprehensive3DSR" in kind(paths[-1]) and (len(paths) == 1 or "Segmentation" in kind(paths[0]))


def test_overlapping_outlines_have_no_error(tmp_path):
    folder = write(TWO, tmp_path / "s")
    near = [Seed("a", (0.0, 6.0, 2.0)), Seed("b", (1.0, 6.0, 3.0))]
    paths = stored(folder, tmp_path / "out", near)
    assert len(dcmread(paths[0]).SegmentSequence) == 2 and errors("dciodvfy", paths[0]) == []


@pytest.mark.parametrize("name", ["ct_sts019", "ct_sts028", "ct_sts038"])
def test_what_is_stored_of_real_scans_has_no_error(images, tmp_path, name):
    paths = stored(images / name, tmp_path / "out", None)
    assert [line for path in paths for line in errors("dciodvfy", path)] == []
    slices = [p for p in sorted((images / name).rglob("*.dcm")) if dcmread(p, stop_before_pixels=True).Modality == "CT"]
    # The study id of the real scans is itself too long; ours is left empty, which both judges allow.
    assert errors("dcentvfy", *paths, *slices) == []


def test_highdicom_reads_the_same_outlines_and_numbers(tmp_path):
    folder = write(TWO, tmp_path / "s")
    seg, sr = stored(folder, tmp_path / "out", SEEDS)
    series = read_series(folder)
    theirs = highdicom.seg.segread(seg)
    for number, ours in enumerate(read_segmentation(seg, series), 1):
        volume = theirs.get_volume(segment_numbers=[number], combine_segments=True, relabel=True)
        assert int((volume.array > 0).sum()) == int(ours.mask.sum())
        assert theirs.get_segment_description(number).tracking_uid == ours.uid
    groups = highdicom.sr.srread(sr).content.get_volumetric_roi_measurement_groups()
    for group, ours in zip(groups, read_measurements(sr), strict=False):
        assert group.tracking_identifier == ours.id and group.tracking_uid == ours.uid
        assert [float(m.value) for m in group.get_measurements()] == [q.value for q in ours.quantities]
        assert group.referenced_segment.referenced_segment_numbers == [ours.segment]


@pytest.mark.parametrize("name", ["us_philips_echo_ticks", "us_philips_ob_2regions"])
def test_reports_on_real_ultrasound_have_no_error(images, tmp_path, name):
    path = images / "us" / f"{name}.dcm"
    picture = read_picture(path, "ultrasound")
    given = calipers([{"id": "L1", "length": [[400, 300], [428, 328]], "width": [[400, 300], [420, 280]]}])
    out = store_ultrasound(picture, given, measure_ultrasound(picture, given), tmp_path / "out", at=AT)
    assert errors("dciodvfy", out) == [] and errors("dcentvfy", out, path) == []


@pytest.mark.parametrize("frames", [0, 3])
def test_reports_on_made_up_ultrasound_have_no_error(tmp_path, frames):
    picture = read_picture(echo(tmp_path / "u.dcm", region(), frames=frames), "ultrasound")
    axes = {"length": [[10, 10], [40, 10]], "width": [[10, 10], [10, 30]], "depth": [[1, 1], [9, 9]]}
    given = calipers([{"id": "L1", **axes}])
    out = store_ultrasound(picture, given, measure_ultrasound(picture, given), tmp_path / "out", at=AT, reader="R1")
    assert errors("dciodvfy", out) == []


def test_the_judge_does_find_errors(tmp_path):
    """Were every object clean to it, the tests above could not fail."""
    folder = write(TWO, tmp_path / "s")
    seg, _ = stored(folder, tmp_path / "out", None)
    found = dcmread(seg)
    del found.SegmentSequence
    found.save_as(seg)
    assert errors("dciodvfy", seg) and np.any(found.Rows)
