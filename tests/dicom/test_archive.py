"""A ZIP is as good as a folder, and a bad ZIP is refused in sentences before anything is unpacked."""

import stat
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from calcitrial import verbs
from calcitrial.dicom import SeriesError, archive, opened, read_series


@pytest.fixture
def packed(folder: Path, tmp_path: Path) -> Path:
    """A ZIP of a good series in nested folders, with a file beside it that is not DICOM."""
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for number, file in enumerate(sorted(folder.iterdir())):
            out.write(file, f"MUSTERMANN/study/{number % 3}/{file.name}")
        out.writestr("readme.txt", "no DICOM")
    return path


def refused(path: Path) -> str:
    with pytest.raises(SeriesError) as caught, opened(path):
        pytest.fail("The ZIP was unpacked.")
    assert all(one.endswith(".") for one in caught.value.problems)
    assert "MUSTERMANN" not in str(caught.value)
    return str(caught.value)


def made(path: Path, *members: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for member, data in members:
            out.writestr(member, data, zipfile.ZIP_DEFLATED)
    return path


def test_a_folder_is_itself(folder: Path) -> None:
    with opened(folder) as found:
        assert found == folder


def test_a_zip_gives_the_same_series_and_is_gone_afterwards(packed: Path, folder: Path) -> None:
    with opened(packed) as found:
        series = read_series(found)
        assert not [path for path in found.rglob("*") if "MUSTERMANN" in str(path)]
    assert not found.exists()
    assert series.digest == read_series(folder).digest


def test_measuring_takes_a_zip(packed: Path, folder: Path) -> None:
    assert verbs.measure(packed)[1] == verbs.measure(folder)[1]


def test_the_unpacked_folder_goes_when_reading_fails(tmp_path: Path) -> None:
    with pytest.raises(SeriesError), opened(made(tmp_path / "a.zip", ("a.dcm", b"x"))) as found:
        read_series(found)
    assert not found.exists()


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "C:\\x", "\\\\host\\x", "..\\x"])
def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    info = zipfile.ZipInfo("x")
    info.filename = name
    assert "1 file(s) of the ZIP point outside it" in refused(made(tmp_path / "a.zip", (info, b"x")))


def test_links_are_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("MUSTERMANN")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "point outside" in refused(made(tmp_path / "a.zip", (info, b"/etc/passwd")))


def test_a_bomb_is_refused_by_its_gain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FREE_GAIN", 2**20)
    assert "as no pictures do" in refused(made(tmp_path / "a.zip", ("a", b"\0" * 2**21)))


def test_a_bomb_is_refused_by_its_size_and_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 100)
    monkeypatch.setattr(archive, "MOST_FILES", 1)
    told = refused(made(tmp_path / "a.zip", ("a", bytes(99)), ("b", bytes(99))))
    assert "holds 2 files, more than 1" in told and "would unpack to" in told


def test_a_bomb_that_lies_about_its_size_is_damaged(tmp_path: Path) -> None:
    """The central directory says 10 bytes; what is packed is more, and no more than 10 are ever written."""
    path = made(tmp_path / "a.zip", ("a", b"\0" * 5000))
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 5000), struct.pack("<I", 10)))
    assert "damaged" in refused(path)


def test_encrypted_files_are_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", ("a", b"secret"))
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "1 file(s) of the ZIP are encrypted" in refused(path)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_zip_cut_short_is_refused(packed: Path, share: float) -> None:
    data = packed.read_bytes()
    packed.write_bytes(data[: int(len(data) * share)])
    assert "ZIP" in refused(packed)


def test_a_zip_with_spoilt_content_is_refused(packed: Path) -> None:
    data = bytearray(packed.read_bytes())
    noise = np.random.default_rng(1)
    data[2000:6000] = noise.bytes(4000)
    packed.write_bytes(data)
    assert refused(packed) == archive.DAMAGED


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "MUSTERMANN.rar"
    path.write_bytes(zlib.compress(b"x"))
    assert "no readable ZIP" in refused(path)


def test_an_empty_zip_holds_no_series(tmp_path: Path) -> None:
    with opened(made(tmp_path / "a.zip")) as found, pytest.raises(SeriesError, match="no CT image among its 0 files"):
        read_series(found)
