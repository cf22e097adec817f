"""The compiled loops under `components`: runs of voxels at or above a threshold, which touch which, and their sums.

A run is a stretch of one row. Its columns are its first x, the x after its last, and the component it belongs to;
components point to a parent that began earlier (union-find), or to themselves.
"""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from calcitrial.compiled import compiled, compiler

Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]
Numbers = NDArray[np.int32]
Block = NDArray[Any]
Pair = tuple[int, int]
Slab = tuple[Counts, Numbers, Numbers, Counts]  # row starts, runs (x, x end, component), parents, table
Table = TypeVar("Table", Counts, Numbers)

FAR = 1 << 62  # beyond every index and value
BLOCK = 64  # voxels whose maximum is looked at before any of them: most of a scan is below the threshold
FEWEST = 1 << 12  # what the tables of runs and components begin with
# Columns of a run as it is found in its row.
BEGIN, END, SUM, SQUARES, MOST, LEAST, SUM_X = range(7)
# Columns of the table of components; those with a sum in them are added, the others are extremes.
N, HU, HU_HU, Z, Y, X, HU_Z, HU_Y, HU_X, HU_MAX, Z_END, Y_END, X_END, HU_MIN, Z_0, Y_0, X_0 = range(17)
ADDED, LARGEST = 9, 13  # columns before ADDED are sums, before LARGEST maxima, the rest minima

inlined = compiler(forceinline=True)  # a call costs as much as a run


@compiled
def scan_slab(block: Block, hot: Mask, within: Mask, masked: bool, threshold: int, slab: Pair, reach: int) -> Slab:
    """Return runs and components of one slab: row starts, runs (x, x end, component), parents, table."""
    height, width = block.shape[1], block.shape[2]
    first = np.zeros((slab[1] - slab[0]) * height + 1, dtype=np.int64)
    runs = np.empty((FEWEST, 3), dtype=np.int32)
    parent = np.empty(FEWEST, dtype=np.int32)
    table = np.empty((FEWEST, 17), dtype=np.int64)
    found = np.empty((FEWEST, 7), dtype=np.int64)
    known = 0
    for z in range(slab[0], slab[1]):
        plane = block[z].ravel()
        inside = within[z].ravel() if masked else within[0].ravel()
        row = (z - slab[0]) * height
        start = first[row]
        found = _runs_of_plane(plane, hot[z - slab[0]], inside, masked, threshold, width, first, row, found)
        first[row + 1 : row + height + 1] += start
        runs = _room(runs, first[row + height])
        _keep(found, runs, first[row], first[row + height])
        parent = _room_1(parent, known + first[row + height] - first[row])
        before, known = known, _link(first, runs, parent, row, (height, reach), known)
        table = _room(table, known)
        _clear(table, before, known)
        _add(found, first, row, runs, table, z, height)
    return first, runs[: first[-1]].copy(), parent[:known].copy(), table[:known].copy()


@compiled
def find_hot(block: Block, threshold: int, start: int, end: int) -> Mask:
    """Say of each BLOCK of voxels of each slice of a slab whether one reaches the threshold.

    Kept apart, and written just so, that the compiler compares 32 voxels in one instruction.
    """
    size = block.shape[1] * block.shape[2]
    whole = size // BLOCK
    hot = np.ones((end - start, whole + (size % BLOCK > 0)), dtype=np.bool_)
    for z in range(start, end):
        plane, flags = block[z].ravel(), hot[z - start]
        for k in range(whole):
            part = plane[k * BLOCK : k * BLOCK + BLOCK]
            some = np.uint8(0)
            for i in range(BLOCK):
                some |= np.uint8(part[i] >= threshold)
            flags[k] = some > 0
    return hot


@compiled
def _room(table: Table, needed: int) -> Table:
    """Return the table, or one of twice its length with the same beginning when it is too short."""
    if needed <= len(table):
        return table
    longer = np.empty((max(needed, 2 * len(table)), table.shape[1]), dtype=table.dtype)
    longer[: len(table)] = table
    return longer


@compiled
def _room_1(column: Numbers, needed: int) -> Numbers:
    if needed <= len(column):
        return column
    longer = np.empty(max(needed, 2 * len(column)), dtype=column.dtype)
    longer[: len(column)] = column
    return longer


@compiled
def _runs_of_plane(
    plane: Block,
    hot: Mask,
    inside: Mask,
    masked: bool,
    threshold: int,
    width: int,
    first: Counts,
    row: int,
    found: Counts,
) -> Counts:
    """Write the runs of a slice into `found`, and in `first` where those of each row begin; return `found`."""
    count, begin, row_end = 0, -1, width
    for k in range(len(hot)):
        low = k * BLOCK
        if not hot[k]:
            if begin >= 0:
                count, begin = _close(plane, width, begin, low, found, count)
            continue
        high = min(low + BLOCK, len(plane))
        found = _room(found, count + BLOCK)
        while low < high:
            while row_end <= low:
                row, row_end = _next_row(first, row, row_end, width, count)
            stop = min(high, row_end)
            count, begin = _runs_of_stretch(plane, inside, masked, threshold, (low, stop), width, found, count, begin)
            if stop == row_end and begin >= 0:
                count, begin = _close(plane, width, begin, stop, found, count)
            low = stop
    while row_end <= len(plane):
        row, row_end = _next_row(first, row, row_end, width, count)
    return found


@inlined
def _runs_of_stretch(
    plane: Block,
    inside: Mask,
    masked: bool,
    threshold: int,
    stretch: Pair,
    width: int,
    found: Counts,
    count: int,
    begin: int,
) -> Pair:
    """Write the runs that end in a stretch of a row; return how many there are now, and where the open one began."""
    for i in range(stretch[0], stretch[1]):
        if plane[i] >= threshold and (not masked or inside[i]):
            if begin < 0:
                begin = i
        elif begin >= 0:
            count, begin = _close(plane, width, begin, i, found, count)
    return count, begin


@inlined
def _next_row(first: Counts, row: int, row_end: int, width: int, count: int) -> Pair:
    first[row + 1] = count
    return row + 1, row_end + width


@inlined
def _close(plane: Block, width: int, begin: int, end: int, found: Counts, count: int) -> Pair:
    """Write the sums of the run that ends here; return how many runs there are now, and that none is open."""
    _sum_up(plane, begin - begin % width, begin, end, found, count)
    return count + 1, -1


@compiled
def _sum_up(plane: Block, base: int, begin: int, end: int, found: Counts, at: int) -> None:
    total = squares = total_x = np.int64(0)
    most = least = np.int64(plane[begin])
    for i in range(begin, end):
        hu = np.int64(plane[i])
        total += hu
        squares += hu * hu
        total_x += hu * (i - base)
        most, least = max(most, hu), min(least, hu)
    found[at, BEGIN], found[at, END], found[at, SUM], found[at, SQUARES] = begin - base, end - base, total, squares
    found[at, MOST], found[at, LEAST], found[at, SUM_X] = most, least, total_x


@compiled
def _root(parent: Numbers, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]  # halves the path for whoever comes next
        i = parent[i]
    return i


@compiled
def _united(parent: Numbers, a: int, b: int) -> int:
    """Join two components and return the one that began first."""
    a, b = _root(parent, a), _root(parent, b)
    low, high = min(a, b), max(a, b)
    parent[high] = low
    return low


@compiled
def _keep(found: Counts, runs: Numbers, start: int, end: int) -> None:
    for i in range(end - start):
        runs[start + i, 0], runs[start + i, 1], runs[start + i, 2] = found[i, BEGIN], found[i, END], -1


@compiled
def _link(first: Counts, runs: Numbers, parent: Numbers, row: int, shape: Pair, known: int) -> int:
    """Join the runs of a slice to those they touch in the row before and in the slice before, if that is there.

    Runs that touch none begin a component. Returns how many are known then.
    """
    height, reach = shape
    for y in range(height):
        here = row + y
        if first[here] == first[here + 1]:
            continue
        if y > 0:
            _join(first, runs, parent, here, here - 1, reach)
        if row > 0:
            for other in range(max(y - reach, 0), min(y + reach, height - 1) + 1):
                _join(first, runs, parent, here, row - height + other, reach)
        for i in range(first[here], first[here + 1]):
            if runs[i, 2] < 0:
                runs[i, 2] = parent[known] = known
                known += 1
    return known


@inlined
def _join(first: Counts, runs: Numbers, parent: Numbers, row: int, other: int, reach: int) -> None:
    """Join the runs of a row to the runs of another that they touch; both are sorted, so that one walk suffices."""
    i, j = first[row], first[other]
    while i < first[row + 1] and j < first[other + 1]:
        if runs[j, 1] + reach <= runs[i, 0]:
            j += 1
        elif runs[i, 1] + reach <= runs[j, 0]:
            i += 1
        else:
            if runs[i, 2] < 0:
                runs[i, 2] = _root(parent, runs[j, 2])
            elif runs[i, 2] != runs[j, 2]:
                runs[i, 2] = _united(parent, runs[i, 2], runs[j, 2])
            if runs[j, 1] <= runs[i, 1]:
                j += 1
            else:
                i += 1


@compiled
def _clear(table: Counts, start: int, end: int) -> None:
    for i in range(start, end):
        for column in range(17):
            table[i, column] = 0 if column < ADDED else (FAR if column >= LARGEST else -FAR)


@compiled
def _add(found: Counts, first: Counts, row: int, runs: Numbers, table: Counts, z: int, height: int) -> None:
    """Add what the runs of a slice hold to the table of components."""
    for y in range(height):
        for i in range(first[row + y], first[row + y + 1]):
            _add_run(found, i - first[row], table, runs[i, 2], z, y)


@inlined
def _add_run(found: Counts, i: int, table: Counts, to: int, z: int, y: int) -> None:
    begin, end, hu = found[i, BEGIN], found[i, END], found[i, SUM]
    n = end - begin
    table[to, N] += n
    table[to, HU] += hu
    table[to, HU_HU] += found[i, SQUARES]
    table[to, Z] += n * z
    table[to, Y] += n * y
    table[to, X] += (begin + end - 1) * n // 2
    table[to, HU_Z] += hu * z
    table[to, HU_Y] += hu * y
    table[to, HU_X] += found[i, SUM_X]
    table[to, HU_MAX] = max(table[to, HU_MAX], found[i, MOST])
    table[to, HU_MIN] = min(table[to, HU_MIN], found[i, LEAST])
    table[to, Z_END], table[to, Z_0] = max(table[to, Z_END], z + 1), min(table[to, Z_0], z)
    table[to, Y_END], table[to, Y_0] = max(table[to, Y_END], y + 1), min(table[to, Y_0], y)
    table[to, X_END], table[to, X_0] = max(table[to, X_END], end), min(table[to, X_0], begin)


@compiled
def stitch(
    upper: Counts, upper_runs: Numbers, lower: Counts, lower_runs: Numbers, parent: Numbers, shift: Pair, reach: int
) -> None:
    """Join the components of two slabs that touch across their border.

    `upper` are the row starts of the last slice of the upper slab, `lower` those of the lower slab.
    """
    height = len(upper) - 1
    for y in range(height):
        for other in range(max(y - reach, 0), min(y + reach, height - 1) + 1):
            i, j = lower[y], upper[other]
            while i < lower[y + 1] and j < upper[other + 1]:
                if upper_runs[j, 1] + reach <= lower_runs[i, 0]:
                    j += 1
                elif lower_runs[i, 1] + reach <= upper_runs[j, 0]:
                    i += 1
                else:
                    _united(parent, upper_runs[j, 2] + shift[0], lower_runs[i, 2] + shift[1])
                    if upper_runs[j, 1] <= lower_runs[i, 1]:
                        j += 1
                    else:
                        i += 1


@compiled
def settle(parent: Numbers) -> int:
    """Turn parents into final numbers, counted in the order of first voxels; return how many there are."""
    number = 0
    for i in range(len(parent)):
        # A parent came earlier than its child, so its number is final already.
        if parent[i] == i:
            parent[i] = number
            number += 1
        else:
            parent[i] = parent[parent[i]]
    return number


@compiled
def gathered(table: Counts, label: Numbers, number: int) -> Counts:
    """Return the table of whole components from that of their parts."""
    whole = np.zeros((number, table.shape[1]), dtype=np.int64)
    seen = np.zeros(number, dtype=np.bool_)
    for i in range(len(table)):
        to = whole[label[i]]
        if not seen[label[i]]:
            seen[label[i]] = True
            to[:] = table[i]
            continue
        to[:ADDED] += table[i, :ADDED]
        to[ADDED:LARGEST] = np.maximum(to[ADDED:LARGEST], table[i, ADDED:LARGEST])
        to[LARGEST:] = np.minimum(to[LARGEST:], table[i, LARGEST:])
    return whole


@compiled
def tally(runs: Numbers, label: Numbers, shift: int, counts: Counts) -> None:
    """Count the runs of each component, one place on in `counts`; `shift` is that of the slab's labels."""
    for i in range(len(runs)):
        counts[label[runs[i, 2] + shift] + 1] += 1


@compiled
def deal(first: Counts, runs: Numbers, label: Numbers, shifts: Pair, at: Counts, rows: Numbers, ends: Numbers) -> None:
    """Put the runs of a slab where the runs of their components go; `shifts` are of labels and of rows."""
    for row in range(len(first) - 1):
        for i in range(first[row], first[row + 1]):
            which = label[runs[i, 2] + shifts[0]]
            rows[at[which]] = row + shifts[1]
            ends[at[which], 0], ends[at[which], 1] = runs[i, 0], runs[i, 1]
            at[which] += 1


@compiled
def fill(mask: Mask, rows: Numbers, ends: Numbers, begin: Counts, height: int) -> None:
    """Mark the voxels of runs in a mask whose first voxel has the index `begin` in the block."""
    for i in range(len(rows)):
        z, y = rows[i] // height - begin[0], rows[i] % height - begin[1]
        mask[z, y, ends[i, 0] - begin[2] : ends[i, 1] - begin[2]] = True
