"""How fast a scan is searched, beside four peers in the same run, and how fast files become a table of lesions.

Every peer's answer is compared first: the same components, voxels, sums of HU and peaks. Medians of repeats, on the
clock and in work of all cores together, which other programs of the machine change less. The floor is one read of the
same voxels by as many threads. python bench/images.py runs this part alone.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import SimpleITK
from jpeg_ls import encode_array
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLSLossless
from scipy import ndimage

from calcitrial.compiled import compiled, spread, threads
from calcitrial.dicom import read_series
from calcitrial.dicom.decode import decode
from calcitrial.dicom.geometry import check_stack
from calcitrial.dicom.headers import open_images
from calcitrial.imaging import measure
from calcitrial.phantoms import Phantom, write_series
from calcitrial.voxels.components import find_components

try:
    import cc3d
except ImportError:
    cc3d = None
try:
    from skimage import measure as skimage
except ImportError:
    skimage = None

Volume = NDArray[np.int16]
Answer = NDArray[np.int64]  # a row per component: voxels, sum of HU, largest HU; sorted
SIDE = 512
SLICES = 300
THRESHOLD = 130
REPEATS = 5
FEW = 60  # slices for scipy, which takes a minute over 300
LENGTHS = (100, 300, 1000, 2000)
FILES = 140
LESIONS = 12


def scan(slices: int, deposits: int, seed: int = 0) -> Volume:
    """Return a limb of 512 x 512 pixels with a hollow bone, noise and so many deposits, made slice by slice."""
    rng = np.random.default_rng(seed)
    y, x = np.ogrid[:SIDE, :SIDE]
    limb, shaft = (y - 256) ** 2 + (x - 256) ** 2 < 200**2, (y - 250) ** 2 + (x - 240) ** 2
    base = np.where(limb, 40, -1000)
    base[(shaft < 45**2) & (shaft > 30**2)] = 900
    noise = rng.normal(0, 20, (8, SIDE, SIDE)).astype(np.int16)
    voxels = np.empty((slices, SIDE, SIDE), dtype=np.int16)
    for z in range(slices):
        voxels[z] = base + np.roll(noise[z % 8], 37 * z, axis=1)
    for _ in range(deposits):
        z, row, column = rng.integers(3, slices - 4), *rng.integers(80, 430, 2)
        r = int(rng.integers(1, 4))
        voxels[z - r : z + r + 1, row - r : row + r + 1, column - r : column + r + 1] += np.int16(
            rng.integers(150, 500)
        )
    return voxels


def ours(voxels: Volume) -> Answer:
    """Search with the program's own kernel."""
    found = find_components(voxels, THRESHOLD)
    return _sorted(found.voxels, found.hu_sum, found.hu_max)


def simpleitk(voxels: Volume) -> Answer:
    """Search with ConnectedComponent and LabelIntensityStatistics."""
    image = SimpleITK.GetImageFromArray(voxels)
    labels = SimpleITK.ConnectedComponent(image >= THRESHOLD, True)
    found = SimpleITK.LabelIntensityStatisticsImageFilter()
    found.Execute(labels, image)
    rows = [(found.GetNumberOfPixels(i), found.GetSum(i), found.GetMaximum(i)) for i in found.GetLabels()]
    return _sorted(*np.array(rows).T)


def scikit_image(voxels: Volume) -> Answer:
    """Search with label and regionprops_table."""
    labels = skimage.label(voxels >= THRESHOLD, connectivity=3)
    table = skimage.regionprops_table(labels, voxels, properties=("area", "intensity_mean", "intensity_max", "bbox"))
    return _sorted(table["area"], np.rint(table["intensity_mean"] * table["area"]), table["intensity_max"])


def scipy(voxels: Volume) -> Answer:
    """Search with ndimage.label and its sums."""
    labels, n = ndimage.label(voxels >= THRESHOLD, np.ones((3, 3, 3)))
    index = np.arange(1, n + 1)
    ndimage.find_objects(labels)
    sums, peaks = ndimage.sum_labels(voxels, labels, index), ndimage.maximum(voxels, labels, index)
    return _sorted(np.bincount(labels.ravel())[1:], sums, peaks)


def cc3d_bincount(voxels: Volume) -> Answer:
    """Search with cc3d, its statistics, and bincount for the HU; the peaks from the voxels it marks."""
    labels = cc3d.connected_components(voxels >= THRESHOLD, connectivity=26)
    statistics_of = cc3d.statistics(labels)
    sums = np.bincount(labels.ravel(), weights=voxels.ravel())
    hot = np.flatnonzero(labels)
    peaks = np.full(len(sums), -(1 << 15))
    np.maximum.at(peaks, labels.ravel()[hot], voxels.ravel()[hot])
    return _sorted(statistics_of["voxel_counts"][1:], sums[1:], peaks[1:])


def _sorted(*columns: object) -> Answer:
    table = np.column_stack([np.asarray(column, dtype=np.float64) for column in columns]).astype(np.int64)
    return table[np.lexsort(table.T)]


PEERS: dict[str, tuple[Callable[[Volume], Answer], object, int]] = {
    "SimpleITK, LabelIntensityStatistics": (simpleitk, SimpleITK, 1),
    "scikit-image, regionprops_table": (scikit_image, skimage, 1),
    "cc3d, statistics and bincount": (cc3d_bincount, cc3d, 1),
    f"scipy.ndimage, on {FEW} slices times {SLICES // FEW}": (scipy, ndimage, SLICES // FEW),
}


@compiled
def total(flat: Volume, start: int, end: int) -> int:
    """Add up some voxels: the least that any search has to read."""
    part = flat[start:end]
    found = 0
    for i in range(len(part)):
        found += int(part[i])
    return found


def read_once(voxels: Volume) -> int:
    """Read every voxel, on all threads."""
    flat = voxels.reshape(-1)
    cuts = np.linspace(0, len(flat), threads() + 1).astype(int)
    return sum(spread(lambda i: total(flat, cuts[i], cuts[i + 1]), range(threads())))


def taken(act: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """Return the median seconds on the clock, and of all cores together, of repeats after one more to warm up."""
    runs = []
    for _ in range(repeats + (repeats > 1)):
        start, work = time.perf_counter(), time.process_time()
        act()
        runs.append((time.perf_counter() - start, time.process_time() - work))
    clock, cores = zip(*runs[repeats > 1 :], strict=True)
    return statistics.median(clock), statistics.median(cores)


def seconds(act: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median seconds on the clock."""
    return taken(act, repeats)[0]


def peak_mb(name: str) -> float:
    """Return by how many MB memory peaks above the loaded volume, in a fresh process, compiling included."""
    command = [sys.executable, __file__, "--memory", name]
    return float(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)


def _own_peak(name: str) -> float:
    voxels = scan(SLICES, 10 * SLICES)
    act = ours if name == "ours" else PEERS[name][0]
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew here
    before = _status("VmRSS")
    act(voxels)
    return (_status("VmHWM") - before) / 1024


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1])


def search() -> str:
    """Return the table of kernel and peers on 512 x 512 x 300 voxels."""
    voxels = scan(SLICES, 10 * SLICES)
    answer = ours(voxels)
    mine, floor = taken(lambda: ours(voxels), 15), taken(lambda: read_once(voxels), 15)
    title = "512 x 512 x 300 int16, from 130 HU"
    head = f"{title:<42}{'seconds':>9}{'ratio':>8}{'of cores':>10}{'ratio':>8}{'MB above':>10}"
    lines = [head, _line(f"ours ({threads()} threads)", mine, mine, peak_mb("ours"))]
    for name, (act, there, times) in PEERS.items():
        if there is None:
            lines.append(f"{name:<42}{'NOT INSTALLED, not compared':>36}")
            continue
        part = voxels[: SLICES // times]
        if not np.array_equal(act(part), answer if times == 1 else ours(part)):
            raise SystemExit(f"{name} gives other components.")
        clock, cores = taken(lambda act=act, part=part: act(part), 3 if times == 1 else 1)  # type: ignore[misc]
        memory = peak_mb(name) if times == 1 else float("nan")
        lines.append(_line(name, (times * clock, times * cores), mine, memory))
    lines.append(_line("floor: each voxel read once", floor, mine, 0.0))
    lines.append(f"Ours takes {mine[0] / floor[0]:.1f} floors, {mine[1] / floor[1]:.1f} counted in work of all cores.")
    return "\n".join([*lines, f"All agree on {len(answer):,} components and {answer[:, 0].sum():,} voxels."])


def _line(name: str, took: tuple[float, float], ours: tuple[float, float], memory: float) -> str:
    clock = f"{took[0]:>9.4f}{took[0] / ours[0]:>8.2f}"
    return f"{name:<42}{clock}{took[1]:>10.4f}{took[1] / ours[1]:>8.2f}{memory:>10.0f}"


def lengths() -> str:
    """Return how the cost grows with the number of slices."""
    block = scan(LENGTHS[0], 10 * LENGTHS[0])
    voxels = np.empty((LENGTHS[-1], SIDE, SIDE), dtype=np.int16)
    for start in range(0, LENGTHS[-1], LENGTHS[0]):
        voxels[start : start + LENGTHS[0]] = block
    lines = [f"{'slices of 512 x 512':<42}{'seconds':>9}{'ms a slice':>12}{'of cores':>12}"]
    for n in LENGTHS:
        clock, cores = taken(lambda n=n: find_components(voxels[:n], THRESHOLD), 3)  # type: ignore[misc]
        lines.append(f"{n:<42,}{clock:>9.3f}{1000 * clock / n:>12.3f}{1000 * cores / n:>12.3f}")
    return "\n".join(lines)


def write_files(folder: Path) -> None:
    """Write a scan of 140 slices of 512 x 512 as JPEG-LS."""
    voxels = scan(FILES, LESIONS, 1)
    phantom = Phantom(shape=voxels.shape, spacing_mm=(1.0, 0.45, 0.45))
    paths = write_series(phantom, voxels, folder, key="bench", acquired=datetime(2024, 1, 1), patient_id="BENCH")
    for path, plane in zip(paths, voxels, strict=True):
        image = dcmread(path)
        image.file_meta.TransferSyntaxUID = JPEGLSLossless
        image.BitsStored, image.HighBit = 12, 11
        image.PixelData = encapsulate([bytes(encode_array((plane & 0xFFF).astype(np.uint16)))])
        image["PixelData"].VR = "OB"
        image["PixelData"].is_undefined_length = True
        image.save_as(path)


def stages(folder: Path) -> dict[str, tuple[float, float]]:
    """Time each stage by itself; `reading in all` holds headers, decoding, the checks and the digest."""
    images, _ = open_images(folder)
    stack, _ = check_stack(images)
    if stack is None:
        raise SystemExit("The bench's own series is refused.")
    slices = [images[i] for i in stack.order]
    series = read_series(folder)
    return {
        "headers": taken(lambda: open_images(folder), 3),
        "decoding": taken(lambda: decode(slices), 3),
        "reading in all": taken(lambda: read_series(folder), 3),
        "measuring": taken(lambda: measure(series), 3),
    }


def files() -> str:
    """Return how long 140 JPEG-LS files take to become a table of lesions, and what reading them takes others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "series"
        write_files(folder)
        took = stages(folder)
        found = len(measure(read_series(folder)))
        code = f"from calcitrial import verbs; print(len(verbs.measure({str(folder)!r})[1]))"
        command = [sys.executable, "-c", code]
        runs: list[str] = []
        cold = seconds(lambda: runs.append(subprocess.check_output(command, text=True, timeout=300)), 1)
        peer = taken(lambda: _peer_read(folder), 3)
        if not np.array_equal(_peer_read(folder), read_series(folder).voxels) or int(runs[0]) != found:
            raise SystemExit("SimpleITK reads other voxels, or a fresh process finds other lesions.")
    read, measured = took["reading in all"], took["measuring"]
    whole = read[0] + measured[0], read[1] + measured[1]
    took[f"files to table of {found} lesions, warm"] = whole
    took["SimpleITK reads the same voxels"] = peer
    lines = [f"{'140 JPEG-LS files of 512 x 512':<42}{'seconds':>9}{'share':>8}{'of cores':>10}"]
    lines += [f"{label:<42}{t[0]:>9.3f}{t[0] / whole[0]:>8.0%}{t[1]:>10.3f}" for label, t in took.items()]
    return "\n".join([*lines, f"{'files to table from a fresh process':<42}{cold:>9.3f}"])


def _peer_read(folder: Path) -> Volume:
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return np.asarray(SimpleITK.GetArrayFromImage(reader.Execute()))


def report() -> str:
    """Return the tables."""
    return "\n\n".join(part() for part in PARTS)


def machine() -> str:
    """Return how many threads are used, and how busy the machine is: beside others all figures are too high."""
    return f"{threads()} threads on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


PARTS: tuple[Callable[[], str], ...] = (machine, search, lengths, files)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        print(_own_peak(sys.argv[2]))
    else:
        for part in PARTS:
            print(f"{part()}\n", flush=True)
