"""The receiver on loopback, called by pynetdicom itself; and the sender against it."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import pydicom
import pytest
from pynetdicom import AE
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import encode
from pynetdicom.sop_class import CTImageStorage, RTPlanStorage, Verification

from calcitrial.dicom import SeriesError
from calcitrial.intake import Door, Peer, Taken, files_of, peer, receiving, search, send, store, take
from tests.intake.people import RULES, TRACES, scan, slice_of

pytestmark = pytest.mark.filterwarnings("ignore")


class Desk:
    """A running receiver, and what it told."""

    def __init__(self, into: Path, door: Door) -> None:
        self.into, self.told, self.came = into, list[Taken](), Event()
        self._running = receiving(door, into, RULES, self._tell)
        self.host, self.port = self._running.__enter__()

    def _tell(self, taken: Taken) -> None:
        self.told.append(taken)
        self.came.set()

    def answer(self) -> Taken:
        assert self.came.wait(10), "The receiver told nothing within 10 seconds."
        return self.told[-1]

    def call(self, caller: str = "SCANNER", title: str = "CALCITRIAL", *contexts: str) -> Any:
        entity = AE(ae_title=caller)
        for context in contexts or (CTImageStorage, Verification):
            entity.add_requested_context(context)
        return entity.associate(self.host, self.port, ae_title=title)

    def close(self) -> None:
        self._running.__exit__(None, None, None)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(tmp_path / "home" / "BL", Door(port=0))
    yield found
    found.close()


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return scan(tmp_path / "export")


def limited(tmp_path: Path, **limits: object) -> Desk:
    return Desk(tmp_path / "home" / "BL", Door(port=0, **limits))  # type: ignore[arg-type]


def test_it_hears_this_machine_only_unless_told() -> None:
    assert Door().host == "127.0.0.1"


def test_it_answers_an_echo(desk: Desk) -> None:
    link = desk.call()
    assert link.send_c_echo().Status == 0
    link.release()


def test_what_is_sent_is_taken_as_from_a_folder(desk: Desk, export: Path, tmp_path: Path) -> None:
    sent = send(files_of(export), Peer(desk.host, desk.port, "CALCITRIAL"))
    assert (sent.count, sent.refusals) == (4, ())
    received = desk.answer().series[0]
    assert (received.modality, received.count) == ("CT", 4)
    assert received.digest == take(export, tmp_path / "other", RULES).series[0].digest
    data = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert not [trace for trace in TRACES if trace.encode() in data]


def test_no_file_with_a_name_is_written_while_it_arrives(desk: Desk, export: Path, tmp_path: Path) -> None:
    link = desk.call()
    assert link.send_c_store(slice_of(export)).Status == 0
    waiting = [path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert len(waiting) == 1 and b"MUSTERMANN" not in waiting[0]
    link.release()
    assert desk.answer().series[0].count == 1


def test_a_sender_that_breaks_off_leaves_nothing(desk: Desk, export: Path, tmp_path: Path) -> None:
    link = desk.call()
    assert link.send_c_store(slice_of(export)).Status == 0
    link.abort()
    assert "broke off after 1 object(s)" in desk.answer().refusals[0]
    assert not [path for path in (tmp_path / "home").rglob("*") if path.is_file()]


def test_a_bad_object_gets_a_status_and_keeps_its_series_out(desk: Desk, export: Path) -> None:
    link, good, bad = desk.call(), *(pydicom.dcmread(path) for path in sorted(export.iterdir())[:2])
    bad.BurnedInAnnotation = "YES"
    assert link.send_c_store(good).Status == 0
    answer = link.send_c_store(bad)
    assert answer.Status == 0xC000 and "pixels may show a name" in answer.ErrorComment
    assert len(answer.ErrorComment) <= 64
    link.release()
    taken = desk.answer()
    assert not taken.series and "A CT series was not taken. Object 2:" in taken.refusals[0]


def test_a_dataset_of_another_class_than_announced_is_refused(desk: Desk, export: Path) -> None:
    image = slice_of(export)
    link = desk.call()
    image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    image.file_meta.MediaStorageSOPClassUID = CTImageStorage
    answer = _forced(link, image)
    assert answer.Status == 0xA900
    link.release()
    assert "nothing was taken" in desk.answer().refusals[0]


def _forced(link: Any, image: pydicom.Dataset) -> pydicom.Dataset:
    """Send a dataset under the SOP class of its file meta information, which pynetdicom itself does not do."""
    request = C_STORE()
    request.MessageID, request.Priority = 1, 2
    request.AffectedSOPClassUID = image.file_meta.MediaStorageSOPClassUID
    request.AffectedSOPInstanceUID = image.SOPInstanceUID
    context = next(c for c in link.accepted_contexts if c.abstract_syntax == CTImageStorage)
    syntax = context.transfer_syntax[0]
    request.DataSet = BytesIO(encode(image, syntax.is_implicit_VR, syntax.is_little_endian))
    link._reactor_checkpoint.clear()
    link.dimse.send_msg(request, context.context_id)
    _, answer = link.dimse.get_msg(block=True)
    link._reactor_checkpoint.set()
    return answer


@pytest.mark.parametrize("limits", [{"most_objects": 2}, {"most_bytes": 5000}])
def test_more_than_the_limit_is_refused_and_nothing_taken(tmp_path: Path, export: Path, limits: dict[str, int]) -> None:
    desk = limited(tmp_path, **limits)
    try:
        sent = send(files_of(export), Peer(desk.host, desk.port, "CALCITRIAL"))
        assert sent.count == 2 and "status A700" in sent.refusals[0]
        assert not desk.answer().series
    finally:
        desk.close()


def test_only_titles_that_are_allowed_may_call(tmp_path: Path, export: Path) -> None:
    desk = limited(tmp_path, callers=("SCANNER",))
    try:
        assert desk.call("SCANNER").is_established
        assert not desk.call("STRANGER").is_established
        assert not desk.call("SCANNER", "OTHER").is_established
        with pytest.raises(SeriesError, match="lets nobody called CALCITRIAL in"):
            send(files_of(export), Peer(desk.host, desk.port, "CALCITRIAL"))
    finally:
        desk.close()


def test_objects_that_are_not_taken_are_not_accepted(desk: Desk) -> None:
    assert not desk.call("S", "CALCITRIAL", RTPlanStorage).is_established


def test_a_taken_port_is_told(desk: Desk, tmp_path: Path) -> None:
    with (
        pytest.raises(SeriesError, match="is taken or not allowed"),
        receiving(Door(port=desk.port), tmp_path, RULES, print),
    ):
        pytest.fail("Two receivers share a port.")


def test_closing_leaves_nothing_behind(tmp_path: Path, export: Path) -> None:
    desk = limited(tmp_path)
    assert desk.call().send_c_store(slice_of(export)).Status == 0
    desk.close()
    assert not [path for path in (tmp_path / "home").rglob("*") if path.is_file()]


# The sender.


@pytest.mark.parametrize("text", ["", "host", "host:0/X", "host:99999/X", "host:104/", "host:104/" + "X" * 17])
def test_addresses_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(SeriesError, match="no address of a DICOM system"):
        peer(text)


def test_addresses_are_taken_apart() -> None:
    assert peer("[::1]:104/PACS A") == Peer("::1", 104, "PACS A")


def test_a_silent_system_is_told(export: Path) -> None:
    with pytest.raises(SeriesError, match="does not answer"):
        send(files_of(export), Peer("127.0.0.1", 9, "NOBODY"))


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match="holds no DICOM file"):
        files_of(tmp_path)


def test_silent_and_wrong_web_addresses_are_told(export: Path) -> None:
    with pytest.raises(SeriesError, match="does not answer as DICOMweb"):
        store(files_of(export), "http://127.0.0.1:9/dicom-web")
    with pytest.raises(SeriesError, match="no DICOMweb address"):
        search("nowhere")
    with pytest.raises(SeriesError, match="no level 'people'"):
        search("http://127.0.0.1:9/dicom-web", "people")
