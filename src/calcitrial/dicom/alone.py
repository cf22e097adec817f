"""Decodes one JPEG frame in a process of its own; run as a program, it is that process.

Damaged JPEG data (DICOM's processes 1, 2, 4 and 14) make gdcm end the whole process, which no `except` can stop.
"""

import io
import subprocess
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.utils import pixel_array

SECONDS = 60
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


def decoded_alone(image: Dataset, stream: bytes) -> NDArray[np.integer[Any]]:
    """Return the pixels of one frame of an image; `stream` is its compressed data.

    Raises:
        ValueError: the other process ended without pixels.
        subprocess.TimeoutExpired: it gave none within a minute.
    """
    frame = Dataset()
    frame.file_meta = FileMetaDataset()
    frame.file_meta.TransferSyntaxUID = image.file_meta.TransferSyntaxUID
    for name in LAYOUT:
        if name in image:
            setattr(frame, name, image[name].value)
    frame.PixelData = encapsulate([stream])
    frame["PixelData"].is_undefined_length = True
    sent = io.BytesIO()
    frame.save_as(sent)
    # -P keeps this folder off the path, so that none of its files is taken for a module of Python's.
    done = subprocess.run(
        [sys.executable, "-P", __file__], input=sent.getvalue(), capture_output=True, check=False, timeout=SECONDS
    )
    if done.returncode:
        raise ValueError("The frame cannot be decoded.")
    plane: NDArray[np.integer[Any]] = np.load(io.BytesIO(done.stdout), allow_pickle=False)
    return plane


def main() -> None:
    """Decode the image on standard input and write its pixels to standard output."""
    image = dcmread(io.BytesIO(sys.stdin.buffer.read()), force=True)
    np.save(sys.stdout.buffer, pixel_array(image, index=0, decoding_plugin="gdcm"), allow_pickle=False)


if __name__ == "__main__":
    main()
