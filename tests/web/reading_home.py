"""A home with pictures to read: two people with a CT of known spheres at two visits, a film and an ultrasound still."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from calcitrial.dicom import read_series
from calcitrial.imaging import Seed, Settings, form_values, measure
from calcitrial.lesions import LesionPlace, add_lesion
from calcitrial.lesions.body_map import locate
from calcitrial.participants import begin_visit, enrol, screen
from calcitrial.phantoms import Bone, Deposit, Phantom, render, write_series
from calcitrial.protocol import load
from calcitrial.reading import Plan, open_reading
from calcitrial.record import Author, Draft, Gateway, Place, connect, open_study

from .people import ANSWERS, NURSE, READER

MANAGER = Author("M. Anager", "data manager")
SCANNED = datetime(2024, 5, 6, 7, 8, 9)
SPHERE_MM = 16.0  # diameter of the larger deposit, 400 mg/cm3: 50 HU muscle + 520 HU
FILM_MM = 0.2  # per pixel of the film, by a fiducial
# What no page may tell a reader: people, visits, arms, dates, lesions, what headers say.
TELLING = ("PIT-0", "Baseline", "W12", "2024-05-06", "20240506", "2026-01", "2.25.", "1.2.9", "Intralesional", "MARKED")


def phantom(share: float) -> Phantom:
    """A limb with a sphere of 16 mm and a smaller one that shrinks to this share of its radius."""
    deposits = (
        Deposit("big", (0.0, -10.0, 0.0), (8.0, 8.0, 8.0), 400.0),
        Deposit("small", (-14.0, 8.0, 6.0), (5.0 * share, 5.0 * share, 5.0 * share), 500.0),
    )
    return Phantom(
        shape=(20, 72, 72),
        spacing_mm=(2.0, 1.0, 1.0),
        limb_radius_mm=33.0,
        bones=(Bone((8.0, 12.0), 6.0),),
        deposits=deposits,
        psf_sigma_mm=0.3,
        noise_hu=5.0,
    )


def fill_pictures(home: Path) -> None:
    """Enter two people with scans of two visits, one film, one ultrasound still, and the plan of the reads."""
    connect(home, create=True)
    moments = (datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(minutes=11 * n) for n in range(100_000))
    salts = (f"{n:032x}" for n in range(1_000_000))
    gateway = open_study(load("stsinj"), "test", clock=lambda: next(moments), salt=lambda: next(salts))
    for number in (1, 2):
        _person(gateway, home, f"PIT-{number:03d}", date(2026, 1, 12))
    place = Place("PIT-001", "film_measurement", "BL", "PIT-001-L1")
    write_film(home / "images" / "stsinj" / "PIT-001" / "film" / "a.dcm", "1.2.9.1")
    gateway.enter(
        [Draft(place, {"area": 12, "software": "test", "series_uid": "1.2.9.1", "series_digest": "f" * 64})], READER
    )
    place = Place("PIT-001", "ultrasound_measurement", "BL", "PIT-001-L1")
    write_ultrasound(home / "images" / "stsinj" / "PIT-001" / "us" / "a.dcm", "1.2.9.2")
    gateway.enter(
        [Draft(place, {"length": 12, "software": "test", "series_uid": "1.2.9.2", "series_digest": "f" * 64})], READER
    )
    open_reading("stsinj", Plan(("R1", "R2"), "R3", 7, 0.0, 20.0), MANAGER, door=gateway)


def _person(gateway: Gateway, home: Path, code: str, start: date) -> None:
    answers = ANSWERS | {"age_years": 44, "screening_date": (start - timedelta(days=12)).isoformat()}
    screen(gateway, code, answers, NURSE, {"B-I5": "true", "B-E0": "false"})
    enrol(gateway, code, start - timedelta(days=3), NURSE)
    x, y = locate("knee", "left", "front")
    lesions = [add_lesion(gateway, code, LesionPlace("knee", "left", "front", x, y), NURSE) for _deposit in range(2)]
    for visit, days in (("BL", 0), ("W12", 85)):
        begin_visit(gateway, code, visit, start + timedelta(days=days), NURSE)
        limb = phantom(1.0 if visit == "BL" else 0.8)
        folder = home / "images" / "stsinj" / code / visit
        voxels = render(limb, np.random.default_rng(days + int(code[-1])))
        write_series(limb, voxels, folder, key=f"{code} {visit}", acquired=SCANNED, patient_id=code)
        series = read_series(folder)
        seeds = [Seed(name, one.centre_mm) for name, one in zip(lesions, limb.deposits, strict=True)]
        for lesion in measure(series, seeds):
            values = form_values(lesion, series.facts, series.digest, Settings())
            gateway.enter([Draft(Place(code, "ct_measurement", visit, lesion.id), values)], READER)


def _picture(path: Path, uid: str, sop_class: str, pixels: np.ndarray, values: dict[str, object]) -> None:
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = sop_class
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID = f"{uid}.1"
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SeriesInstanceUID, image.StudyInstanceUID = uid, f"{uid}.2"
    image.PatientName, image.PatientID, image.StudyDate = "MARKED^NAME", "PIT-001", "20240506"
    image.SeriesDescription = "MARKED baseline"
    image.Rows, image.Columns = pixels.shape[:2]
    colour = pixels.ndim == 3
    image.SamplesPerPixel = 3 if colour else 1
    image.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        image.PlanarConfiguration = 0
    bits = pixels.dtype.itemsize * 8
    image.BitsAllocated = image.BitsStored = bits
    image.HighBit, image.PixelRepresentation = bits - 1, 0
    for name, value in values.items():
        setattr(image, name, value)
    image.PixelData = pixels.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save_as(path, enforce_file_format=True)


def write_film(path: Path, uid: str, *, calibrated: bool = False) -> None:
    """A radiograph of 240 x 200 pixels with a bright square of 50 x 50 from (80, 60) on."""
    pixels = np.full((200, 240), 400, np.uint16)
    pixels[60:110, 80:130] = 3000
    spacing: dict[str, object] = {"ImagerPixelSpacing": [0.1, 0.1]}
    if calibrated:
        spacing |= {"PixelSpacing": [FILM_MM, FILM_MM], "PixelSpacingCalibrationType": "FIDUCIAL"}
    _picture(path, uid, "1.2.840.10008.5.1.4.1.1.1", pixels, {"Modality": "CR", **spacing})


def write_ultrasound(path: Path, uid: str) -> None:
    """A colour still with tissue at 0.02 cm per pixel on the left and a region in seconds on the right."""
    pixels = np.zeros((240, 320, 3), np.uint8)
    pixels[20:220, 10:200] = 60
    pixels[80:130, 60:130] = 230
    regions = [_region(1, (10, 20, 199, 219), 3, 0.02), _region(2, (210, 20, 309, 219), 4, 0.01)]
    values = {"Modality": "US", "SequenceOfUltrasoundRegions": Sequence(regions)}
    _picture(path, uid, "1.2.840.10008.5.1.4.1.1.6.1", pixels, values)


def _region(spatial: int, box: tuple[int, int, int, int], unit: int, delta: float) -> Dataset:
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = spatial, 1, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0, region.RegionLocationMaxX1, region.RegionLocationMaxY1 = box
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = unit
    region.PhysicalDeltaX = region.PhysicalDeltaY = delta
    return region
