"""Opens one DICOM object that is no CT slice, and turns whatever damage does into a sentence."""

import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from calcitrial.protocol import Problem, RefusedError, refuse

MOST_BYTES = 2**31  # a clip of an hour; beyond it a file is not held in memory
HEAD_BYTES = 4096  # the file meta information stands here


@contextmanager
def plainly(place: str) -> Iterator[None]:
    """Turn every fault met inside into a RefusedError about `place`; refusals pass through as they are.

    Damaged files make pydicom, its codecs and highdicom raise almost any kind of exception, when a value is
    first asked for. File names and values are left out, because they may name a patient.
    """
    try:
        with warnings.catch_warnings():
            # What matters is checked by the caller, and warnings may quote values.
            warnings.simplefilter("ignore")
            yield
    except RefusedError:
        raise
    except InvalidDicomError:
        refuse([Problem(place, "This is not a DICOM file.", "Give the file that the archive exported.")])
    except Exception as fault:
        what = f"The file is damaged or incomplete ({type(fault).__name__})."
        raise RefusedError([Problem(place, what, "Export it again.")]) from None


def open_object(path: Path, place: str) -> Dataset:
    """Return the dataset of one file, pixels still encoded; `place` names it in refusals.

    Raises:
        RefusedError: no such file, not DICOM, damaged, larger than 2 GB, or deflated (a small deflated file may
            unpack to any size).
    """
    if not path.is_file():
        refuse([Problem(place, "There is no such file.", "Check the path.")])
    size = path.stat().st_size
    if size > MOST_BYTES:
        refuse([Problem(place, f"The file holds {size / 1e9:.1f} GB; at most 2.1 GB are read.", "Export a part.")])
    with plainly(place):
        data = path.read_bytes()
        if DeflatedExplicitVRLittleEndian.encode() in data[:HEAD_BYTES]:
            refuse([Problem(place, "The file is deflated.", "Export it uncompressed.")])
        # From memory, where a claimed length of gigabytes allocates nothing.
        found = dcmread(BytesIO(data))
        syntax = UID(str(found.file_meta.get("TransferSyntaxUID", "")))
        if syntax.is_private or not syntax.is_transfer_syntax:
            refuse([Problem(place, "It names no transfer syntax (0002,0010) that DICOM knows.", "Export it again.")])
    return found


def derived_uid(*parts: object) -> UID:
    """Return a UID under 2.25 (ITU-T X.667) from a name-based UUID, equal for equal parts."""
    return UID(f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, repr(('calcitrial', *parts))).int}")
