"""Simulated readers: through the same worklists and answers as anybody, wrong by a little, the same each time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from calcitrial.design import Scanned, simulate_reads
from calcitrial.design.readers import PLAN, READERS
from calcitrial.dicom import Facts
from calcitrial.imaging import Lesion
from calcitrial.protocol import Protocol
from calcitrial.reading import plan_of, worklist
from calcitrial.record import Author, Gateway, connect, make_cut
from tests.invented_trial import Invented, enter_trial

MANAGER = Author("M. Anager", "data manager")
FACTS = Facts("1.2", None, None, None, 120.0, None, 1.0, 1.0, 0.0, "1.2.840.10008.1.2.1")


def seen(mass: float | None, *flags: str) -> Lesion:
    corner = (0.0, 0.0, 0.0)
    sizes = (None, None, mass, None, None, None, None, None, None)
    return Lesion("L", corner, (corner, corner), *sizes, flags)


def read(home: Path, protocol: Protocol, lesion: Lesion, seed: int = 1) -> Gateway:
    """Enter a trial, lay an image of every case into the home, and let the simulated readers read."""
    connect(home, create=True)
    gateway = enter_trial(protocol, Invented(people=3, troubled=False))
    scanned = {}
    for row in make_cut("stsinj", "test").table("ct_measurement").iter_rows(named=True):
        key = f"{row['participant']} {row['visit']}"
        folder = home / "images" / "stsinj" / row["participant"] / row["visit"]
        folder.mkdir(parents=True, exist_ok=True)
        image = Dataset()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.file_meta.MediaStorageSOPClassUID, image.file_meta.MediaStorageSOPInstanceUID = "1.2.3", "1.2.3.4"
        image.SeriesInstanceUID = row["series_uid"]
        image.save_as(folder / "a.dcm", enforce_file_format=True)
        scanned[key] = Scanned(key, FACTS, "d" * 64, (lesion,), 0.0, 0.0)
    clock = [datetime(2026, 12, 1, tzinfo=UTC)]
    ticks: list[datetime] = []
    simulate_reads(
        gateway, home, scanned, np.random.default_rng(seed), MANAGER, lambda: ticks.append(clock[0] + timedelta(1))
    )
    assert len(ticks) == make_cut("stsinj", "test").table("read")["task"].n_unique() + 1
    return gateway


def test_readers_read_most_of_their_lists_and_are_wrong_by_a_little(tmp_path: Path, stsinj: Protocol) -> None:
    read(tmp_path, stsinj, seen(10.0))
    assert plan_of("stsinj") == PLAN
    for reader in READERS:
        states = [task.state for task in worklist("stsinj", reader)]
        done = round(0.8 * len(states))
        assert states == ["read"] * done + ["to read"] * (len(states) - done)
    masses = make_cut("stsinj", "test").table("read")["mass"].cast(float).to_numpy()
    assert len(set(masses)) == len(masses) and np.abs(np.log(masses / 10)).max() < 0.4
    assert 0.02 < np.std(np.log(masses)) < 0.12


@pytest.mark.parametrize(
    ("lesion", "outcome"), [(seen(None, "not_found"), "absent"), (seen(None, "not_measured"), "not assessable")]
)
def test_what_cannot_be_measured_is_said(tmp_path: Path, stsinj: Protocol, lesion: Lesion, outcome: str) -> None:
    read(tmp_path, stsinj, lesion)
    assert set(make_cut("stsinj", "test").table("read")["read_outcome"]) == {outcome}


def test_one_seed_gives_one_digest(tmp_path: Path, stsinj: Protocol) -> None:
    digests = []
    for number, seed in enumerate((1, 1, 2)):
        read(tmp_path / str(number), stsinj, seen(10.0), seed)
        digests.append(make_cut("stsinj", "test").digest)
    assert digests[0] == digests[1] != digests[2]
