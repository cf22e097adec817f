"""Against a real PACS (Orthanc) and a real sender (storescu of dcmtk), on loopback: what goes out comes back."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pydicom
import pytest

from calcitrial import verbs
from calcitrial.dicom import SeriesError, read_series
from calcitrial.intake import Door, Taken, files_of, peer, receiving, retrieve, search, send, series_of, store, take
from tests.against.dicom.orthanc import Pacs, running
from tests.intake.people import NUMBER, RULES, TRACES, scan, sonogram

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pacs]:
    with running(tmp_path_factory.mktemp("pacs")) as found:
        yield found


@pytest.fixture
def taken(tmp_path: Path, request: pytest.FixtureRequest) -> Taken:
    """A de-identified series; each test has UIDs of its own, so that they do not meet in the PACS."""
    export = scan(tmp_path / "export")
    for path in export.iterdir():
        image = pydicom.dcmread(path)
        for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            setattr(image, name, f"{image[name].value}.{abs(hash(request.node.name))}"[:64])
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.save_as(path)
    return take(export, tmp_path / "BL", RULES)


def study_of(taken: Taken) -> str:
    return str(pydicom.dcmread(min(taken.series[0].folder.iterdir())).StudyInstanceUID)


def test_what_is_sent_by_c_store_is_found_and_comes_back_by_web(pacs: Pacs, taken: Taken, tmp_path: Path) -> None:
    series = taken.series[0]
    sent = send(files_of(series.folder), peer(pacs.address))
    assert (sent.count, sent.refusals) == (4, ())
    found = search(pacs.web, "series", SeriesInstanceUID=series.series_uid)
    assert len(found) == 1 and found[0].Modality == "CT"
    assert series_of(pacs.web, study_of(taken)) == [series.series_uid]
    paths = retrieve(pacs.web, study_of(taken), series.series_uid, tmp_path / "back")
    assert len(paths) == 4
    assert read_series(tmp_path / "back").digest == read_series(series.folder).digest


def test_what_is_stored_by_web_is_found_and_comes_back(pacs: Pacs, taken: Taken, tmp_path: Path) -> None:
    series, steps = taken.series[0], list[tuple[int, int]]()
    sent = store(files_of(series.folder), pacs.web, lambda done, whole: steps.append((done, whole)))
    assert (sent.count, sent.refusals, steps[-1]) == (4, (), (4, 4))
    assert len(search(pacs.web, "instances", SeriesInstanceUID=series.series_uid)) == 4
    assert [one.PatientID for one in search(pacs.web, "studies", StudyInstanceUID=study_of(taken))] == ["PIT-001"]
    retrieve(pacs.web, study_of(taken), series.series_uid, tmp_path / "back")
    assert read_series(tmp_path / "back").digest == read_series(series.folder).digest


def test_what_names_a_person_in_the_pacs_is_fetched_without(pacs: Pacs, tmp_path: Path) -> None:
    export = scan(tmp_path / "export")
    send(files_of(export), peer(pacs.address))
    study = str(pydicom.dcmread(min(export.iterdir())).StudyInstanceUID)
    assert search(pacs.web, "studies", StudyInstanceUID=study)[0].PatientID == NUMBER
    fetched = verbs.fetch(pacs.web, (study, ""), tmp_path / "home" / "BL", RULES)
    assert (fetched.refusals, fetched.series[0].count) == ((), 4)
    assert fetched.series[0].digest == take(export, tmp_path / "other", RULES).series[0].digest
    data = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert not [trace for trace in TRACES if trace.encode() in data]


def test_a_clip_survives_the_round_trip(pacs: Pacs, tmp_path: Path) -> None:
    clip = sonogram(6)
    clip.SOPClassUID = clip.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1"
    (tmp_path / "export").mkdir()
    clip.save_as(tmp_path / "export" / "clip.dcm", enforce_file_format=True)
    series = take(tmp_path / "export", tmp_path / "BL", RULES).series[0]
    assert store(files_of(series.folder), pacs.web).count == 1
    before = pydicom.dcmread(min(series.folder.iterdir()))
    back = retrieve(pacs.web, str(before.StudyInstanceUID), series.series_uid, tmp_path / "back")
    assert pydicom.dcmread(back[0]).PixelData == before.PixelData


def test_what_the_pacs_does_not_know_is_a_sentence(pacs: Pacs, tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match="HTTP status 404"):
        retrieve(pacs.web, "1.2.3", "1.2.3.4", tmp_path)
    with pytest.raises(SeriesError, match="lets nobody called CALCITRIAL in"):
        send(files_of(scan(tmp_path / "x")), peer(pacs.address.replace("ORTHANC", "OTHER")))


def test_storescu_of_dcmtk_sends_to_our_receiver(tmp_path: Path) -> None:
    program = shutil.which("storescu")
    if program is None:
        pytest.skip("SKIPPED FOR WANT OF DCMTK: storescu is not here (Debian package dcmtk).")
    export, told, came = scan(tmp_path / "export"), list[Taken](), Event()

    def tell(taken: Taken) -> None:
        told.append(taken)
        came.set()

    with receiving(Door(port=0, callers=("SCANNER",)), tmp_path / "home" / "BL", RULES, tell) as (host, port):
        words = [program, "-to", "10", "-aet", "SCANNER", "-aec", "CALCITRIAL", host, str(port)]
        done = subprocess.run(
            [*words, *map(str, sorted(export.iterdir()))], capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr.decode()[-500:]
        assert came.wait(10)
        stranger = [word if word != "SCANNER" else "STRANGER" for word in words]
        assert subprocess.run(
            [*stranger, str(min(export.iterdir()))], capture_output=True, timeout=60, check=False
        ).returncode
    assert told[0].series[0].digest == take(export, tmp_path / "other", RULES).series[0].digest
