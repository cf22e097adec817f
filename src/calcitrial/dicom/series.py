"""Turns a folder of DICOM CT slices into one block of Hounsfield units with its place in the patient."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import UID

from calcitrial.dicom.decode import MOST_HU, decode
from calcitrial.dicom.geometry import Floats, Stack, check_stack
from calcitrial.dicom.headers import SeriesError, open_images, shown

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
    voxels = decode(slices)
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


def _digest(slices: list[Dataset], voxels: NDArray[np.int16], stack: Stack) -> str:
    whole = hashlib.sha256(np.round(stack.affine, 4).tobytes())
    for uid, i in sorted((str(image.SOPInstanceUID), i) for i, image in enumerate(slices)):
        whole.update(uid.encode())
        whole.update(voxels[i].astype("<i2", copy=False).data.cast("B"))
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
