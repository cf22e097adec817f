"""Every trap of the real images, through the command line as a user meets it: a right result or a sentence.

The witness is the files' own makers and what was measured on them by others (see the README beside the images).
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.pixels import pixel_array

from calcitrial import commands
from tests.pictures import PERSON

Run = Callable[..., tuple[int, str, str]]
TICKS = [{"id": "tick", "length": [[600, 300], [628, 328]]}]  # 28 * sqrt(2) = 39.6 pixels
BOX = [{"id": "L1", "points_px": [[100, 100], [200, 100], [200, 150], [100, 150]]}]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.setenv("CALCITRIAL_HOME", str(tmp_path / "home"))

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["calcitrial", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            commands.main()
        told = capsys.readouterr()
        assert "Traceback" not in told.err and PERSON not in told.out + told.err
        return int(ended.value.code or 0), told.out, told.err

    return call


@pytest.fixture
def put(tmp_path: Path) -> Callable[[Any], Path]:
    def write(content: Any) -> Path:
        path = tmp_path / "given.json"
        path.write_text(json.dumps(content))
        return path

    return write


def refused(done: tuple[int, str, str], *words: str) -> None:
    code, out, err = done
    assert code == 1 and out == "" and all(word in err for word in words), err


def copied(source: Path, target: Path) -> list[Path]:
    shutil.copytree(source, target)
    return sorted(p for p in target.rglob("*.dcm") if "RTSTRUCT" not in p.name)


def by_place(paths: list[Path]) -> list[Path]:
    return sorted(paths, key=lambda p: float(dcmread(p, stop_before_pixels=True).ImagePositionPatient[2]))


def test_a_tilted_gantry_is_refused_with_its_angle(images, run):
    refused(run("measure", images / "ct_ge_tilt"), "tilted by 18.5 degrees")


def test_uneven_gaps_are_refused_with_their_range(images, run, tmp_path):
    """The tilted scan made upright keeps its gaps of 1.1 to 7.4 mm."""
    for path in copied(images / "ct_ge_tilt", tmp_path / "s"):
        image = dcmread(path)
        x, _, z = image.ImagePositionPatient
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        image.ImagePositionPatient = [x, 0, z]
        image.save_as(path)
    refused(run("measure", tmp_path / "s"), "gaps between slices run from")


def test_slices_at_one_place_are_refused(images, run, tmp_path):
    for path in copied(images / "ct_phantom_UB", tmp_path / "s"):
        image = dcmread(path)
        image.ImagePositionPatient = [0, 0, 0]
        image.save_as(path)
    refused(run("measure", tmp_path / "s"), "All 70 slices lie at z = 0.00 mm")


def test_zero_spacing_is_refused(images, run, tmp_path, put):
    for path in copied(images / "ct_sts019", tmp_path / "s"):
        image = dcmread(path)
        image.PixelSpacing = [0, 0]
        image.save_as(path)
    refused(run("measure", tmp_path / "s"), "PixelSpacing is 0 x 0 mm")
    chest = images / "xr" / "cr_chest_zero_spacing_j2k.dcm"
    refused(run("film", chest, "--outlines", put(BOX)), "PixelSpacing is 0 x 0 mm", "--known-length")


def test_a_film_without_spacing_measures_once_it_is_calibrated(images, run, put, tmp_path):
    leg = images / "xr" / "cr_extremity_nospacing_j2k.dcm"
    refused(run("film", leg, "--outlines", put(BOX)), "tells no pixel spacing", "--known-length")
    out = tmp_path / "out.json"
    code, _, _ = run("film", leg, "--outlines", put(BOX), "--known-length", "300,400,700,700,100", "--json", out)
    told = json.loads(out.read_text())
    # 500 pixels are 100 mm, so 100 x 50 pixels are 20 x 10 mm.
    assert code == 0 and told["lesions"][0]["area_mm2"] == pytest.approx(200.0)
    assert told["picture"]["photometric"] == "MONOCHROME1" and told["scale"]["source"] == "known length"


def test_a_slice_is_no_film_and_a_film_no_series(images, run, put):
    refused(run("film", images / "ct_codecs" / "rle.dcm", "--outlines", put(BOX)), "it is not a CR")
    refused(run("measure", images / "xr"), "2 image(s) have Modality CR, not CT")
    refused(run("measure", images / "us"), "have Modality US, not CT")


def test_the_ticks_on_the_screen_are_a_centimetre_apart(images, run, put, tmp_path):
    still, out = images / "us" / "us_philips_echo_ticks.dcm", tmp_path / "out.json"
    assert run("ultrasound", still, "--calipers", put(TICKS), "--json", out)[0] == 0
    assert json.loads(out.read_text())["lesions"][0]["length_mm"] == pytest.approx(10.09, abs=0.01)


def test_a_region_past_the_edge_measures_inside_it_only(images, run, put):
    ob = images / "us" / "us_philips_ob_2regions.dcm"
    inside = [{"id": "a", "length": [[700, 300], [799, 300]]}]
    code, out, _ = run("ultrasound", ob, "--calipers", put(inside), "--json", "-")
    assert code == 0 and json.loads(out)["lesions"][0]["length_mm"] == pytest.approx(99 * 0.26228788, rel=1e-6)
    beyond = [{"id": "a", "length": [[700, 300], [800, 300]]}]
    refused(run("ultrasound", ob, "--calipers", put(beyond)), "outside the 800 x 600 picture")


def test_a_region_in_seconds_measures_no_millimetre(images, run, put):
    ob = images / "us" / "us_philips_ob_2regions.dcm"
    trace = [{"id": "a", "length": [[200, 530], [300, 560]]}]
    refused(run("ultrasound", ob, "--calipers", put(trace)), "shows a wave, not tissue")
    across = [{"id": "a", "length": [[300, 500], [300, 560]]}]
    refused(run("ultrasound", ob, "--calipers", put(across)), "different regions")
    between = [{"id": "a", "length": [[300, 500], [300, 520]]}]
    refused(run("ultrasound", ob, "--calipers", put(between)), "outside every calibrated region")


def test_ultrasound_without_regions_is_refused(images, run, put):
    still = images / "us" / "us_noregions_j2k.dcm"
    refused(run("ultrasound", still, "--calipers", put(TICKS)), "no calibrated region, so no mm")


def test_one_slice_in_five_codecs_measures_alike(images, run, tmp_path):
    """A stack of the same slice, once in each codec: equal digests, so equal pixels, and equal numbers."""
    told = []
    for codec in sorted((images / "ct_codecs").glob("*.dcm")):
        (tmp_path / codec.stem).mkdir()
        for i in range(4):
            image = dcmread(codec)
            image.ImagePositionPatient, image.ImageOrientationPatient = [0, 0, 3 * i], [1, 0, 0, 0, 1, 0]
            image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"2.25.{i + 1}"
            image.SeriesInstanceUID = "2.25.9"
            image.save_as(tmp_path / codec.stem / f"{i}.dcm")
        code, out, err = run("measure", tmp_path / codec.stem, "--json", "-")
        assert code == 0, err
        content = json.loads(out)
        content["series"].pop("transfer_syntax")
        told.append(content)
    assert len(told) == 5 and all(one == told[0] for one in told)
    planes = [pixel_array(dcmread(codec)) for codec in sorted((images / "ct_codecs").glob("*.dcm"))]
    assert all(np.array_equal(plane, planes[0]) for plane in planes)


def test_two_kernels_of_one_block_differ_and_each_result_says_so(images, run, tmp_path):
    """Without calibration the same block has another mass in each kernel; the result names kernel and calibration."""
    told = {}
    for name in ("UB", "YA"):
        code, out, err = run("measure", images / f"ct_phantom_{name}", "--json", "-")
        assert code == 0, err
        told[name] = json.loads(out)
    kernels = {name: one["series"]["kernel"] for name, one in told.items()}
    assert kernels["UB"] != kernels["YA"] and all(kernels.values())
    for one in told.values():
        assert one["settings"]["calibration_source"].startswith("assumed")
    refused(run("measure", images / "ct_phantom_UB", "--calibration", "0"), "calibration")


def test_metal_is_flagged(images, run, tmp_path):
    """The thorax with metal is a bare volume without DICOM; its voxels are measured as a series of that grid."""
    sitk = pytest.importorskip("SimpleITK")
    volume = sitk.ReadImage(str(images / "ct_thorax_3mm_metal.nii.gz"))
    voxels = sitk.GetArrayFromImage(volume)
    metal = np.argwhere(voxels >= 3000)
    assert len(metal)
    model = dcmread(sorted((images / "ct_phantom_UB").glob("*.dcm"))[0])
    model.decompress()
    (tmp_path / "s").mkdir()
    for i, plane in enumerate(voxels):
        model.Rows, model.Columns = plane.shape
        model.PixelData = np.clip(plane, -1024, 32767).astype("<i2").tobytes()
        model.BitsStored, model.HighBit, model.PixelRepresentation = 16, 15, 1
        model.RescaleIntercept, model.RescaleSlope, model.PixelSpacing = 0, 1, [3, 3]
        model.ImagePositionPatient, model.ImageOrientationPatient = [0, 0, 3 * i], [1, 0, 0, 0, 1, 0]
        model.SOPInstanceUID = model.file_meta.MediaStorageSOPInstanceUID = f"2.25.{i + 1}"
        for name in ("PixelPaddingValue", "PixelPaddingRangeLimit", "RescaleType"):
            model.pop(name, None)
        model.save_as(tmp_path / "s" / f"{i:03d}.dcm")
    z, y, x = metal[len(metal) // 2]
    (tmp_path / "seeds.json").write_text(json.dumps([{"id": "M", "point_mm": [3.0 * x, 3.0 * y, 3.0 * z]}]))
    code, out, err = run("measure", tmp_path / "s", "--seeds", tmp_path / "seeds.json", "--json", "-")
    assert code == 0, err
    lesion = json.loads(out)["lesions"][0]
    assert lesion["mass_mg"] is None or {"metal", "needs_reader"} & set(lesion["flags"]), lesion


def test_a_missing_slice_is_refused_with_its_place(images, run, tmp_path):
    paths = by_place(copied(images / "ct_sts028" / "image", tmp_path / "s"))
    paths[20].unlink()
    refused(run("measure", tmp_path / "s"), "1 slice(s) missing between z =")


def test_two_series_in_one_folder_are_refused(images, run, tmp_path):
    copied(images / "ct_phantom_UB", tmp_path / "s" / "one")
    copied(images / "ct_phantom_YA", tmp_path / "s" / "two")
    refused(run("measure", tmp_path / "s"), "holds 2 series")


@pytest.mark.parametrize("share", [0.2, 0.9, 0.999])
def test_a_truncated_slice_is_refused(images, run, tmp_path, share):
    path = copied(images / "ct_sts019", tmp_path / "s")[5]
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    code, out, err = run("measure", tmp_path / "s")
    assert code == 1 and out == "" and err.strip().endswith(".")


@pytest.mark.parametrize("name", ["us/us_philips_echo_ticks.dcm", "xr/cr_extremity_nospacing_j2k.dcm"])
@pytest.mark.parametrize("share", [0.001, 0.3, 0.9])
def test_a_truncated_picture_is_refused(images, run, tmp_path, put, name, share):
    data = (images / name).read_bytes()
    (tmp_path / "p.dcm").write_bytes(data[: int(len(data) * share)])
    if name.startswith("us"):
        done = run("ultrasound", tmp_path / "p.dcm", "--calipers", put(TICKS))
    else:
        given = put([{**BOX[0], "threshold": 500}])
        done = run("film", tmp_path / "p.dcm", "--outlines", given, "--known-length", "300,400,700,700,100")
    assert done[0] == 1 and done[1] == "" and done[2].strip().endswith("."), done
