"""Reads one radiograph, ultrasound still or ultrasound clip: what it says of its millimetres, and its frames.

Nothing here decides whether a millimetre can be trusted; `imaging.radiograph` and `imaging.ultrasound` do.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, RLELossless

from calcitrial.dicom.alone import decoded_alone
from calcitrial.dicom.calibration import Region, Spacing, region_of, spacing_of
from calcitrial.dicom.codestream import claimed_size
from calcitrial.dicom.opening import open_object, plainly
from calcitrial.dicom.sources import fitting
from calcitrial.protocol import Problem, refuse

FILMS = {
    "1.2.840.10008.5.1.4.1.1.1": "Computed Radiography",
    "1.2.840.10008.5.1.4.1.1.1.1": "Digital X-Ray, for presentation",
    "1.2.840.10008.5.1.4.1.1.1.1.1": "Digital X-Ray, for processing",
    "1.2.840.10008.5.1.4.1.1.1.2": "Digital Mammography X-Ray, for presentation",
    "1.2.840.10008.5.1.4.1.1.1.2.1": "Digital Mammography X-Ray, for processing",
}
ULTRASOUNDS = {
    "1.2.840.10008.5.1.4.1.1.6.1": "Ultrasound",
    "1.2.840.10008.5.1.4.1.1.6": "Ultrasound (retired)",
    "1.2.840.10008.5.1.4.1.1.3.1": "Ultrasound Multi-frame",
    "1.2.840.10008.5.1.4.1.1.3": "Ultrasound Multi-frame (retired)",
}
KINDS = {"film": FILMS, "ultrasound": ULTRASOUNDS}
MOST_PIXELS = 16384  # rows or columns; a long-leg film of stitched plates stays below
MOST_FRAMES = 100_000
MOST_REGIONS = 1000
ALONE = {JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1}
GREY = ("MONOCHROME1", "MONOCHROME2")
COLOURS = {1: {*GREY, "PALETTE COLOR"}, 3: {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT"}}


@dataclass(frozen=True, eq=False)
class Picture:
    """One film, still or clip.

    `dense_low` says of a film that dense tissue has low values: where the beam's sign (0028,1041) tells so, and else
    where it is MONOCHROME1, shown white at low values. `digest` is the sha256 of its identity and encoded pixels;
    `header` holds what reports refer to.
    """

    kind: str
    rows: int
    columns: int
    frames: int
    photometric: str
    dense_low: bool
    manufacturer: str | None
    model: str | None
    sop_uid: str
    digest: str
    spacing: Spacing
    regions: tuple[Region, ...]
    header: Dataset = field(repr=False)

    def frame(self, number: int = 1) -> NDArray[np.integer[Any]]:
        """Decode one frame, from 1: stored values (rows, columns) of a grey picture, else RGB (rows, columns, 3).

        Raises:
            RefusedError: no such frame, or its pixels are damaged.
        """
        if not 1 <= number <= self.frames:
            what = f"There is no frame {number}; it has {self.frames}."
            refuse([Problem(self.kind, what, "Number frames from 1.")])
        with plainly(self.kind):
            return _decoded(self, number - 1)


def read_picture(path: Path, kind: str) -> Picture:
    """Read one file without decoding its pixels.

    Args:
        path: a DICOM file.
        kind: film or ultrasound: what the caller can measure; anything else is refused.

    Raises:
        RefusedError: damaged, another kind of picture, a clip stored as a film (MPEG), or a size that cannot be.
    """
    image = open_object(path, kind)
    with plainly(kind):
        refuse([Problem(kind, what, instead) for what, instead in _faults(image, kind)])
        return Picture(
            kind=kind,
            rows=int(image.Rows),
            columns=int(image.Columns),
            frames=_frames(image),
            photometric=str(image.PhotometricInterpretation),
            dense_low=_dense_low(image),
            manufacturer=_text(image, "Manufacturer"),
            model=_text(image, "ManufacturerModelName"),
            sop_uid=str(image.SOPInstanceUID),
            digest=hashlib.sha256(str(image.SOPInstanceUID).encode() + image.PixelData).hexdigest(),
            spacing=spacing_of(image),
            regions=tuple(region_of(item) for item in image.get("SequenceOfUltrasoundRegions", [])),
            header=fitting(image),
        )


def _faults(image: Dataset, kind: str) -> list[tuple[str, str]]:
    """Return what is wrong with a header, each with what to do, before a pixel is decoded."""
    sop_class = UID(str(image.get("SOPClassUID", "")))
    if sop_class not in KINDS[kind]:
        name = sop_class.name if sop_class.name != sop_class else "of an unknown class"
        return [(f"The file is {name}; it is not {_kinds(kind)}.", "Export the original picture.")]
    lacking = [n for n in ("Rows", "Columns", "PixelData", "SOPInstanceUID") if image.get(n) in (None, "", b"")]
    if lacking:
        return [(f"It lacks {', '.join(lacking)}: cut short or incomplete.", "Export it again.")]
    rows, columns, frames = int(image.Rows), int(image.Columns), _frames(image)
    if not (1 <= rows <= MOST_PIXELS and 1 <= columns <= MOST_PIXELS and 1 <= frames <= MOST_FRAMES):
        return [(f"It claims {frames} frames of {rows} x {columns} pixels.", "Export it again.")]
    if len(image.get("SequenceOfUltrasoundRegions", [])) > MOST_REGIONS:
        return [("It lists more than 1,000 regions.", "Export it again.")]
    return _layout(image, rows * columns * frames)


def _kinds(kind: str) -> str:
    return "a CR, DX or mammography image" if kind == "film" else "an ultrasound image"


def _layout(image: Dataset, pixels: int) -> list[tuple[str, str]]:
    syntax = UID(image.file_meta.TransferSyntaxUID)
    samples, bits = image.get("SamplesPerPixel"), image.get("BitsAllocated")
    if "MPEG" in syntax.name or "HEVC" in syntax.name:
        return [("The clip is stored as video.", "Export its frames as JPEG or uncompressed.")]
    if bits not in (8, 16) or image.get("PhotometricInterpretation") not in COLOURS.get(samples, ()):
        return [("Its pixels are in a layout that is not read.", "Export it as MONOCHROME, RGB or PALETTE COLOR.")]
    share = 2 / 3 if image.PhotometricInterpretation == "YBR_FULL_422" else 1.0
    have, need = len(image.PixelData), int(pixels * samples * (bits // 8) * share)
    if not syntax.is_compressed and have < need:
        return [(f"It is cut short: {have} of {need} pixel bytes.", "Export it again.")]
    return []


def _dense_low(image: Dataset) -> bool:
    # PS3.3 C.8.11.3.1.2: 1 means that low values had less of the beam, so that more lay in its way.
    sign = image.get("PixelIntensityRelationshipSign")
    return bool(sign == 1 if sign in (1, -1) else image.PhotometricInterpretation == "MONOCHROME1")


def _frames(image: Dataset) -> int:
    frames = image.get("NumberOfFrames")
    return 1 if frames in (None, "") else int(frames)


def _decoded(picture: Picture, index: int) -> NDArray[np.integer[Any]]:
    image = picture.header
    syntax = UID(image.file_meta.TransferSyntaxUID)
    stream = get_frame(image.PixelData, index, number_of_frames=picture.frames) if syntax.is_compressed else b""
    claimed = claimed_size(stream)
    if claimed is not None and claimed != (picture.rows, picture.columns):
        # A decoder believes its own header, and would allocate whatever that claims.
        what = f"Its pixels claim {claimed[0]} x {claimed[1]}, its header {picture.rows} x {picture.columns}."
        refuse([Problem(picture.kind, what, "Export it again.")])
    if syntax in ALONE:
        plane = next(iter(decoded_alone([(image, stream)])), None)
        if plane is None:
            raise ValueError("no pixels came back")
    else:
        plane = np.asarray(pixel_array(image, index=index, decoding_plugin=_plugin(syntax)))
    if picture.photometric == "PALETTE COLOR":
        plane = np.asarray(apply_color_lut(plane, image))
        plane = (plane >> 8).astype(np.uint8) if plane.dtype == np.uint16 else plane
    if plane.shape[:2] != (picture.rows, picture.columns):
        refuse([Problem(picture.kind, "Its pixels decode to another size than its header.", "Export it again.")])
    return plane


def _plugin(syntax: UID) -> str:
    """Name the decoder, so that other plug-ins of the machine never decide the numbers; gdcm leaves RLE to pydicom."""
    if not syntax.is_compressed:
        return ""
    return "pydicom" if syntax == RLELossless else "gdcm"


def _text(image: Dataset, name: str) -> str | None:
    value = image.get(name)
    return str(value) if isinstance(value, str) and value else None
