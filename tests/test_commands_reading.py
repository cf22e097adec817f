"""The commands of the reading room, from plan to agreement, in one small trial and over a plain CSV."""

import json
from pathlib import Path

import pytest

from calcitrial.protocol import Protocol
from calcitrial.record import connect, make_cut
from tests.invented_trial import enter_trial
from tests.reading.conftest import SMALL, read_all
from tests.test_commands import Run, run

__all__ = ["run"]
READERS = Path(__file__).parent / "against" / "data" / "readers.csv"
PLANNED = ("reading", "plan", "stsinj", "--reader", "R1", "--reader", "R2", "--third", "R3", "--by", "M. Anager")


@pytest.fixture
def trial(run: Run, tmp_path: Path, stsinj: Protocol) -> Path:
    """A trial in the home that the commands use."""
    connect(tmp_path / "home", create=True)
    enter_trial(stsinj, SMALL)
    return tmp_path


def test_from_plan_to_agreement(run: Run, trial: Path) -> None:
    code, out, _err = run(*PLANNED, "--seed", "5", "--repeat", "0.25", "--limit", "25", "--json", "-")
    assert code == 0 and json.loads(out)["tasks"] == {"R1": 15, "R2": 15}
    code, out, _err = run("reading", "worklist", "stsinj", "R1", "--json", "-")
    assert len(json.loads(out)) == 15 and "PIT" not in out
    assert run("reading", "worklist", "stsinj", "R1")[1].startswith("R1: 15 tasks, 0 read\n")
    assert run("reading", "references", "stsinj")[1] == "No lesion was read by both readers yet.\n"
    sizes = iter(range(10, 10_000))
    for reader in ("R1", "R2"):
        read_all("stsinj", reader, lambda _task, _label: str(next(sizes)))
    code, out, _err = run("reading", "references", "stsinj", "--json", "-")
    found = json.loads(out)
    assert {one["rule"] for one in found} <= {"two agree", "waits for the third reader"}
    assert len(found) == make_cut("stsinj", "test").table("ct_measurement").height
    picture = trial / "agreement.svg"
    code, out, _err = run("reading", "agreement", "stsinj", "--picture", str(picture))
    assert code == 0 and "ICC(2,1)" in out and "R1 over R2" in out
    assert picture.read_text("utf-8").startswith("<svg")


def test_a_seed_is_drawn_where_none_is_given(run: Run, trial: Path) -> None:
    assert run(*PLANNED)[0] == 0
    seed = int(make_cut("stsinj", "test").table("reading_plan")["reading_seed"][0])
    assert 0 <= seed < 2**31


def test_refusals_are_sentences(run: Run, trial: Path) -> None:
    code, _out, err = run("reading", "worklist", "stsinj", "R1")
    assert code == 1 and "have no plan" in err and "Traceback" not in err
    code, _out, err = run("reading", "plan", "stsinj", "--reader", "R1", "--by", "R1")
    assert code == 1 and "1 readers are named" in err and "Let somebody else enter it" in err
    assert run(*PLANNED)[0] == 0
    code, _out, err = run("reading", "release", "stsinj", "--by", "M. Anager")
    assert code == 1 and "No case waits" in err


def test_agreement_over_a_csv_is_that_of_the_record(run: Run, tmp_path: Path) -> None:
    names = ("lesion=lesid", "participant=usubjid", "repeat=rep", "value=logvol")
    columns = [word for name in names for word in ("--column", name)]
    code, out, _err = run("agreement", "--csv", str(READERS), *columns, "--log", "--json", "-")
    found = json.loads(out)
    assert code == 0 and found["icc"][1]["value"] == pytest.approx(0.962046966624202)
    assert found["readers"] == ["R1", "R2", "R3"] and found["source"] == "readers.csv"
    code, _out, err = run("agreement", "--csv", str(READERS), "--column", "lesions=lesid")
    assert code == 1 and "'lesions=lesid' names no column. Write NAME=CALLED" in err
    code, _out, err = run("agreement", "--csv", str(READERS))
    assert code == 1 and "There is no column 'lesion'." in err
