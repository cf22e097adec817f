"""Finds the folder of a task's series; the folder and what is in its headers stay on the server."""

from collections.abc import Iterator
from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError

from calcitrial.protocol import Problem, RefusedError
from calcitrial.reading.case import Case
from calcitrial.reading.worklist import find_slot
from calcitrial.record import gateway
from calcitrial.version import __version__


def pictures(study: str, home: Path, reader: str, task_id: str) -> Path:
    """Return the folder that holds the series of a task.

    Its path and its headers name participant and date: neither may reach the reader.

    Raises:
        RefusedError: the reader's list does not hold the task, or no folder of the home holds the series; the
            sentence does not say whose it is.
    """
    slot = find_slot(gateway(study, __version__), reader, task_id)
    for folder in _likely(home / "images", study, slot.case):
        if _series_uid(folder) == slot.case.series_uid:
            return folder
    what = "The images of this task are not in the home."
    raise RefusedError([Problem("task", what, "Ask who keeps the images to put the series back.")])


def _likely(root: Path, study: str, case: Case) -> Iterator[Path]:
    """Yield folders, the likeliest first: that of the visit, then all of the participant, the study, the home."""
    yield root / study / case.participant / case.visit
    for start in (root / study / case.participant, root / study, root):
        if start.is_dir():
            yield from (path for path in sorted([start, *start.rglob("*")]) if path.is_dir())


def _series_uid(folder: Path) -> str:
    """Return the Series Instance UID of the first DICOM file of a folder, '' when it holds none."""
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    for path in files:
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SeriesInstanceUID"])
        except (InvalidDicomError, OSError):
            continue
        if uid := str(header.get("SeriesInstanceUID", "")):
            return uid
    return ""
