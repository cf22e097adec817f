"""Turns a folder of DICOM CT slices into one block of Hounsfield units with its place in the patient."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, RLELossless

from calcitrial.dicom.geometry import Floats, Stack, check_stack
from calcitrial.dicom.headers import SeriesError, open_images, shown

AIR_HU = -1024  # what padding becomes: the lowest value of 12-bit CT, never mistaken for tissue
MOST_HU = 32768.0  # the range of the voxels
ABSENT = (None, "")
LAYOUT = {"PixelData": bytes, "Rows": int, "Columns": int}  # of uncompressed slices
MOST_PROBLEMS = 20
RESCALE_UNITS = {"HU", "US", ""}  # US is "unspecified" (PS3.3 C.11.1.1.2), not ultrasound


@dataclass(frozen=True)
class Facts:
    """How a series was made; travels with every number measured on it.

    `kvp` is in kV, `slice_thickness_mm` in mm; None where the header is silent.
    """

    series_uid: str
    manufacturer: str | None
    model: str | None
    software_version: str | None
    kvp: float | None
    kernel: str | None
    slice_thickness_mm: float | None
    rescale_slope: float
    rescale_intercept: float
    transfer_syntax: str


@dataclass(frozen=True, eq=False)
class Series:
    """One CT series, ready to measure.

    Attributes:
        voxels: Hounsfield units, int16, indexed (z, y, x), slices in rising order along the normal.
        spacing_mm: (z, y, x).
        affine: 4x4 matrix from (x, y, z, 1) voxel index to DICOM patient coordinates (LPS, mm).
        facts: how the series was made.
        digest: sha256 of pixels and positions in order of SOPInstanceUID; file names play no part.
    """

    voxels: NDArray[np.int16]
    spacing_mm: tuple[float, float, float]
    affine: Floats
    facts: Facts
    digest: str

    @property
    def origin(self) -> Floats:
        """Patient coordinates (LPS mm) of the centre of the first voxel, shape (3,)."""
        return self.affine[:3, 3]

    @property
    def direction(self) -> Floats:
        """3x3 matrix whose columns are the unit directions of x, y and z index in the patient."""
        steps = self.affine[:3, :3]
        return np.asarray(steps / np.linalg.norm(steps, axis=0))

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel in mm3."""
        return float(np.prod(self.spacing_mm))

    def to_patient(self, zyx: ArrayLike) -> Floats:
        """Return patient coordinates (..., 3) in LPS mm of voxel indices (..., 3) given as (z, y, x)."""
        index = np.asarray(zyx, dtype=np.float64)[..., ::-1]
        return np.asarray(index @ self.affine[:3, :3].T + self.origin)

    def to_voxel(self, point_mm: ArrayLike) -> Floats:
        """Return fractional voxel indices (..., 3) as (z, y, x) of patient points (..., 3) in LPS mm."""
        offset = np.asarray(point_mm, dtype=np.float64) - self.origin
        return np.asarray(offset @ np.linalg.inv(self.affine[:3, :3]).T)[..., ::-1]


def read_series(folder: Path) -> Series:
    """Read the one CT series of a folder and its subfolders, whatever the files are called.

    Args:
        folder: holds single-frame CT Image Storage files; RTSTRUCT, SEG and files that are not DICOM are
            passed over.

    Returns:
        The series in Hounsfield units, slices sorted along their normal.

    Raises:
        SeriesError: with every problem found. Geometry is checked before any pixel is decoded.
    """
    images, problems = open_images(Path(folder))
    stack, uneven = check_stack(images) if images else (None, [])
    problems += uneven + [p for p in map(_pixel_problem, images) if p]
    if problems or stack is None:
        raise SeriesError(_told(list(dict.fromkeys(problems))))
    slices = [images[i] for i in stack.order]
    voxels = np.stack([_hounsfield(image, i) for i, image in enumerate(slices, 1)])
    return Series(voxels, stack.spacing_mm, stack.affine, _facts(slices[0]), _digest(slices, voxels, stack))


def _told(problems: list[str]) -> list[str]:
    """Return the problems, of very many only the first: a series cut short in every slice says the same 300 times."""
    more = len(problems) - MOST_PROBLEMS
    return problems if more <= 0 else [*problems[:MOST_PROBLEMS], f"{more} further problems are left out."]


def _pixel_problem(image: Dataset) -> str | None:
    """Say why the pixels of one slice cannot be Hounsfield units, before decoding them."""
    units = str(image.get("RescaleType", "HU"))
    if units not in RESCALE_UNITS:
        return f"RescaleType is {shown(units)}, not HU; export the CT series in Hounsfield units."
    layout = (
        image.get("BitsAllocated"),
        image.get("SamplesPerPixel"),
        image.get("PhotometricInterpretation"),
    )
    if layout != (16, 1, "MONOCHROME2"):
        bits, samples, kind = map(shown, layout)
        return f"Pixels are {bits} bit, {samples} sample(s), {kind}; CT needs 16, 1, MONOCHROME2."
    if problem := _scale_problem(image):
        return problem
    if _compressed(image) or not all(isinstance(image.get(n), k) for n, k in LAYOUT.items()):
        return None
    have, need = len(image.PixelData), 2 * int(image.Rows) * int(image.Columns)
    if have >= need:
        return None
    place = image.get("ImagePositionPatient")
    placed = isinstance(place, MultiValue) and len(place) == 3
    where = f"The slice at z = {float(place[2]):.2f} mm" if placed else "A slice"
    return f"{where} is cut short: {have} of {need} pixel bytes; export the series again."


def _scale_problem(image: Dataset) -> str | None:
    """Say why stored values cannot be turned into Hounsfield units; absent tags are told elsewhere."""
    slope, intercept = (_number(image, name) for name in ("RescaleSlope", "RescaleIntercept"))
    if image.get("RescaleSlope") in ABSENT or image.get("RescaleIntercept") in ABSENT:
        return None
    if slope is None or intercept is None or not 0 < slope <= MOST_HU or abs(intercept) > MOST_HU:
        return "RescaleSlope or RescaleIntercept give no Hounsfield units; export the original CT series."
    return None


def _compressed(image: Dataset) -> bool:
    return bool(UID(image.file_meta.TransferSyntaxUID).is_compressed)


def _hounsfield(image: Dataset, number: int) -> NDArray[np.int16]:
    """Decode one slice to Hounsfield units, int16 (rows, columns)."""
    try:
        stored = _stored(image)
        padding = _padding(image, stored)
    except Exception as fault:
        # Each codec has exceptions of its own, and gdcm raises a bare RuntimeError for cut streams.
        kind = UID(image.file_meta.TransferSyntaxUID).name
        sentence = f"Slice {number} ({kind}) cannot be decoded ({type(fault).__name__}); export the series again."
        raise SeriesError([sentence]) from None
    if stored.shape != (image.Rows, image.Columns):
        raise SeriesError([f"Slice {number} decodes to another size than its header says; export the series again."])
    slope, intercept = float(image.RescaleSlope), float(image.RescaleIntercept)
    if slope == 1 and intercept == int(intercept):
        hounsfield = stored.astype(np.int32) + int(intercept)
    else:
        hounsfield = np.clip(np.rint(stored * slope + intercept), -MOST_HU, MOST_HU - 1).astype(np.int32)
    hounsfield[padding] = AIR_HU
    return np.clip(hounsfield, -32768, 32767).astype(np.int16)


def _stored(image: Dataset) -> NDArray[np.integer]:
    syntax = UID(image.file_meta.TransferSyntaxUID)
    if not syntax.is_compressed and syntax.is_little_endian and image.BitsStored == 16:
        kind = "<i2" if image.PixelRepresentation else "<u2"
        rows, columns = int(image.Rows), int(image.Columns)
        return np.frombuffer(image.PixelData, kind, count=rows * columns).reshape(rows, columns)
    if not syntax.is_compressed:
        return np.asarray(pixel_array(image))
    # Named, so that other plug-ins of the machine never decide the numbers; gdcm's leaves RLE to pydicom.
    plugin = "pydicom" if syntax == RLELossless else "gdcm"
    return np.asarray(pixel_array(image, decoding_plugin=plugin))


def _padding(image: Dataset, stored: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Mark padding (PS3.3 C.7.5.1.1.2), a value or a range outside the reconstruction circle."""
    first = image.get("PixelPaddingValue")
    if first is None:
        return np.zeros(stored.shape, dtype=np.bool_)
    last = image.get("PixelPaddingRangeLimit", first)
    # Writers mix US and SS for these two; reading their 16 bits as the pixels are read settles it.
    low, high = sorted(int(np.array(int(v) & 0xFFFF, np.uint16).view(_kind(image))) for v in (first, last))
    return np.asarray((stored >= low) & (stored <= high))


def _kind(image: Dataset) -> type[np.int16] | type[np.uint16]:
    return np.int16 if image.PixelRepresentation else np.uint16


def _digest(slices: list[Dataset], voxels: NDArray[np.int16], stack: Stack) -> str:
    whole = hashlib.sha256(np.round(stack.affine, 4).tobytes())
    for uid, i in sorted((str(image.SOPInstanceUID), i) for i, image in enumerate(slices)):
        whole.update(uid.encode())
        whole.update(np.ascontiguousarray(voxels[i], dtype="<i2").tobytes())
    return whole.hexdigest()


def _facts(image: Dataset) -> Facts:
    return Facts(
        series_uid=str(image.get("SeriesInstanceUID", "")),
        manufacturer=_text(image, "Manufacturer"),
        model=_text(image, "ManufacturerModelName"),
        software_version=_text(image, "SoftwareVersions"),
        kvp=_number(image, "KVP"),
        kernel=_text(image, "ConvolutionKernel"),
        slice_thickness_mm=_number(image, "SliceThickness"),
        rescale_slope=float(image.RescaleSlope),
        rescale_intercept=float(image.RescaleIntercept),
        transfer_syntax=str(image.file_meta.TransferSyntaxUID),
    )


def _text(image: Dataset, tag: str) -> str | None:
    value = image.get(tag)
    if value is None or value == "":
        return None
    return str(value) if isinstance(value, str) else "\\".join(map(str, value))


def _number(image: Dataset, tag: str) -> float | None:
    try:
        value = float(image.get(tag))
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
