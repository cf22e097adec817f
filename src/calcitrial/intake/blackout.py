"""Blackens what may show a name in the pixels: all outside the regions of an ultrasound image, or of rectangles.

Ultrasound machines and captured screens burn names into the picture. Where the header says which regions are
image (PS3.3 C.8.5.5), everything else turns black; where it does not, a person must say which rectangles may stay.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, ExplicitVRLittleEndian, RLELossless

from calcitrial.dicom import SeriesError

Rectangle = tuple[int, int, int, int]
ULTRASOUND = ("1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.3.1")
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
MOST_EDGE = 65535
COLOURS = {"RGB": (0, 0, 0), "YBR_FULL": (0, 128, 128)}
STALE = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths", "EncapsulatedPixelDataValueTotalLength")
EDGES = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")
KEEP = "name the rectangles to keep (--keep x0,y0,x1,y1), or export pictures without text."


def blacken(dataset: Dataset, keep: Sequence[Rectangle] = ()) -> None:
    """Blacken pixels of a dataset in place where they may show text; other pictures are left as they are.

    Ultrasound keeps its regions, clipped to the image, and of them only what lies in the rectangles `keep` if there
    are any (some machines write into their regions). Ultrasound without regions (or whose regions are the whole
    picture), secondary captures, and pictures that say they carry burnt-in text keep the rectangles `keep`. What
    was blackened is written uncompressed, with BurnedInAnnotation NO.

    Raises:
        SeriesError: there are no rectangles where they are needed, or the pixels cannot be decoded.
    """
    if dataset.get("PixelData") is None:
        return
    if _overlay_in_pixels(dataset):
        raise SeriesError(["An overlay lies in unused bits of the pixels; export the series without overlays."])
    if not may_show_text(dataset):
        return
    shape = _whole(dataset.get("Rows")), _whole(dataset.get("Columns"))
    outside, beyond = _outside(shape, regions(dataset)), _outside(shape, keep)
    if outside.all() or not outside.any():
        outside = beyond
    elif keep:
        outside |= beyond
    if outside.all():
        raise SeriesError([f"The pixels may show a name and nothing says which part is image; {KEEP}"])
    pixels, kind = _decoded(dataset)
    if pixels.ndim < 2 + (kind in COLOURS) or shape not in (pixels.shape[-2:], pixels.shape[-3:-1]):
        raise SeriesError(["The pixels do not have the rows and columns of the header; export the series again."])
    if kind in COLOURS:
        pixels[..., outside, :] = COLOURS[kind]
    else:
        pixels[..., outside] = _black(dataset, pixels, kind)
    _store(dataset, pixels, kind)


def may_show_text(dataset: Dataset) -> bool:
    """Return whether a picture is of a kind into which names are burnt, or says that it holds such text."""
    kinds = [str(one).upper() for one in dataset.get("ImageType") or ()]
    return (
        dataset.get("SOPClassUID") in ULTRASOUND
        or str(dataset.get("SOPClassUID")).startswith(CAPTURE)
        or str(dataset.get("BurnedInAnnotation")).upper() == "YES"
        or any("SCREEN" in one for one in kinds)
    )


def regions(dataset: Dataset) -> list[Rectangle]:
    """Return the rectangles of the ultrasound regions that have all four edges, as written in the file."""
    found = [[item.get(edge) for edge in EDGES] for item in dataset.get("SequenceOfUltrasoundRegions") or ()]
    return [(a, b, c, d) for a, b, c, d in found if all(isinstance(edge, int) for edge in (a, b, c, d))]


def _outside(shape: tuple[int, int], rectangles: Iterable[Rectangle]) -> NDArray[np.bool_]:
    """Return a mask (rows, columns) that is True outside all rectangles; those are clipped to the picture."""
    outside = np.ones(shape, dtype=np.bool_)
    for x0, y0, x1, y1 in rectangles:
        outside[max(y0, 0) : max(y1 + 1, 0), max(x0, 0) : max(x1 + 1, 0)] = False
    return outside


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and 0 < value <= MOST_EDGE else 0


def _overlay_in_pixels(dataset: Dataset) -> bool:
    """Return whether a (retired) overlay uses bits of the pixels themselves: OverlayBitsAllocated is not 1."""
    groups = {tag.group for tag in dataset.keys() if 0x6000 <= tag.group <= 0x60FF}  # noqa: SIM118
    return any(dataset[group, 0x0100].value != 1 for group in groups if (group, 0x0100) in dataset)


def _decoded(dataset: Dataset) -> tuple[NDArray[Any], str]:
    """Return all frames as stored values, colours as RGB, and the photometric interpretation that they have then."""
    syntax = UID(str(dataset.file_meta.TransferSyntaxUID))
    plugin = "" if not syntax.is_compressed else "pydicom" if syntax == RLELossless else "gdcm"
    try:
        pixels, made = get_decoder(syntax).as_array(dataset, decoding_plugin=plugin)
    except Exception as fault:
        # Decoders raise whatever they like on damaged pixels, and their messages may quote the file.
        told = f"The pixels cannot be decoded ({type(fault).__name__}) and so not cleaned; export them again."
        raise SeriesError([told]) from None
    return np.array(pixels), str(made["photometric_interpretation"])


def _black(dataset: Dataset, pixels: NDArray[Any], kind: str) -> int:
    """Return the stored value that shows as the darkest."""
    if kind == "MONOCHROME1":
        return int(np.iinfo(pixels.dtype).max >> (8 * pixels.itemsize - int(dataset.BitsStored)))
    if kind == "PALETTE COLOR":
        return _darkest(dataset)
    return int(np.iinfo(pixels.dtype).min) if pixels.dtype.kind == "i" and "RescaleSlope" not in dataset else 0


def _darkest(dataset: Dataset) -> int:
    """Return the index of the darkest colour of the palette; 0 where the palette is segmented."""
    tables = [dataset.get(f"{colour}PaletteColorLookupTableData") for colour in ("Red", "Green", "Blue")]
    if any(table is None for table in tables):
        return 0
    wide = dataset.RedPaletteColorLookupTableDescriptor[2] == 16
    light = sum(np.frombuffer(table, "<u2" if wide else "u1").astype(np.int64) for table in tables)
    return int(np.argmin(light)) + int(dataset.RedPaletteColorLookupTableDescriptor[1])


def _store(dataset: Dataset, pixels: NDArray[Any], kind: str) -> None:
    data = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("<")).tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OB" if pixels.itemsize == 1 else "OW"
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.BitsAllocated = 8 * pixels.itemsize
    dataset.PhotometricInterpretation = kind
    if kind in COLOURS:
        dataset.PlanarConfiguration = 0
    for name in STALE:
        if name in dataset:
            delattr(dataset, name)
    # Changed pixels make a derived image (PS3.3 C.7.6.1.1.2); the text is gone.
    dataset.ImageType = ["DERIVED", *list(dataset.get("ImageType") or ["", "PRIMARY"])[1:]]
    dataset.BurnedInAnnotation = "NO"
