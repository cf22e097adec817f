"""Outlines as runs and as files: there and back, refused when they cannot be, one file for equal outlines."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from calcitrial.protocol import RefusedError
from calcitrial.web.masks import from_runs, keep, kept, to_runs

SHAPE = (3, 4, 5)
WHOLE = (slice(0, 3), slice(0, 4), slice(0, 5))


@given(arrays(np.bool_, SHAPE))
def test_runs_give_the_mask_back(mask: np.ndarray) -> None:
    runs = to_runs(mask, WHOLE, SHAPE)
    assert (from_runs(runs, SHAPE, "A") == mask).all()
    assert sum(runs[1::2]) == mask.sum()
    assert all(start + length < after for start, length, after in zip(runs[::2], runs[1::2], runs[2::2], strict=False))


@given(arrays(np.bool_, (2, 2, 3)), st.integers(0, 1), st.integers(0, 2), st.integers(0, 2))
def test_a_mask_over_a_box_lies_at_its_place(mask: np.ndarray, z: int, y: int, x: int) -> None:
    box = (slice(z, z + 2), slice(y, y + 2), slice(x, x + 3))
    whole = np.zeros(SHAPE, np.bool_)
    whole[box] = mask
    assert to_runs(mask, box, SHAPE) == to_runs(whole, WHOLE, SHAPE)


def test_runs_are_places_in_z_y_x_order() -> None:
    mask = np.zeros(SHAPE, np.bool_)
    mask[1, 2, 3], mask[1, 2, 4], mask[1, 3, 0] = True, True, True
    assert to_runs(mask, WHOLE, SHAPE) == [33, 3]


@pytest.mark.parametrize(
    "runs",
    [
        None,
        "1,2",
        [1],
        [1, 0],
        [-1, 2],
        [59, 2],
        [5, 2, 3, 1],
        [0, 3, 2, 1],
        [1.5, 1],
        [True, 1],
        [1, 2, "3", 1],
        [10**30, 1],
        [0, 1] * 500,
        {"runs": []},
    ],
)
def test_runs_that_cannot_be_are_refused(runs: object) -> None:
    with pytest.raises(RefusedError, match="lesion B: Its outline is no list of rising runs within the picture"):
        from_runs(runs, SHAPE, "B")


def test_equal_outlines_are_one_file_named_by_its_digest(tmp_path: Path) -> None:
    drawn = {"shapes": [{"name": "length", "ends": [[0, 0, 0], [1, 2.5, 0]]}], "calibration": None}
    first = keep(tmp_path, SHAPE, [4, 2, 9, 1], drawn)
    assert keep(tmp_path, SHAPE, [4, 2, 9, 1], dict(reversed(drawn.items()))) == first
    assert keep(tmp_path, SHAPE, [4, 2], drawn) != first
    assert sorted(path.name for path in (tmp_path / "reads").iterdir()) != [] and len(first) == 64
    assert kept(tmp_path, first) == ([4, 2, 9, 1], drawn)


def test_a_file_that_was_altered_is_not_taken(tmp_path: Path) -> None:
    digest = keep(tmp_path, SHAPE, [4, 2], {})
    path = tmp_path / "reads" / f"{digest}.npz"
    path.write_bytes(path.read_bytes() + b"x")
    assert kept(tmp_path, digest) == ([], {}) == kept(tmp_path, "0" * 64) == kept(tmp_path, "")
