"""Outlines as they travel and as they are kept: runs of voxels, and one file per answer named by its digest."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from calcitrial.protocol import Problem, refuse
from calcitrial.whole_file import write_whole

Shape = tuple[int, int, int]


def to_runs(mask: NDArray[np.bool_], box: tuple[slice, slice, slice], shape: Shape) -> list[int]:
    """Return [start, length, start, length, ...] of a mask over a box, as places in a volume of this shape (z, y, x).

    A run may go on from the end of one row to the start of the next, as the voxels lie in memory.
    """
    z, y, x = (axis + part.start for axis, part in zip(np.nonzero(mask), box, strict=True))
    at = np.sort((z * shape[1] + y) * shape[2] + x)
    if not at.size:
        return []
    breaks = np.flatnonzero(np.diff(at) > 1)
    starts = at[np.concatenate([[0], breaks + 1])]
    ends = at[np.concatenate([breaks, [at.size - 1]])]
    return [int(part) for part in np.column_stack([starts, ends - starts + 1]).ravel()]


def from_runs(runs: object, shape: Shape, label: str) -> NDArray[np.bool_]:
    """Return the mask (z, y, x) that runs from a browser describe; RefusedError when they cannot be."""
    size = int(np.prod(shape))
    pairs = _pairs(runs, size)
    if pairs is None:
        what = "Its outline is no list of rising runs within the picture."
        refuse([Problem(f"lesion {label}", what, "Load the page again and outline it anew.")])
        raise AssertionError
    flat = np.zeros(size, np.bool_)
    for start, length in pairs:
        flat[start : start + length] = True
    return flat.reshape(shape)


def _pairs(runs: object, size: int) -> NDArray[np.int64] | None:
    if not isinstance(runs, list) or len(runs) % 2 or len(runs) > 2 * size:
        return None
    if not all(type(part) is int and 0 <= part <= size for part in runs):
        return None
    pairs = np.array(runs, np.int64).reshape(-1, 2)
    ends = pairs.sum(axis=1)
    apart = bool((pairs[1:, 0] >= ends[:-1]).all())
    return pairs if apart and bool((pairs[:, 1] > 0).all()) and bool((ends <= size).all()) else None


def keep(folder: Path, shape: Shape, runs: Sequence[int], drawn: Mapping[str, object]) -> str:
    """Write what a reader outlined and drew as `reads/<sha256>.npz` of a home and return the digest.

    The file holds `shape` (z, y, x), `runs` (n, 2) and `drawn` (JSON: lines with their voxels, calibration), and
    nothing of the person. Equal outlines give equal bytes, and so one file.
    """
    memory = io.BytesIO()
    np.savez_compressed(
        memory,
        shape=np.array(shape, np.int64),
        runs=np.array(runs, np.int64).reshape(-1, 2),
        drawn=np.frombuffer(orjson.dumps(drawn, option=orjson.OPT_SORT_KEYS), np.uint8),
    )
    data = memory.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    path = folder / "reads" / f"{digest}.npz"
    if not path.is_file():
        write_whole(path, data)
    return digest


def kept(folder: Path, digest: str) -> tuple[list[int], dict[str, object]]:
    """Return runs and drawn lines of a kept answer; ([], {}) when there is no such file or it was altered."""
    path = folder / "reads" / f"{digest}.npz"
    if not digest or not path.is_file():
        return [], {}
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        return [], {}
    with np.load(io.BytesIO(data)) as file:
        return [int(part) for part in file["runs"].ravel()], orjson.loads(file["drawn"].tobytes())
