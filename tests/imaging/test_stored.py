"""What was measured leaves as DICOM and comes back: the same voxels, the same numbers, no second identity."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from calcitrial.dicom import read_series
from calcitrial.imaging import Seed, Settings, measure_masks, measure_segmentation, store
from calcitrial.objects import read_measurements, read_segmentation
from calcitrial.phantoms import Bone, Deposit
from calcitrial.protocol import RefusedError
from tests.objects.test_segmentation import AT
from tests.scans import SMALL, write

TWO = replace(SMALL, deposits=(*SMALL.deposits, Deposit("b", (6.0, -9.0, -3.0), (2.5, 2.5, 2.5), 600.0)))
SEEDS = [Seed("P1-L1", (0.0, 6.0, 2.0)), Seed("P1-L2", (6.0, -9.0, -3.0)), Seed("P1-L9", (-16.0, 0.0, 0.0))]


@pytest.fixture
def scan_folder(tmp_path) -> Path:
    return write(TWO, tmp_path / "s")


def stored(folder: Path, out: Path, seeds=None, **more):
    series = read_series(folder)
    measured = measure_masks(series, seeds)
    drawn = "AUTOMATIC" if seeds is None else "SEMIAUTOMATIC"
    return series, measured, store(folder, series, measured, Settings(), out, at=AT, drawn=drawn, **more)


def test_masks_and_numbers_come_back(scan_folder, tmp_path):
    series, measured, paths = stored(scan_folder, tmp_path / "out")
    assert [p.name for p in paths] == ["seg.dcm", "sr.dcm"] and len(measured) == 2
    outlines = read_segmentation(paths[0], series)
    findings = read_measurements(paths[1])
    for one, outline, finding in zip(measured, outlines, findings, strict=True):
        assert outline.mask.sum() == one.mask.sum() and np.array_equal(outline.mask[one.box], one.mask)
        numbers = {q.name: q.value for q in finding.quantities}
        assert numbers["mass"] == one.lesion.mass_mg and numbers["volume_threshold"] == one.lesion.volume_mm3
        assert numbers["hu_max"] == one.lesion.hu_max and finding.flags == one.lesion.flags
        assert (finding.id, finding.uid) == (outline.id, outline.uid)
        errors = {q.name: q.standard_error for q in finding.quantities}
        assert errors["mass"] == one.lesion.mass_se_mg and errors["hu_max"] is None


def test_the_outlines_measure_the_same_again(scan_folder, tmp_path):
    series, measured, paths = stored(scan_folder, tmp_path / "out")
    again, uids = measure_segmentation(paths[0], series, Settings())
    assert [a.lesion for a in again] == [m.lesion for m in measured]
    assert uids == [one.uid for one in read_measurements(paths[1])]


@pytest.mark.parametrize(("drawn", "waits"), [("AUTOMATIC", True), ("MANUAL", False)])
def test_what_lies_near_bone_waits_for_a_reader_unless_one_drew_it(tmp_path, drawn, waits):
    near = replace(
        SMALL,
        deposits=(Deposit("a", (0.0, 9.0, 2.0), (2.5, 2.5, 2.5), 500.0),),
        bones=(Bone((0.0, -4.0), 6.0),),
    )
    folder = write(near, tmp_path / "s")
    series = read_series(folder)
    measured = measure_masks(series, [Seed("L1", (0.0, 9.0, 2.0))])
    seg = store(folder, series, measured, Settings(), tmp_path / "out", at=AT, drawn=drawn)[0]
    flags = measure_segmentation(seg, series, Settings())[0][0].lesion.flags
    assert "near_bone" in flags and ("needs_reader" in flags) is waits


def test_a_lesion_that_is_gone_is_in_the_report_alone(scan_folder, tmp_path):
    series, _, paths = stored(scan_folder, tmp_path / "out", SEEDS)
    assert [one.id for one in read_segmentation(paths[0], series)] == ["P1-L1", "P1-L2"]
    findings = read_measurements(paths[1])
    assert [one.id for one in findings] == ["P1-L1", "P1-L2", "P1-L9"]
    assert findings[2].segment == 0 and "not_found" in findings[2].flags and findings[1].segment == 2


def test_without_any_outline_only_the_report_is_written(scan_folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "seg.dcm").write_bytes(b"of an earlier run")
    _, _, paths = stored(scan_folder, tmp_path / "out", SEEDS[2:])
    assert [p.name for p in paths] == ["sr.dcm"] == [p.name for p in (tmp_path / "out").iterdir()]


def test_a_known_lesion_keeps_its_identity_over_scans_and_a_finding_does_not(tmp_path):
    first, second = (write(TWO, tmp_path / key, key=key) for key in ("one", "two"))
    known = [read_measurements(stored(f, tmp_path / f"k{f.name}", SEEDS)[2][1]) for f in (first, second)]
    assert [one.uid for one in known[0]] == [one.uid for one in known[1]]
    found = [read_measurements(stored(f, tmp_path / f"f{f.name}")[2][1]) for f in (first, second)]
    assert found[0][0].id == found[1][0].id == "C01" and found[0][0].uid != found[1][0].uid


def test_whatever_differs_is_another_object(scan_folder, tmp_path):
    uids = set()
    for i, (seeds, more) in enumerate([(None, {}), (SEEDS, {}), (SEEDS[:1], {}), (SEEDS[:1], {"reader": "R1"})]):
        paths = stored(scan_folder, tmp_path / str(i), seeds, **more)[2]
        uids |= {dcmread(path).SOPInstanceUID for path in paths}
    assert len(uids) == 8
    again = stored(scan_folder, tmp_path / "again", SEEDS)[2]
    assert {dcmread(path).SOPInstanceUID for path in again} <= uids


def test_nothing_found_stores_nothing(scan_folder, tmp_path):
    series = read_series(scan_folder)
    with pytest.raises(RefusedError, match="Nothing was found"):
        store(scan_folder, series, [], Settings(), tmp_path / "out", at=AT)
    assert not (tmp_path / "out").exists()


def test_an_outline_that_marks_nothing_is_refused(scan_folder, tmp_path):
    series, _, paths = stored(scan_folder, tmp_path / "out")
    found = dcmread(paths[0])
    found.PixelData = bytes(len(found.PixelData))
    found.save_as(paths[0])
    with pytest.raises(RefusedError, match="The outline C01 marks no voxel"):
        measure_segmentation(paths[0], series, Settings())
