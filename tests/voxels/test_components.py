"""Components found in one pass are those that a label image would give, whatever shape the runs have."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from calcitrial.voxels.components import find_components

ALL, FACES = np.ones((3, 3, 3)), ndimage.generate_binary_structure(3, 1)


@pytest.fixture(params=["1", "3"], autouse=True)
def threads(request, monkeypatch):
    monkeypatch.setenv("CALCITRIAL_THREADS", request.param)


def same(voxels, threshold, within=None, neighbours=26):
    """Compare with scipy's label image and numpy's sums; the order of the components counts too."""
    found = find_components(voxels, threshold, within, neighbours)
    hot = voxels >= threshold if within is None else (voxels >= threshold) & within
    labels, n = ndimage.label(hot, ALL if neighbours == 26 else FACES)
    assert len(found) == n
    assert np.array_equal(found.paint(), hot)
    grid = np.indices(voxels.shape)
    for i in range(n):
        mask = labels == i + 1
        hu = voxels[mask].astype(int)
        at = grid[:, mask]
        assert (found.voxels[i], found.hu_sum[i], found.hu_squares[i]) == (mask.sum(), hu.sum(), (hu * hu).sum())
        assert (found.hu_max[i], found.hu_min[i]) == (hu.max(), hu.min())
        assert np.array_equal(found.begin[i], at.min(axis=1)) and np.array_equal(found.end[i], at.max(axis=1) + 1)
        assert np.array_equal(found.index_sum[i], at.sum(axis=1))
        assert np.array_equal(found.hu_index_sum[i], (at * hu).sum(axis=1))
        assert np.array_equal(found.mask(i), mask[found.box(i)])
    return found


def spiral(size):
    """One long thread that unions late, from the rim inwards."""
    plane = np.zeros((size, size), dtype=np.int16)
    y, x, dy, dx = 0, 0, 0, 1
    for _ in range(size * size):
        plane[y, x] = 200
        ahead, beyond = (y + dy, x + dx), (y + 2 * dy, x + 2 * dx)
        blocked = not (0 <= ahead[0] < size and 0 <= ahead[1] < size)
        blocked = blocked or (0 <= beyond[0] < size and 0 <= beyond[1] < size and plane[beyond] > 0)
        if blocked:
            dy, dx = dx, -dy
            if plane[min(max(y + dy, 0), size - 1), min(max(x + dx, 0), size - 1)]:
                break
        y, x = y + dy, x + dx
    return plane


def hard(name):
    z, y, x = np.indices((33, 20, 70))
    return {
        "spiral": np.stack([spiral(31), np.zeros((31, 31), np.int16)] * 10),
        "spirals through the slices": np.ascontiguousarray(np.stack([spiral(31)] * 9).transpose(1, 0, 2)),
        "checkerboard": (z + y + x) % 2 * 300,
        "isolated voxels": ((z % 2 == 0) & (y % 2 == 0) & (x % 2 == 0)) * 300,
        "comb along z": np.where((x % 2 == 0) | (z == 32), 300, 0),
        "comb along z, back at the front": np.where((x % 2 == 0) | (z == 0), 300, 0),
        "comb along y": np.where((x % 2 == 0) | (y == 19), 300, 0),
        "zigzag": np.where((z % 2 == 0) | ((z % 4 == 1) & (y == 0)) | ((z % 4 == 3) & (y == 19)), 300, 0),
        "everything hot": np.full((33, 20, 70), 300),
        "empty": np.zeros((33, 20, 70)),
        "one slice": np.where(x[:1] % 3 == 0, 300, 0),
        "thin": np.where(x[:, :, :1] + z[:, :, :1] % 2 == 0, 300, 0),
        "no slices": np.zeros((0, 20, 70)),
        "wide": np.where(np.indices((2, 3, 1000))[2] % 129 > 60, 300, 0),
    }[name].astype(np.int16)


SHAPES = """spiral, spirals through the slices, checkerboard, isolated voxels, comb along z,
comb along z; back at the front, comb along y, zigzag, everything hot, empty, one slice, thin, no slices, wide"""


@pytest.mark.parametrize("neighbours", [26, 6])
@pytest.mark.parametrize("name", [n.strip().replace(";", ",") for n in SHAPES.split(",")])
def test_shapes_that_are_hard_for_joining_runs(name, neighbours):
    voxels = hard(name)
    found = find_components(voxels, 130, None, neighbours)
    labels, n = ndimage.label(voxels >= 130, ALL if neighbours == 26 else FACES)
    assert len(found) == n and np.array_equal(found.voxels, np.bincount(labels.ravel(), minlength=1)[1:])
    assert all(np.array_equal(found.mask(i), labels[found.box(i)] == i + 1) for i in range(min(n, 50)))
    if n < 50:
        same(voxels, 130, None, neighbours)


@settings(max_examples=60, deadline=None)
@given(
    voxels=arrays.arrays(np.int16, st.tuples(*[st.integers(1, 18)] * 3), elements=st.sampled_from([-5, 0, 7, 200])),
    threshold=st.sampled_from([-5, 1, 8.5, 200, 32767, 1e9, -1e9]),
    neighbours=st.sampled_from([26, 6]),
    three=st.booleans(),
)
def test_random_volumes(voxels, threshold, neighbours, three):
    os.environ["CALCITRIAL_THREADS"] = "3" if three else "1"
    same(voxels, threshold, None, neighbours)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.6])
def test_noise_within_a_mask(share):
    rng = np.random.default_rng(int(100 * share))
    voxels = rng.integers(-1024, 3000, (40, 23, 97), dtype=np.int16)
    within = rng.random(voxels.shape) < share
    same(voxels, 800, within)


def test_the_same_as_cc3d_in_any_order_of_threads(monkeypatch):
    cc3d = pytest.importorskip("cc3d", reason="SKIPPED FOR WANT OF connected-components-3d")
    rng = np.random.default_rng(3)
    voxels = ndimage.gaussian_filter(rng.normal(0, 1000, (70, 90, 110)), 1).astype(np.int16)
    statistics = cc3d.statistics(cc3d.connected_components(voxels >= 200, connectivity=26))
    found = find_components(voxels, 200)
    assert len(found) > 50
    assert sorted(found.voxels) == sorted(statistics["voxel_counts"][1:])
    centroids = found.index_sum / found.voxels[:, None]
    assert np.allclose(sorted(centroids.tolist()), sorted(statistics["centroids"][1:].tolist()))
    for threads in ("1", "2", "7"):
        monkeypatch.setenv("CALCITRIAL_THREADS", threads)
        again = find_components(voxels, 200)
        assert np.array_equal(again.voxels, found.voxels) and np.array_equal(again.ends, found.ends)


def test_a_mask_is_labelled_like_voxels_at_one():
    mask = np.random.default_rng(0).random((20, 30, 40)) < 0.2
    assert len(find_components(mask, 1)) == ndimage.label(mask, ALL)[1]
    assert find_components(mask, 1).voxels.sum() == mask.sum()


def test_chosen_components_are_painted():
    voxels = np.zeros((5, 5, 9), np.int16)
    voxels[0, 0, 0] = voxels[2, 2, 4] = voxels[4, 4, 8] = 500
    found = find_components(voxels, 130)
    painted = found.paint(np.array([True, False, True]))
    assert painted.sum() == 2 and painted[0, 0, 0] and painted[4, 4, 8]
    assert found.box(1) == (slice(2, 3), slice(2, 3), slice(4, 5))


def test_voxels_in_any_layout():
    voxels = np.random.default_rng(1).integers(0, 300, (11, 12, 13), dtype=np.int16)
    turned = find_components(voxels.transpose(2, 0, 1), 200)
    assert len(turned) == ndimage.label(voxels.transpose(2, 0, 1) >= 200, ALL)[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.zeros((2, 2, 2)), 1), "float64"),
        ((np.zeros((2, 2), np.int16), 1), "not int16"),
        ((np.zeros((2, 2, 2), np.int16), 1, np.ones((2, 2, 3), bool)), "has the shape"),
        ((np.zeros((2, 2, 2), np.int16), 1, None, 18), "not 18"),
    ],
)
def test_what_cannot_be_labelled_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        find_components(*arguments)


def test_it_runs_where_no_folder_can_be_written(tmp_path):
    """An installed package may be read-only and its user without a home; then each process compiles anew."""
    code = """
import os, tempfile, numpy, numba
from numba.core import caching
for locator in caching.CacheImpl._locator_classes:
    locator.from_function = classmethod(lambda cls, function, file: None)
from calcitrial.voxels.components import find_components
assert len(find_components(numpy.full((2, 2, 2), 200, numpy.int16), 130)) == 1
print("compiled")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert run.stdout.strip() == "compiled", run.stderr
