"""Receives pictures from a scanner or PACS (C-STORE, C-ECHO) and takes them in.

Each object is de-identified as it arrives; no file with a name in it is ever written. What arrived in one
association is moved to its place when the sender releases it; what an aborted one left is thrown away.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined, unused-ignore]

from calcitrial.dicom import SeriesError
from calcitrial.intake.deidentify import Deidentification
from calcitrial.intake.examination import Intake
from calcitrial.intake.taken import TAKEN, Taken

SYNTAXES = [
    "1.2.840.10008.1.2.1",  # Explicit VR Little Endian
    "1.2.840.10008.1.2",  # Implicit VR Little Endian
    "1.2.840.10008.1.2.4.50",  # JPEG Baseline
    "1.2.840.10008.1.2.4.51",  # JPEG Extended
    "1.2.840.10008.1.2.4.57",  # JPEG Lossless
    "1.2.840.10008.1.2.4.70",  # JPEG Lossless SV1
    "1.2.840.10008.1.2.4.80",  # JPEG-LS Lossless
    "1.2.840.10008.1.2.4.81",  # JPEG-LS Near-Lossless
    "1.2.840.10008.1.2.4.90",  # JPEG 2000 Lossless
    "1.2.840.10008.1.2.4.91",  # JPEG 2000
    "1.2.840.10008.1.2.5",  # RLE Lossless
]
# It tells what it received when something fails, and names are part of that.
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
# Status of C-STORE, PS3.4 B.2.3.
STORED, OUT_OF_RESOURCES, OTHER_CLASS, NOT_UNDERSTOOD = 0x0000, 0xA700, 0xA900, 0xC000
IDLE_SECONDS = 60.0


@dataclass(frozen=True)
class Door:
    """Where the receiver listens and what it lets in.

    Attributes:
        host: address to bind; 127.0.0.1 hears this machine only.
        port: 0 takes a free one.
        title: own AE title, which a caller must name.
        callers: AE titles that may call; any when empty.
        most_objects: objects in one association.
        most_bytes: bytes of all objects in one association.
    """

    host: str = "127.0.0.1"
    port: int = 11112
    title: str = "CALCITRIAL"
    callers: tuple[str, ...] = ()
    most_objects: int = 20_000
    most_bytes: int = 16 * 2**30


@dataclass
class _Visit:
    """One association: its intake and what it has used of the limits."""

    intake: Intake
    objects: int = 0
    octets: int = 0
    problems: list[str] = field(default_factory=list)


class _Receiver:
    def __init__(self, door: Door, into: Path, rules: Deidentification, told: Callable[[Taken], object]) -> None:
        self.door, self.into, self.rules, self.told = door, into, rules, told
        self._visits: dict[int, _Visit] = {}
        self._lock = Lock()

    def store(self, event: Any) -> Dataset:
        # One at a time: de-identifying silences pydicom's warnings, which is a matter of the whole process.
        with self._lock:
            visit = self._visits.get(id(event.assoc)) or self._begin(event)
            visit.objects += 1
            visit.octets += len(event.request.DataSet.getvalue())
            status, comment = self._judge(event, visit)
            if status == STORED:
                refused = visit.intake.add(event.dataset, f"Object {visit.objects}")
                return _status(NOT_UNDERSTOOD, refused[0].partition(": ")[2]) if refused else _status(STORED, "")
            visit.problems.append(f"Object {visit.objects} was refused: {comment}; nothing was taken, send all again.")
            return _status(status, comment)

    def _begin(self, event: Any) -> _Visit:
        return self._visits.setdefault(id(event.assoc), _Visit(Intake(self.into, self.rules)))

    def _judge(self, event: Any, visit: _Visit) -> tuple[int, str]:
        """Return the status of an object that belongs to no series yet: it may be too much, or no dataset."""
        if visit.objects > self.door.most_objects or visit.octets > self.door.most_bytes:
            return OUT_OF_RESOURCES, "more objects or bytes than one association may send"
        try:
            event.dataset.file_meta = event.file_meta
            named = str(event.dataset.get("SOPClassUID", ""))
        except Exception:
            # pydicom meets a damaged dataset with many kinds of exception.
            return NOT_UNDERSTOOD, "the dataset is damaged"
        other = named != event.request.AffectedSOPClassUID
        return (OTHER_CLASS, "SOP Class UID of dataset and request differ") if other else (STORED, "")

    def release(self, event: Any) -> None:
        with self._lock:
            visit = self._visits.pop(id(event.assoc), None)
        if visit is not None:
            with visit.intake as intake:
                self.told(Taken((), tuple(visit.problems)) if visit.problems else intake.finish())

    def drop(self, event: Any) -> None:
        """Throw away what an association left that did not end as it should."""
        with self._lock:
            visit = self._visits.pop(id(event.assoc), None)
        if visit is not None:
            with visit.intake:
                told = f"The sender broke off after {visit.objects} object(s); nothing of them was taken, send again."
                self.told(Taken((), (told,)))

    def close(self) -> None:
        for visit in self._visits.values():
            with visit.intake:
                pass
        self._visits.clear()


@contextmanager
def receiving(
    door: Door, into: Path, rules: Deidentification, told: Callable[[Taken], object]
) -> Iterator[tuple[str, int]]:
    """Receive pictures of one visit for as long as the block runs; gives the address and port.

    Args:
        door: where to listen and what to let in.
        into: the folder of the visit.
        rules: secret and participant.
        told: called after each association with what came of it.

    Raises:
        SeriesError: the port is taken or may not be used.
    """
    receiver = _Receiver(door, Path(into), rules, told)
    entity = AE(ae_title=door.title)
    entity.add_supported_context(Verification)
    for kind in TAKEN:
        entity.add_supported_context(UID(kind), SYNTAXES)
    entity.require_called_aet = True
    entity.require_calling_aet = list(door.callers)
    entity.maximum_associations = 4
    entity.network_timeout = entity.acse_timeout = entity.dimse_timeout = IDLE_SECONDS
    handlers: Any = [
        (evt.EVT_C_STORE, receiver.store),
        (evt.EVT_RELEASED, receiver.release),
        (evt.EVT_ABORTED, receiver.drop),
        (evt.EVT_CONN_CLOSE, receiver.drop),
    ]
    try:
        server: Any = entity.start_server((door.host, door.port), block=False, evt_handlers=handlers)
    except OSError:
        told_port = f"Port {door.port} of {door.host} is taken or not allowed; name another with --port."
        raise SeriesError([told_port]) from None
    try:
        yield server.server_address[:2]
    finally:
        server.shutdown()
        entity.shutdown()
        receiver.close()


def _status(status: int, comment: str) -> Dataset:
    answer = Dataset()
    answer.Status = status
    if comment:
        answer.ErrorComment = comment[:64]  # LO
    return answer
