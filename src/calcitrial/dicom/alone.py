"""Decodes JPEG frames in a process of their own; run as a program, it is that process.

Damaged JPEG data (DICOM's processes 1, 2, 4 and 14) make gdcm end the whole process, which no `except` can stop.
"""

import io
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.utils import pixel_array

Plane = NDArray[np.integer[Any]]

SECONDS = 60
LENGTH = 8  # bytes before each frame that say how long it is
LAYOUT = (
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
)


def decoded_alone(frames: Sequence[tuple[Dataset, bytes]]) -> list[Plane]:
    """Return the pixels of frames, each an image and its compressed data, up to the first that cannot be decoded.

    Raises:
        subprocess.TimeoutExpired: the other process took more than a minute.
    """
    sent = b"".join(_framed(_lone(image, stream)) for image, stream in frames)
    # -P keeps this folder off the path, so that none of its files is taken for a module of Python's.
    command = [sys.executable, "-P", __file__]
    done = subprocess.run(command, input=sent, capture_output=True, check=False, timeout=SECONDS)
    received = io.BytesIO(done.stdout)
    return [np.load(io.BytesIO(part), allow_pickle=False) for part in _parts(received)]


def _lone(image: Dataset, stream: bytes) -> bytes:
    frame = Dataset()
    frame.file_meta = FileMetaDataset()
    frame.file_meta.TransferSyntaxUID = image.file_meta.TransferSyntaxUID
    for name in LAYOUT:
        if name in image:
            setattr(frame, name, image[name].value)
    frame.PixelData = encapsulate([stream])
    frame["PixelData"].is_undefined_length = True
    written = io.BytesIO()
    frame.save_as(written)
    return written.getvalue()


def _framed(part: bytes) -> bytes:
    return len(part).to_bytes(LENGTH, "little") + part


def _parts(source: BinaryIO) -> Iterator[bytes]:
    """Yield what was framed, as far as it is whole."""
    while len(head := source.read(LENGTH)) == LENGTH:
        part = source.read(size := int.from_bytes(head, "little"))
        if len(part) < size:
            return
        yield part


def main() -> None:
    """Decode the frames on standard input, and write the pixels of each to standard output."""
    for part in _parts(sys.stdin.buffer):
        written = io.BytesIO()
        image = dcmread(io.BytesIO(part), force=True)
        np.save(written, pixel_array(image, index=0, decoding_plugin="gdcm"), allow_pickle=False)
        sys.stdout.buffer.write(_framed(written.getvalue()))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
