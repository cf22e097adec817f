"""Pictures of an invented person, with her name wherever a picture may hold it."""

from datetime import datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from calcitrial.intake import Deidentification
from calcitrial.phantoms import Deposit, Phantom, render, write_series

NAME, NUMBER, PLACE, BORN = "MUSTERMANN^ERIKA", "4711-0815", "Klinikum Musterstadt", "19640812"
TRACES = ("MUSTERMANN", "mustermann", "ERIKA", NUMBER, "Musterstadt", BORN, "1.2.276.0.7230010")
RULES = Deidentification(b"\x07" * 32, "PIT-001")
TINY = Phantom(
    shape=(4, 24, 24),
    spacing_mm=(1.5, 1.0, 1.0),
    limb_radius_mm=10.0,
    deposits=(Deposit("a", (0.0, 2.0, 0.0), (3.0, 3.0, 2.0), 400.0),),
)
ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6.1"


def named(dataset: Dataset) -> Dataset:
    """Write the person into the attributes where exports have her."""
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = NAME, NUMBER, BORN
    dataset.InstitutionName, dataset.AccessionNumber = PLACE, "A-99001"
    dataset.StudyDate, dataset.StudyTime = "20240506", "070809"
    dataset.PatientAge, dataset.PatientSex = "093Y", "F"
    for number, name in enumerate(("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")):
        setattr(dataset, name, f"1.2.276.0.7230010.3.{number}.{dataset.get('InstanceNumber', 1)}")
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.276.0.7230010.3.0", "1.2.276.0.7230010.3.1"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.SourceApplicationEntityTitle = "MUSTERMANN"
    dataset.preamble = b"MUSTERMANN".ljust(128, b"\0")
    return dataset


def scan(folder: Path) -> Path:
    """Write a small CT series of the person and return its folder."""
    voxels = render(TINY, np.random.default_rng(1))
    write_series(TINY, voxels, folder, key="k", acquired=datetime(2024, 5, 6), patient_id=NUMBER)
    for path in folder.iterdir():
        named(pydicom.dcmread(path)).save_as(path)
    return folder


def slice_of(folder: Path) -> Dataset:
    return pydicom.dcmread(min(folder.iterdir()))


def sonogram(
    frames: int = 1, colour: bool = True, regions: tuple[tuple[int, int, int, int], ...] = ((8, 6, 31, 23),)
) -> Dataset:
    """Return a bright ultrasound picture of 40 x 30 pixels, in which text could stand outside the regions."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = UID(ULTRASOUND)
    dataset.Modality, dataset.ImageType = "US", ["ORIGINAL", "PRIMARY"]
    dataset.InstanceNumber, dataset.SeriesNumber = 1, 1
    named(dataset)
    dataset.Rows, dataset.Columns, dataset.NumberOfFrames = 30, 40, frames
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = (3, "RGB") if colour else (1, "MONOCHROME2")
    if colour:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    pixels = np.random.default_rng(2).integers(100, 255, (frames, 30, 40, *([3] if colour else [])), np.uint8)
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OB"
    dataset.SequenceOfUltrasoundRegions = Sequence([_region(edges) for edges in regions])
    return dataset


def _region(edges: tuple[int, int, int, int]) -> Dataset:
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = edges[:2]
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = edges[2:]
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = 0.01
    return region


def reread(data: bytes) -> Dataset:
    return pydicom.dcmread(BytesIO(data))
