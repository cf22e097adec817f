"""Sends DICOM files to another system with C-STORE."""

import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.presentation import build_context

from calcitrial.dicom import SeriesError

ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})/(?P<title>[!-\[\]-~ ]{1,16})")
SECONDS = 30.0
MOST_CONTEXTS = 128  # PS3.8 9.3.2.2: odd identifiers from 1 to 255


@dataclass(frozen=True)
class Peer:
    """A system that stores: host, port and AE title; `caller` is the own title."""

    host: str
    port: int
    title: str
    caller: str = "CALCITRIAL"


@dataclass(frozen=True)
class Sent:
    """How many files another system stored, and a sentence for each that it did not."""

    count: int
    refusals: tuple[str, ...]


def peer(address: str) -> Peer:
    """Return the system that `host:port/TITLE` names; SeriesError when it is written otherwise."""
    match = ADDRESS.fullmatch(address)
    if match is None or not 0 < int(match["port"]) < 65536:
        raise SeriesError([f"{address!r} is no address of a DICOM system; write such as 127.0.0.1:4242/ORTHANC."])
    return Peer(match["host"].strip("[]"), int(match["port"]), match["title"])


def files_of(folder: Path) -> list[Path]:
    """Return the DICOM files of a folder and its subfolders in name order; SeriesError when there are none."""
    found = sorted(path for path in Path(folder).rglob("*") if path.is_file() and _is_dicom(path))
    if not found:
        raise SeriesError(["The folder holds no DICOM file; give one that `calcitrial take` has filled."])
    return found


def send(files: Iterable[Path], to: Peer, step: Callable[[int, int], object] = lambda done, whole: None) -> Sent:
    """Send files to another system over one association and return how many it stored.

    Raises:
        SeriesError: a file cannot be read, or the system does not answer or does not let us in.
    """
    paths = list(files)
    kinds = sorted({_kind(path) for path in paths})
    if len(kinds) > MOST_CONTEXTS:
        raise SeriesError([f"The files are of {len(kinds)} kinds and codings, more than 128; send fewer at once."])
    entity = AE(ae_title=to.caller)
    entity.network_timeout = entity.acse_timeout = entity.dimse_timeout = entity.connection_timeout = SECONDS
    contexts = [build_context(*kind) for kind in kinds]
    link = entity.associate(to.host, to.port, contexts=contexts, ae_title=to.title)
    if not link.is_established:
        told = f"{to.title} at {to.host}:{to.port} does not answer or lets nobody called {to.caller} in; check both."
        raise SeriesError([told])
    refusals = []
    try:
        for number, path in enumerate(paths, 1):
            if why := _stored(link, path):
                refusals.append(f"File {number} of {len(paths)} was not stored: {why}.")
            step(number, len(paths))
    finally:
        link.release()
    return Sent(len(paths) - len(refusals), tuple(refusals))


def _stored(link: object, path: Path) -> str:
    """Send one file; return '' when it was stored, or why it was not."""
    try:
        status: Dataset = link.send_c_store(path)  # type: ignore[attr-defined]
    except (ValueError, RuntimeError):
        return "the other system does not take its kind or coding"
    if "Status" not in status:
        return "the other system did not answer"
    warned = (status.Status & 0xF000) == 0xB000  # stored, with elements coerced or dropped (PS3.4 B.2.3)
    return "" if status.Status == 0 or warned else f"status {status.Status:04X}"


def _kind(path: Path) -> tuple[str, str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            meta = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SOPClassUID"]).file_meta
        return str(meta.MediaStorageSOPClassUID), str(meta.TransferSyntaxUID)
    except Exception as fault:
        # pydicom meets damage with many kinds of exception.
        raise SeriesError([f"A file cannot be read ({type(fault).__name__}); send only what was taken."]) from None


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"
