"""Takes a whole source, a folder or a ZIP, file by file."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from calcitrial.dicom import DICOM_SUFFIXES, DIRECTORY, SeriesError, opened
from calcitrial.intake.deidentify import Deidentification
from calcitrial.intake.examination import Intake
from calcitrial.intake.taken import Taken, few

MOST_BYTES = 4 * 2**30  # of one file
Step = Callable[[int, int], object]


def take(source: Path, into: Path, rules: Deidentification, step: Step = lambda done, whole: None) -> Taken:
    """De-identify a folder or ZIP of DICOM files and put each series into a folder of its own under `into`.

    Args:
        source: folder (with subfolders) or ZIP.
        into: the folder of one visit; made if needed.
        rules: secret and participant, and rectangles for pictures with burnt-in text.
        step: told after each file how many of how many are done.

    Returns:
        The series that were taken, all or nothing each, and the sentences on the others; objects of other kinds
        (plans, structure sets) are counted and left.

    Raises:
        SeriesError: the source cannot be opened or holds damaged DICOM files; then nothing was taken.
    """
    with opened(Path(source)) as folder, Intake(Path(into), rules) as intake:
        if not folder.is_dir():
            raise SeriesError(["The source does not exist; give a folder or a ZIP of DICOM files."])
        paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        damaged = []
        for number, path in enumerate(paths, 1):
            label = f"File {number} of {len(paths)} in name order"
            found = _read(path, label)
            if isinstance(found, str):
                damaged.append(found)
            elif found is not None and not intake.pass_over(found):
                intake.add(found, label)
            step(number, len(paths))
        if damaged:
            raise SeriesError(few(damaged))
        return intake.finish()


def _read(path: Path, label: str) -> Dataset | str | None:
    """Return the dataset of a file, a sentence when it is damaged, or None when it is not DICOM or a directory."""
    if path.stat().st_size > MOST_BYTES:
        return f"{label} is larger than 4 GiB; leave it out."
    try:
        with warnings.catch_warnings():
            # pydicom warns about odd values and quotes them.
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(path)
            str(dataset.get("SOPClassUID")), str(dataset.get("SeriesInstanceUID"))
            directory = str(dataset.file_meta.get("MediaStorageSOPClassUID", "")) == DIRECTORY
    except InvalidDicomError:
        told = f"{label} ends in {path.suffix} but is not DICOM; remove it or export it again."
        return told if path.suffix.lower() in DICOM_SUFFIXES else None
    except Exception as fault:
        return f"{label} is damaged or cut short ({type(fault).__name__}); export the series again."
    return None if directory else dataset
