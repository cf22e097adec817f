"""Opens every file of a folder, keeps the CT images, and says what is wrong with the rest.

File names are never repeated in a message, because exports are often named after the patient; a file is
called by its place in name order instead.
"""

import re
import warnings
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID

DICOM_SUFFIXES = {".dcm", ".dicom", ".ima"}
# Objects that describe images without being one: they may lie beside a CT series and are passed over.
COMPANIONS = {
    "RTSTRUCT",
    "RTPLAN",
    "RTDOSE",
    "RTRECORD",
    "SEG",
    "SR",
    "PR",
    "KO",
    "REG",
    "FID",
    "DOC",
    "PLAN",
}
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED = {"1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"}
DIRECTORY = "1.2.840.10008.1.3.10"
# Everything that a measurement reads; pydicom converts a value when it is first asked for, and fails then.
READ = (
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "SeriesDescription",
    "Modality",
    "ImageType",
    "Manufacturer",
    "ManufacturerModelName",
    "SoftwareVersions",
    "KVP",
    "ConvolutionKernel",
    "SliceThickness",
    "GantryDetectorTilt",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "NumberOfFrames",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "RescaleIntercept",
    "RescaleSlope",
    "RescaleType",
    "PixelData",
)
WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class SeriesError(ValueError):
    """A folder that cannot be measured, with every reason as one sentence.

    Attributes:
        problems: the sentences; none holds a name or identifier of a person, nor a file name.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problems))


def open_images(folder: Path) -> tuple[list[Dataset], list[str]]:
    """Return the CT images of a folder and its subfolders (pixels still encoded) and the problems met."""
    if not folder.is_dir():
        # The path is left out: folders are often named after the patient.
        raise SeriesError(["The CT folder does not exist or is not a folder; check the path."])
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    opened = [_open(path, f"File {i} of {len(paths)} in name order") for i, path in enumerate(paths, 1)]
    problems = [found for found in opened if isinstance(found, str)]
    images = [found for found in opened if isinstance(found, Dataset)]
    if not images and not problems:
        problems = [f"The folder holds no CT image among its {len(paths)} files; export the CT series into it."]
    kept = [image for image in images if image.get("Modality") == "CT"]
    refusals = [_refusal(image) for image in kept]
    slices = [image for image, refusal in zip(kept, refusals, strict=True) if refusal is None]
    return slices, problems + _wrong_modality(images) + _wrong_kind(refusals)


def _open(path: Path, label: str) -> Dataset | str | None:
    """Return the dataset, a sentence when it is broken, or None when it has no part in a series."""
    try:
        with warnings.catch_warnings():
            # pydicom warns about odd values; what matters is checked here, and its warnings may quote them.
            warnings.simplefilter("ignore")
            # One read of the file, instead of one for each few bytes of its header.
            image = pydicom.dcmread(BytesIO(path.read_bytes()))
            for name in READ:
                image.get(name)
            syntax = UID(str(image.file_meta.get("TransferSyntaxUID", "")))
            directory = str(image.file_meta.get("MediaStorageSOPClassUID", "")) == DIRECTORY
            frames = image.get("NumberOfFrames")
            image.NumberOfFrames = 1 if frames is None else int(frames)
    except InvalidDicomError:
        if path.suffix.lower() not in DICOM_SUFFIXES:
            return None
        return f"{label} ends in {path.suffix} but is not DICOM; remove it or export it again."
    except Exception as fault:
        # pydicom meets a cut or damaged file with many kinds of exception (EOFError, struct.error, ...).
        return f"{label} is damaged or cut short ({type(fault).__name__}); export the series again."
    if directory or str(image.get("Modality")) in COMPANIONS:
        return None
    if "Modality" not in image:
        return f"{label} is DICOM without Modality (0008,0060), perhaps cut short; export the series again."
    if syntax.is_private or not syntax.is_transfer_syntax:
        return f"{label} names no transfer syntax (0002,0010) that DICOM knows; export the series again."
    return image


def shown(value: object) -> str:
    """Return a header's value for a message; what is no plain word could be anything, a name included."""
    text = str(value)
    return text if WORD.fullmatch(text) else "unreadable"


def _wrong_modality(images: list[Dataset]) -> list[str]:
    others = Counter(shown(i.Modality) for i in images if i.Modality != "CT")
    return [
        f"{n} image(s) have Modality {name}, not CT; leave only the CT series in the folder."
        for name, n in sorted(others.items())
    ]


def _wrong_kind(refusals: list[str | None]) -> list[str]:
    counted = Counter(filter(None, refusals))
    return [f"{n} image(s) {why}" for why, n in sorted(counted.items())]


def _refusal(image: Dataset) -> str | None:
    """Say why one CT object is not a single axial slice, or None when it is."""
    sop_class = str(image.get("SOPClassUID", "absent"))
    frames = int(image.get("NumberOfFrames", 1))
    if sop_class in ENHANCED or frames > 1:
        return f"are enhanced multi-frame CT ({frames} frames); export single-frame CT Image Storage instead."
    if sop_class != CT_IMAGE:
        name = UID(sop_class).name
        kind = name if name != sop_class else shown(sop_class)
        return f"have SOP class {kind}, not CT Image Storage; leave only the CT series in the folder."
    if "LOCALIZER" in _words(image.get("ImageType")):
        return "are localizers (ImageType LOCALIZER); move them out of the folder."
    return None


def _words(value: Any) -> set[str]:
    return {value} if isinstance(value, str) else set(value or ())
