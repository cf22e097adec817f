"""Writes a simulated scan as real DICOM CT files, marked as simulated wherever a person would look."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from calcitrial.dicom import CT_IMAGE, Series
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
    image = _header(key, acquired, patient_id, _how(phantom.kernel, phantom.spacing_mm[0], 120))
    x, y, z = phantom.origin()
    places = [(x, y, z + i * phantom.spacing_mm[0]) for i in range(len(voxels))]
    return _save(image, _pixels(phantom.spacing_mm, [1, 0, 0, 0, 1, 0]), voxels, places, folder, key)


def write_scan(
    series: Series, folder: Path, *, key: str, acquired: datetime, patient_id: str, note: str = NOTE
) -> tuple[Path, ...]:
    """Write a series that a simulated scanner made, or into which calcifications were put, one file per slice.

    Geometry, tube voltage, kernel and slice thickness are those of the series; nothing else of a real scan is
    carried over, so that no person's header travels. Equal arguments give byte-identical files.

    Args:
        series: what `acquire` or `insert` gave.
        folder: made if needed; must be empty.
        key: any text the UIDs are derived from, as in `write_series`.
        acquired: date and time of the simulated scan.
        patient_id: a study pseudonym.
        note: what ImageComments says; it must say SIMULATED.

    Returns:
        The paths in slice order.

    Raises:
        ValueError: the folder holds something, or the note does not say SIMULATED.
    """
    if "SIMULATED" not in note:
        raise ValueError(f"The note {note!r} does not say SIMULATED; say it, or somebody takes the scan for real.")
    facts = series.facts
    how = _how(facts.kernel or "", facts.slice_thickness_mm or series.spacing_mm[0], facts.kvp or "", note)
    image = _header(key, acquired, patient_id, how)
    ways = series.direction[:, :2].T.round(6) + 0.0
    index = np.zeros((len(series.voxels), 3))
    index[:, 0] = np.arange(len(index))
    return _save(
        image, _pixels(series.spacing_mm, ways.ravel().tolist()), series.voxels, series.to_patient(index), folder, key
    )


def _save(
    image: Dataset,
    pixels: dict[str, object],
    voxels: NDArray[np.int16],
    places: Iterable[Sequence[float]],
    folder: Path,
    key: str,
) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ValueError("The folder for the simulated series is not empty; give an empty one.")
    image.Rows, image.Columns = voxels.shape[1:]
    for name, value in pixels.items():
        setattr(image, name, value)
    paths = []
    for i, (plane, place) in enumerate(zip(voxels, places, strict=True)):
        image.InstanceNumber = i + 1
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = _uid(key, "image", i)
        image.ImagePositionPatient = [round(float(mm), 4) for mm in place]
        image.SliceLocation = round(float(place[2]), 4)
        image.PixelData = plane.astype("<i2").tobytes()
        paths.append(folder / f"IM{i + 1:04d}.dcm")
        image.save_as(paths[-1], enforce_file_format=True)
    return tuple(paths)


def _uid(*parts: object) -> UID:
    """Return a UID under 2.25 from a name-based UUID, equal for equal parts."""
    return UID(f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, repr(('calcitrial', *parts))).int}")


def _header(key: str, acquired: datetime, patient_id: str, how: dict[str, object]) -> Dataset:
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
    for name, value in {**_who(patient_id), **how}.items():
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
        "BodyPartExamined": "LEG",
        "Laterality": "L",
    }


def _how(kernel: str, thickness_mm: float, kvp: float | str, note: str = NOTE) -> dict[str, object]:
    return {
        "ImageType": ["DERIVED", "PRIMARY", "AXIAL"],
        "DerivationDescription": note,
        "ImageComments": note,
        "Modality": "CT",
        "Manufacturer": "calcitrial",
        "ManufacturerModelName": "digital phantom",
        "DeviceSerialNumber": "SIMULATED",
        "SoftwareVersions": __version__,
        "KVP": kvp,
        "AcquisitionNumber": 1,
        "ConvolutionKernel": kernel,
        "SliceThickness": thickness_mm,
        "PositionReferenceIndicator": "",
        "BurnedInAnnotation": "NO",
        "LossyImageCompression": "00",
    }


def _pixels(spacing_mm: tuple[float, float, float], ways: list[float]) -> dict[str, object]:
    return {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 1,
        "PixelSpacing": [spacing_mm[1], spacing_mm[2]],
        "ImageOrientationPatient": ways,
        "RescaleIntercept": 0,
        "RescaleSlope": 1,
        "RescaleType": "HU",
    }
