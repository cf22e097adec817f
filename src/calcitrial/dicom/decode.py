"""Decodes the slices of a series side by side, straight into one block of Hounsfield units.

Which decoder reads which syntax is fixed here, so that other plug-ins of the machine never decide the numbers:
- uncompressed: the bytes of the file are the pixels,
- JPEG-LS: CharLS without Python's lock (`charls`),
- RLE: the compiled loop below (PS3.5 annex G), and what it cannot read pydicom,
- JPEG lossless, JPEG 2000: gdcm through pydicom, in processes of their own (`alone`): gdcm holds Python's lock, and
  damaged data can make it end its process.
"""

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, JPEGLSTransferSyntaxes, RLELossless

from calcitrial.compiled import compiled, spread
from calcitrial.dicom.alone import decoded_alone
from calcitrial.dicom.charls import decode_into
from calcitrial.dicom.codestream import claimed_size
from calcitrial.dicom.headers import SeriesError

AIR_HU = -1024  # what padding becomes: the lowest value of 12-bit CT, never mistaken for tissue
MOST_HU = 32768.0  # the range of the voxels
CELL_BITS = 16
LEAST_CELL = -(1 << 15)
HALVES = 2  # a 16-bit sample is two RLE segments, its high bytes and its low bytes
RLE_HEADER = 64
BATCH = 32  # slices for one process, so that their compressed data are not held twice all at once
PLUGINS = {RLELossless: "pydicom"} | dict.fromkeys(JPEGLSTransferSyntaxes, "pyjpegls")

Samples = NDArray[np.uint16]
Stored = NDArray[np.integer]
Voxels = NDArray[np.int16]


def decode(slices: Sequence[Dataset]) -> Voxels:
    """Return the Hounsfield units of checked slices, int16 (slice, row, column), in the order given.

    Raises:
        SeriesError: a slice cannot be decoded, or decodes to another size than its header says; the first such.
    """
    # A header may claim a huge picture: nothing is reserved before one slice has shown its size.
    first = _first(slices[0])
    voxels = np.empty((len(slices), *first.shape), dtype=np.int16)
    voxels[0] = first

    def into(part: Sequence[int]) -> None:
        _decode_part(slices, part, voxels)

    own = [i for i in range(1, len(slices)) if not _apart(slices[i])]
    other = [i for i in range(1, len(slices)) if _apart(slices[i])]
    spread(into, [[i] for i in own] + [other[i : i + BATCH] for i in range(0, len(other), BATCH)])
    return voxels


def _decode_part(slices: Sequence[Dataset], part: Sequence[int], voxels: Voxels) -> None:
    """Decode some slices into their places: one here, or many of a syntax that only gdcm reads in another process."""
    if not _apart(slices[part[0]]):
        for i in part:
            _hounsfield(slices[i], i + 1, voxels[i])
        return
    planes = _planes([slices[i] for i in part])
    for i, plane in zip_longest(part, planes):
        _hounsfield(slices[i], i + 1, voxels[i], plane)


def _apart(image: Dataset) -> bool:
    syntax = UID(image.file_meta.TransferSyntaxUID)
    return bool(syntax.is_compressed and syntax not in PLUGINS)


def _planes(images: Sequence[Dataset]) -> list[Stored]:
    """Return the stored values of slices as far as they can be decoded; none when their streams cannot be told."""
    try:
        return list(decoded_alone([(image, _fitting_stream(image)) for image in images]))
    except Exception:  # pydicom meets damaged streams with many kinds of exception
        return [] if len(images) == 1 else [plane for image in images for plane in _planes([image])[:1]]


def _first(image: Dataset) -> Voxels:
    """Return the first slice, for which no more is reserved than its file could hold."""
    shape = (int(image.Rows), int(image.Columns))
    out = np.empty(shape, dtype=np.int16)
    _hounsfield(image, 1, out, next(iter(_planes([image])), None) if _apart(image) else None)
    return out


def _hounsfield(image: Dataset, number: int, out: Voxels, plane: Stored | None = None) -> None:
    """Decode one slice to Hounsfield units in its place of the block; `plane` is what another process made of it."""
    try:
        if plane is None and _apart(image):
            raise ValueError("no pixels came back")
        stored, bits = _stored(image, out.view(np.uint16), plane)
        low, high, padded = _padding(image)
    except Exception as fault:
        # Each codec has exceptions of its own, and gdcm raises a bare RuntimeError for cut streams.
        kind = UID(image.file_meta.TransferSyntaxUID).name
        sentence = f"Slice {number} ({kind}) cannot be decoded ({type(fault).__name__}); export the series again."
        raise SeriesError([sentence]) from None
    if stored.shape != (image.Rows, image.Columns) or stored.shape != out.shape:
        raise SeriesError([f"Slice {number} decodes to another size than its header says; export the series again."])
    slope, intercept = float(image.RescaleSlope), float(image.RescaleIntercept)
    whole = slope == 1 and intercept == int(intercept)
    scale = (slope, intercept, int(intercept) if whole else 0)
    _rescale(stored, bits, stored.dtype.kind == "i", scale, whole, (low, high), padded, out)


def _stored(image: Dataset, room: Samples, plane: Stored | None = None) -> tuple[Stored, int]:
    """Return the stored values of a slice, perhaps in `room`, and how many of their bits count."""
    if plane is not None:
        return _held(plane, room), 8 * plane.itemsize
    syntax = UID(image.file_meta.TransferSyntaxUID)
    if _plain(image):
        kind = np.dtype(np.int16 if image.PixelRepresentation else np.uint16)
        counted = int(image.BitsStored)
        if not syntax.is_compressed and syntax.is_little_endian:
            pixels = np.frombuffer(image.PixelData, kind.newbyteorder("<"), count=room.size)
            return _held(pixels.reshape(room.shape), room), counted
        if syntax in JPEGLSTransferSyntaxes:
            # The stream knows no sign; what its highest bit means is in the header.
            return room.view(kind), decode_into(_stream(image), room)
        if syntax == RLELossless and _unpacked(np.frombuffer(_stream(image), dtype=np.uint8), room):
            return room.view(kind), counted
    plugin = PLUGINS[syntax] if syntax.is_compressed else ""
    pixels = np.asarray(pixel_array(image, decoding_plugin=plugin))
    return _held(pixels, room), 8 * pixels.itemsize


def _held(pixels: Stored, room: Samples) -> Stored:
    """Return pixels of 16 bits and the right size in `room`, in the byte order of this machine, others as int64."""
    if pixels.dtype.itemsize != room.itemsize or pixels.shape != room.shape:
        return pixels.astype(np.int64)
    held = room.view(np.int16 if pixels.dtype.kind == "i" else np.uint16)
    held[...] = pixels
    return held


def _plain(image: Dataset) -> bool:
    """Say whether a header describes what the decoders here read; pydicom tells what is wrong with all others."""
    bits = image.get("BitsStored")
    return image.get("PixelRepresentation") in (0, 1) and isinstance(bits, int) and 1 <= bits <= CELL_BITS


def _stream(image: Dataset) -> bytes:
    return get_frame(image.PixelData, 0, number_of_frames=1)


def _fitting_stream(image: Dataset) -> bytes:
    """Return the stream of a slice, which must claim the size of the header: a decoder reserves what is claimed."""
    stream = _stream(image)
    if claimed_size(stream) not in (None, (image.Rows, image.Columns)):
        raise ValueError("the stream claims another size")
    return stream


def _padding(image: Dataset) -> tuple[int, int, bool]:
    """Return lowest and highest padding value (PS3.3 C.7.5.1.1.2), outside the circle of the reconstruction."""
    first = image.get("PixelPaddingValue")
    if first is None:
        return 0, 0, False
    last = image.get("PixelPaddingRangeLimit", first)
    # Writers mix US and SS for these two; reading their 16 bits as the pixels are read settles it.
    kind = np.int16 if image.PixelRepresentation else np.uint16
    low, high = sorted(int(np.array(int(v) & 0xFFFF, np.uint16).view(kind)) for v in (first, last))
    return low, high, True


@compiled
def _rescale(
    stored: Stored,
    bits: int,
    signed: bool,
    scale: tuple[float, float, int],
    whole: bool,
    padding: tuple[int, int],
    padded: bool,
    out: Voxels,
) -> None:
    """Turn stored values into Hounsfield units; `stored` may be the memory of `out`.

    Only the lowest `bits` of a value count (PS3.5 8.1.1), the highest of them as its sign where it has one.
    """
    slope, intercept, offset = scale
    low, high = padding
    cell = (1 << bits) - 1
    most = cell >> 1
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            value = int(stored[y, x]) & cell
            if signed and value > most:
                value -= cell + 1
            if whole:
                hounsfield = value + offset
            else:
                hounsfield = int(min(max(float(np.rint(value * slope + intercept)), -MOST_HU), MOST_HU - 1))
            if padded and low <= value <= high:
                hounsfield = AIR_HU
            out[y, x] = min(max(hounsfield, LEAST_CELL), -LEAST_CELL - 1)


@compiled
def _unpacked(stream: NDArray[np.uint8], room: Samples) -> bool:
    """Unpack the two RLE segments of a slice (PS3.5 G.3.1); False when the stream is not just that."""
    if len(stream) < RLE_HEADER or stream[0] != HALVES or stream[1] or stream[2] or stream[3]:
        return False
    flat = room.ravel()
    flat[:] = 0
    start = np.zeros(HALVES + 1, dtype=np.int64)
    for i in range(HALVES):
        for k in range(4):
            start[i] += int(stream[4 + 4 * i + k]) << (8 * k)
    start[HALVES] = len(stream)
    for i in range(HALVES):
        # The segment with the more significant bytes comes first (G.2).
        if not RLE_HEADER <= start[i] <= start[i + 1] <= len(stream):
            return False
        if not _unpack_segment(stream[start[i] : start[i + 1]], flat, 8 * (HALVES - 1 - i)):
            return False
    return True


@compiled
def _unpack_segment(packed: NDArray[np.uint8], flat: Samples, up: int) -> bool:
    """Put the bytes of one segment `up` bits up into the samples; False when they are too few."""
    at, n = 0, 0
    while at < len(packed) and n < len(flat):
        head = int(packed[at])
        at += 1
        if head < 128:  # that many bytes and one more, as they are
            count = min(head + 1, len(packed) - at)
            for k in range(min(count, len(flat) - n)):
                flat[n + k] |= np.uint16(packed[at + k]) << up
            n, at = n + count, at + count
        elif head > 128 and at < len(packed):  # the next byte, 257 - head times
            for k in range(min(257 - head, len(flat) - n)):
                flat[n + k] |= np.uint16(packed[at]) << up
            n, at = n + 257 - head, at + 1
    return n >= len(flat)
