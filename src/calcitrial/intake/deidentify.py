"""Takes the person out of a DICOM dataset: the Basic Application Level Confidentiality Profile of PS3.15, Annex E.

Options (PS3.16 CID 7050): pixels cleaned (ultrasound, captures), descriptors and structured content cleaned by
removal, longitudinal time kept with shifted dates, and of the patient's characteristics sex, age (90 at most),
size and weight. Dates move by one number of days for each participant, so intervals stay; times of day stay.
"""

import hashlib
import hmac
import logging
import re
import uuid
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pydicom
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.uid import UID

from calcitrial.dicom import SeriesError
from calcitrial.intake.allowlist import OWN_UIDS, REPLACED, fits, leftovers, mend, meta_leftovers
from calcitrial.intake.blackout import Rectangle, blacken
from calcitrial.intake.identity import Identity, identity_of, readable, registered
from calcitrial.intake.moments import CLEANERS
from calcitrial.intake.profile import EDITION, allowed, profile

# pydicom quotes values when it warns, and names are values.
logging.getLogger("pydicom").setLevel(logging.CRITICAL)
DAYS = (31, 3652)  # a month to ten years back: dates of a trial never come to lie in the future
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
NEEDED = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")
EMPTY_IN_REPORTS = "ReferencedPerformedProcedureStepSequence"  # type 2 in reports; in images never empty
METHODS = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113101", "Clean Pixel Data Option"),
    ("113104", "Clean Structured Content Option"),
    ("113105", "Clean Descriptors Option"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    ("113108", "Retain Patient Characteristics Option"),
)


@dataclass(frozen=True)
class Deidentification:
    """How the pictures of one participant are de-identified.

    Attributes:
        secret: the study's; whoever lacks it can undo neither UIDs nor dates.
        participant: the study code that replaces name and patient ID.
        keep: rectangles (x0, y0, x1, y1, ends included) that stay visible in pictures with burnt-in text that
            say nothing of their regions; everything outside turns black.
    """

    secret: bytes
    participant: str
    keep: tuple[Rectangle, ...] = ()

    @property
    def days(self) -> int:
        """Whole days by which this participant's dates move: -31 to -3652, one number for all visits."""
        least, most = DAYS
        return -least - int.from_bytes(self._mac(f"days|{self.participant}")[:8], "big") % (most - least + 1)

    def uid(self, original: str) -> str:
        """Return the UID that always replaces this one in the study; the standard's own stay."""
        if not original or registered(original):
            return original
        return f"{OWN_UIDS}{uuid.UUID(bytes=self._mac(f'uid|{original}')[:16], version=5).int}"

    def _mac(self, message: str) -> bytes:
        return hmac.new(self.secret, message.encode(), hashlib.sha256).digest()


def deidentify(dataset: Dataset, rules: Deidentification) -> bytes:
    """Return the bytes of a de-identified DICOM file.

    Args:
        dataset: as read from a file or received, with its file meta information; it is used up.
        rules: secret, participant and rectangles.

    Raises:
        SeriesError: a sentence for each attribute that still tells something, or why the pixels cannot be cleaned.
    """
    with warnings.catch_warnings():
        # pydicom warns about odd values and quotes them.
        warnings.simplefilter("ignore")
        return _deidentified(dataset, rules)


def _deidentified(dataset: Dataset, rules: Deidentification) -> bytes:
    if not CODE.fullmatch(rules.participant):
        raise SeriesError(["The participant's code holds other than letters, digits and _.-; write such as PIT-001."])
    identity = identity_of(dataset, rules.participant)
    _drop_unreadable(dataset)
    if not all(dataset.get(name) for name in NEEDED):
        raise SeriesError([f"The file lacks one of {', '.join(NEEDED)}; export it again."])
    if not UID(str(dataset.file_meta.get("TransferSyntaxUID", ""))).is_transfer_syntax:
        raise SeriesError(["The file names no transfer syntax of the standard; export it again."])
    blacken(dataset, rules.keep)
    _apply(dataset, rules)
    _declare(dataset, rules)
    refused = [found.told for found in list(leftovers(dataset, identity, rules.participant)) if not mend(found)]
    if refused:
        raise SeriesError(_told(refused))
    data = _written(dataset)
    if found := _remaining(data, identity, rules):
        raise SeriesError(_told(found))
    return data


def _told(found: list[str]) -> list[str]:
    return [f"{one}; the person cannot be taken out, export it without." for one in dict.fromkeys(found)]


def _drop_unreadable(dataset: Dataset) -> None:
    """Remove what cannot be read as what it should be: nobody can say that it tells nothing."""
    for tag in list(dataset.keys()):
        element = readable(dataset, tag)
        if element is None or (element.keyword in allowed() and not fits(element)):
            del dataset[tag]
        elif element.VR == "SQ":
            for item in element.value:
                _drop_unreadable(item)


def _apply(dataset: Dataset, rules: Deidentification) -> None:
    for tag in list(dataset.keys()):
        element = dataset[tag]
        if element.keyword not in allowed():
            del dataset[tag]
            continue
        row = profile().get(element.keyword)
        ACTIONS["K" if row is None else row.action](dataset, element, rules)
        if tag in dataset and element.VR == "SQ":
            for item in element.value:
                _apply(item, rules)


def _remove(dataset: Dataset, element: DataElement, _rules: Deidentification) -> None:
    del dataset[element.tag]


def _empty(dataset: Dataset, element: DataElement, _rules: Deidentification) -> None:
    if element.keyword == EMPTY_IN_REPORTS and dataset.get("Modality") != "SR":
        del dataset[element.tag]
        return
    element.value = Sequence() if element.VR == "SQ" else None


def _dummy(_dataset: Dataset, element: DataElement, rules: Deidentification) -> None:
    element.value = rules.participant if element.keyword in ("PatientID", "PatientName") else REPLACED


def _replace(_dataset: Dataset, element: DataElement, rules: Deidentification) -> None:
    """Replace UIDs, those too of attributes that the standard does not name; what is no UID stays."""
    if element.VR == "UI":
        element.value = _each(element.value, rules.uid)


def _clean(_dataset: Dataset, element: DataElement, rules: Deidentification) -> None:
    cleaner = CLEANERS.get(element.VR)
    if cleaner is not None:
        element.value = _each(element.value, lambda text: cleaner(text, rules.days))


ACTIONS = {"X": _remove, "Z": _empty, "D": _dummy, "U": _replace, "K": _replace, "C": _clean}


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if value is None:
        return None
    return [change(str(one)) for one in value] if isinstance(value, MultiValue) else change(str(value))


def _declare(dataset: Dataset, rules: Deidentification) -> None:
    dataset.PatientName = dataset.PatientID = rules.participant
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = f"{EDITION} Annex E Basic Profile, checked by allow-list"
    dataset.DeidentificationMethodCodeSequence = Sequence([_code(*method) for method in METHODS])
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"


def _code(value: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
    return code


def _written(dataset: Dataset) -> bytes:
    """Return the bytes of the file; preamble and file meta information are made anew."""
    syntax = dataset.file_meta.TransferSyntaxUID
    target = BytesIO()
    try:
        dataset.preamble = b"\0" * 128
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(target, enforce_file_format=True)
    except Exception as fault:
        # pydicom meets values it cannot encode with many kinds of exception, and quotes them.
        raise SeriesError([f"The file cannot be written anew ({type(fault).__name__}); export it again."]) from None
    return target.getvalue()


def _remaining(data: bytes, identity: Identity, rules: Deidentification) -> list[str]:
    """Read what was written as a stranger would, and return what should not be there."""
    again = pydicom.dcmread(BytesIO(data))
    found = [one.told for one in leftovers(again, identity, rules.participant)] + meta_leftovers(again.file_meta)
    if any(data[:128]):
        found.append("The preamble of the file is not empty")
    hidden = identity.within_bytes(data)
    return [*found, f"The bytes of the file hold {hidden}"] if hidden else found
