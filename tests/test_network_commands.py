"""take, receive, fetch and send at the command line: exit codes, sentences, JSON."""

import json
import socket
import threading
from pathlib import Path

import pytest

from calcitrial import intake
from calcitrial.commands import network
from calcitrial.commands.network import rectangles, together
from tests.intake.people import TRACES, scan, sonogram
from tests.test_commands import Run, run, study

__all__ = ["run", "study"]  # fixtures
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return scan(tmp_path / "export")


def clean(*texts: str) -> bool:
    return not any(trace in text for trace in TRACES for text in texts)


def test_pictures_are_taken_into_the_visit_and_measured(run: Run, study: object, export: Path, tmp_path: Path) -> None:
    code, out, err = run("take", str(export), "stsinj", "PIT-001", "BL", "--json", "-")
    content = json.loads(out)
    assert code == 0 and content["refusals"] == []
    assert [(one["modality"], one["count"], one["new"]) for one in content["series"]] == [("CT", 4, 4)]
    folder = tmp_path / "home" / "images" / "stsinj" / "PIT-001" / "BL"
    assert Path(content["series"][0]["folder"]).parent == folder
    assert clean(out, err)
    assert run("measure", str(folder))[0] == 0
    assert (tmp_path / "home" / "secrets" / "stsinj.pictures.key").stat().st_mode & 0o777 == 0o600
    assert "0 of them new" in run("take", str(export), "stsinj", "PIT-001", "BL")[1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("stsinj", "PIT-001", "W99"), "visit: stsinj has no visit 'W99'. Its visits: "),
        (("stsinj", "PIT-009", "BL"), "'PIT-009' is not in the record of stsinj"),
        (("stsinj", "../..", "BL"), "'../..' is not in the record"),
        (("other", "PIT-001", "BL"), "other"),
    ],
)
def test_pictures_of_nobody_are_refused(
    run: Run, study: object, export: Path, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    code, _, err = run("take", str(export), *words)
    assert code == 1 and told in err
    assert not (tmp_path / "home" / "images").exists()


def test_what_was_not_taken_is_told_and_the_exit_code_says_so(run: Run, study: object, tmp_path: Path) -> None:
    (tmp_path / "us").mkdir()
    sonogram(regions=()).save_as(tmp_path / "us" / "a.dcm", enforce_file_format=True)
    code, out, err = run("take", str(tmp_path / "us"), "stsinj", "PIT-001", "BL")
    assert code == 1 and "Nothing was taken." in out and "--keep" in err
    code, out, _ = run("take", str(tmp_path / "us"), "stsinj", "PIT-001", "BL", "--keep", "8,6,31,23")
    assert code == 0 and out.startswith("US: 1 files")


def test_rectangles_are_read_or_refused_all_at_once() -> None:
    assert rectangles(["0,1,2,3", "4,5,6,7"]) == ((0, 1, 2, 3), (4, 5, 6, 7))
    with pytest.raises(ValueError, match="'1,2' is no rectangle") as caught:
        rectangles(["1,2", "a,b,c,d"])
    assert "'a,b,c,d'" in str(caught.value)


def test_a_folder_is_sent_to_a_receiver(
    run: Run, study: object, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`send` calls while `receive --once` waits in this same process."""
    started, sent = threading.Event(), list[intake.Sent]()
    waits = network._wait
    port = _free_port()

    def wait(came: threading.Event, *, once: bool) -> None:
        started.set()
        waits(came, once=once)

    def call() -> None:
        assert started.wait(20)
        sent.append(intake.send(intake.files_of(export), intake.peer(f"127.0.0.1:{port}/CALCITRIAL")))

    monkeypatch.setattr(network, "_wait", wait)
    caller = threading.Thread(target=call)
    caller.start()
    code, out, err = run("receive", "stsinj", "PIT-001", "BL", "--port", str(port), "--once")
    caller.join(20)
    assert code == 0 and sent[0].count == 4
    assert out.startswith("CT: 4 files, 4 of them new") and f"listens at 127.0.0.1:{port}" in err
    assert clean(out, err)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("more", [(), ("--to", "a:1/B", "--web", "http://x")])
def test_send_needs_one_place(run: Run, export: Path, more: tuple[str, ...]) -> None:
    code, _, err = run("send", str(export), *more)
    assert code == 1 and "Give either --to or --web." in err


def test_what_does_not_answer_is_a_sentence(run: Run, study: object, export: Path) -> None:
    code, _, err = run("send", str(export), "--to", "127.0.0.1:9/X")
    assert code == 1 and "does not answer" in err and "Traceback" not in err
    code, _, err = run("fetch", "http://127.0.0.1:9/dicom-web", "stsinj", "PIT-001", "BL", "--study-uid", "1.2")
    assert code == 1 and "does not answer as DICOMweb" in err


def test_several_senders_are_told_together(tmp_path: Path) -> None:
    one = intake.SeriesTaken("CT", tmp_path, "2.25.1", 3, 3, "a")
    two = intake.SeriesTaken("CT", tmp_path, "2.25.1", 4, 1, "b")
    whole = together([intake.Taken((one,), ("x",), {"RT": 1}), intake.Taken((two,), (), {"RT": 2})])
    assert whole == intake.Taken((two,), ("x",), {"RT": 3})
