"""Made-up radiographs and ultrasound pictures as DICOM files, for the tests of what is read from them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

CR = "1.2.840.10008.5.1.4.1.1.1"
US = "1.2.840.10008.5.1.4.1.1.6.1"
CLIP = "1.2.840.10008.5.1.4.1.1.3.1"
PERSON = "MUSTERMANN"


def picture(pixels: NDArray[Any], sop_class: str, **more: object) -> Dataset:
    """A dataset of grey (rows, columns), RGB (rows, columns, 3) or a grey clip (frames, rows, columns)."""
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.file_meta.MediaStorageSOPClassUID = UID(sop_class)
    image.file_meta.MediaStorageSOPInstanceUID = UID("2.25.5")
    image.SOPClassUID, image.SOPInstanceUID = sop_class, "2.25.5"
    image.StudyInstanceUID, image.SeriesInstanceUID = "2.25.6", "2.25.7"
    image.PatientName, image.PatientID, image.PatientBirthDate, image.PatientSex = PERSON, "P-01", "", ""
    image.StudyDate, image.StudyTime, image.StudyID, image.AccessionNumber = "20240101", "120000", "1", ""
    image.ReferringPhysicianName, image.SeriesNumber, image.InstanceNumber = "", 1, 1
    image.Modality = "CR" if sop_class == CR else "US"
    clip = sop_class == CLIP
    image.Rows, image.Columns = pixels.shape[1:3] if clip else pixels.shape[:2]
    if clip:
        image.NumberOfFrames = len(pixels)
    colour = not clip and pixels.ndim == 3
    image.SamplesPerPixel = 3 if colour else 1
    image.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        image.PlanarConfiguration = 0
    bits = 8 * pixels.dtype.itemsize
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = bits, bits, bits - 1, 0
    image.PixelData = pixels.astype(f"<u{pixels.dtype.itemsize}").tobytes()
    for name, value in more.items():
        setattr(image, name, value)
    return image


def save(image: Dataset, path: Path) -> Path:
    image.save_as(path, enforce_file_format=True)
    return path


def film(path: Path, pixels: NDArray[Any] | None = None, **more: object) -> Path:
    if pixels is None:
        pixels = np.arange(100 * 80, dtype=np.uint16).reshape(100, 80) % 1024
    return save(picture(pixels, CR, **more), path)


def region(
    box: Sequence[int] = (0, 0, 79, 59),
    delta: Sequence[float] = (0.02, 0.02),
    units: Sequence[int] = (3, 3),
    form: int = 1,
    flags: int = 0,
) -> Dataset:
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = form, 1, flags
    item.RegionLocationMinX0, item.RegionLocationMinY0, item.RegionLocationMaxX1, item.RegionLocationMaxY1 = box
    item.PhysicalUnitsXDirection, item.PhysicalUnitsYDirection = units
    item.PhysicalDeltaX, item.PhysicalDeltaY = delta
    return item


def echo(path: Path, *regions: Dataset, frames: int = 0, **more: object) -> Path:
    pixels = np.arange(60 * 80, dtype=np.uint8).reshape(60, 80)
    if frames:
        pixels = np.stack([pixels + i for i in range(frames)]).astype(np.uint8)
    if regions:
        more["SequenceOfUltrasoundRegions"] = list(regions)
    return save(picture(pixels, CLIP if frames else US, **more), path)
