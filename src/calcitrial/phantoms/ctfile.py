"""Writes a simulated scan as real DICOM CT files, marked as simulated wherever a person would look."""

import uuid
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from calcitrial.dicom import CT_IMAGE
from calcitrial.phantoms.limb import Phantom
from calcitrial.version import __version__

NOTE = "SIMULATED: computed from a digital phantom, no person was scanned"


def write_series(
    phantom: Phantom,
    voxels: NDArray[np.int16],
    folder: Path,
    *,
    key: str,
    acquired: datetime,
    patient_id: str,
) -> tuple[Path, ...]:
    """Write one file per slice; equal arguments give byte-identical files.

    Args:
        phantom: what was rendered.
        voxels: its HU, int16 (z, y, x).
        folder: made if needed; must be empty.
        key: any text; series, frame and image UIDs (2.25, ITU-T X.667) are derived from it, the study UID
            from `patient_id` and the date.
        acquired: date and time of the simulated scan.
        patient_id: a study pseudonym.

    Returns:
        The paths in slice order.

    Raises:
        ValueError: the voxels do not have the shape of the phantom, or the folder holds something.
    """
    if voxels.shape != phantom.shape or voxels.dtype != np.int16:
        raise ValueError(f"Voxels are {voxels.dtype} {voxels.shape}, not int16 {phantom.shape}; render them first.")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ValueError("The folder for the simulated series is not empty; give an empty one.")
    image = _header(phantom, key, acquired, patient_id)
    x, y, z = phantom.origin()
    paths = []
    for i, plane in enumerate(voxels):
        place = round(z + i * phantom.spacing_mm[0], 4)
        image.InstanceNumber = i + 1
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = _uid(key, "image", i)
        image.ImagePositionPatient = [round(x, 4), round(y, 4), place]
        image.SliceLocation = place
        image.PixelData = plane.astype("<i2").tobytes()
        paths.append(folder / f"IM{i + 1:04d}.dcm")
        image.save_as(paths[-1], enforce_file_format=True)
    return tuple(paths)


def _uid(*parts: object) -> UID:
    """Return a UID under 2.25 from a name-based UUID, equal for equal parts."""
    return UID(f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, repr(('calcitrial', *parts))).int}")


def _header(phantom: Phantom, key: str, acquired: datetime, patient_id: str) -> Dataset:
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.MediaStorageSOPClassUID = UID(CT_IMAGE)
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = CT_IMAGE
    date, time = acquired.strftime("%Y%m%d"), acquired.strftime("%H%M%S")
    for event in ("Study", "Series", "Acquisition", "Content"):
        setattr(image, f"{event}Date", date)
        setattr(image, f"{event}Time", time)
    image.StudyInstanceUID = _uid("study", patient_id, date)
    image.SeriesInstanceUID = _uid(key, "series")
    image.FrameOfReferenceUID = _uid(key, "frame")
    for name, value in {**_who(patient_id), **_how(phantom), **_pixels(phantom)}.items():
        setattr(image, name, value)
    return image


def _who(patient_id: str) -> dict[str, object]:
    return {
        "PatientName": "SIMULATED^PHANTOM",
        "PatientID": patient_id,
        "PatientBirthDate": "",
        "PatientSex": "",
        "PatientPosition": "FFS",
        "ReferringPhysicianName": "",
        "AccessionNumber": "",
        "StudyID": "1",
        "StudyDescription": "SIMULATED limb",
        "SeriesNumber": 1,
        "SeriesDescription": "SIMULATED CT of a digital limb",
        "ImageComments": NOTE,
        "BodyPartExamined": "LEG",
        "Laterality": "L",
    }


def _how(phantom: Phantom) -> dict[str, object]:
    return {
        "ImageType": ["DERIVED", "PRIMARY", "AXIAL"],
        "DerivationDescription": NOTE,
        "Modality": "CT",
        "Manufacturer": "calcitrial",
        "ManufacturerModelName": "digital phantom",
        "DeviceSerialNumber": "SIMULATED",
        "SoftwareVersions": __version__,
        "KVP": 120,
        "AcquisitionNumber": 1,
        "ConvolutionKernel": phantom.kernel,
        "SliceThickness": phantom.spacing_mm[0],
        "PositionReferenceIndicator": "",
        "BurnedInAnnotation": "NO",
        "LossyImageCompression": "00",
    }


def _pixels(phantom: Phantom) -> dict[str, object]:
    _, rows, columns = phantom.shape
    return {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": rows,
        "Columns": columns,
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 1,
        "PixelSpacing": [phantom.spacing_mm[1], phantom.spacing_mm[2]],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "RescaleIntercept": 0,
        "RescaleSlope": 1,
        "RescaleType": "HU",
    }
