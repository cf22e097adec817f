"""The compiled loops under `tissue` give what numpy and scipy gave before them, on phantoms and on real scans."""

import numpy as np
import pytest
from scipy import ndimage

from calcitrial.dicom import read_series
from calcitrial.imaging import Settings, bone
from calcitrial.imaging.body import BODY_MIN_MM3, SOFT_HU, body_of
from calcitrial.imaging.tissue import sort_tissue
from calcitrial.phantoms import Bone, Deposit
from tests.scans import in_memory, limb_with

ALL = np.ones((3, 3, 3), bool)
PLUS = ndimage.generate_binary_structure(2, 1)[None]
REAL = ["ct_sts019", "ct_sts028", "ct_sts038"]


def body_before(series):
    soft = series.voxels > SOFT_HU
    body = ndimage.binary_dilation(ndimage.binary_erosion(soft, PLUS, iterations=2), PLUS, iterations=2)
    rim = np.ones(soft.shape, bool)
    rim[:, 2:-2, 2:-2] = False
    body |= soft & rim
    labels, _ = ndimage.label(body)
    large = np.bincount(labels.ravel()) * series.voxel_mm3 >= BODY_MIN_MM3
    large[0] = False
    return large[labels]


def same(series, settings):
    tissue = sort_tissue(series, settings)
    body = body_before(series)
    assert np.array_equal(body_of(series), body) and np.array_equal(tissue.body, body)
    hot = (series.voxels >= settings.threshold_hu) & body
    labels, n = ndimage.label(hot, ALL)
    assert len(tissue.findings) == n
    for number, (box, finding) in enumerate(zip(ndimage.find_objects(labels), tissue.findings, strict=True), 1):
        assert finding.box == box and np.array_equal(finding.mask, labels[box] == number)
    large = np.bincount(labels.ravel()) * series.voxel_mm3 >= settings.min_volume_mm3
    large[0] = False
    assert np.array_equal(tissue.hot, large[labels])
    return tissue


@pytest.mark.parametrize("threshold", [130.0, 300.0])
def test_phantoms(threshold):
    deposit = Deposit("a", (0.0, 15.0, 3.0), (4.0, 3.0, 5.0), 400.0)
    series = in_memory(limb_with(deposit, bones=(Bone((0.0, 0.0), 9.0),)))
    assert same(series, Settings(threshold_hu=threshold)).bone.any()


@pytest.mark.parametrize("name", REAL)
def test_real_scans(images, name):
    same(read_series(images / name), Settings())


@pytest.mark.parametrize("name", REAL)
def test_bone_is_told_by_the_same_depths(images, name, monkeypatch):
    series = read_series(images / name)
    now = [(f.bone, f.doubtful, f.bony) for f in sort_tissue(series, Settings()).findings]

    def depth_before(mask, spacing, limit):
        depth = ndimage.distance_transform_edt(np.pad(mask, 1), sampling=spacing)[1:-1, 1:-1, 1:-1]
        return np.where(depth > limit, np.inf, depth)

    monkeypatch.setattr(bone, "depth_up_to", depth_before)
    assert now == [(f.bone, f.doubtful, f.bony) for f in sort_tissue(series, Settings()).findings]
    assert any(f[0] or f[2] for f in now)
