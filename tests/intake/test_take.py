"""Pictures come in whole series at a time, always to the same place, and leave nothing else on the disk."""

import random
import shutil
import stat
import zipfile
from pathlib import Path

import pydicom
import pytest

from calcitrial.dicom import SeriesError, read_series
from calcitrial.imaging import measure
from calcitrial.intake import Deidentification, study_secret, take
from tests.intake.people import RULES, TRACES, scan, sonogram

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """An export of one person: a CT series, an ultrasound picture, a text file and a plan."""
    folder = tmp_path / "export"
    scan(folder / "MUSTERMANN" / "ct")
    picture = sonogram()
    picture.SeriesInstanceUID = "1.2.276.0.7230010.3.1.9"
    picture.save_as(folder / "us.dcm", enforce_file_format=True)
    (folder / "readme.txt").write_text("no DICOM")
    plan = sonogram()
    plan.SOPClassUID = "1.2.840.10008.5.1.4.1.1.481.5"
    plan.save_as(folder / "plan.dcm", enforce_file_format=True)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def edit(path: Path, **values: object) -> None:
    image = pydicom.dcmread(path)
    for name, value in values.items():
        setattr(image, name, value)
    image.save_as(path)


def test_each_series_gets_a_folder_and_the_rest_is_counted(export: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    taken = take(export, tmp_path / "home" / "BL", RULES, lambda done, whole: seen.append((done, whole)))
    assert {(one.modality, one.count, one.new) for one in taken.series} == {("CT", 4, 4), ("US", 1, 1)}
    assert taken.refusals == () and taken.passed_over == {"RT Plan Storage": 1}
    assert seen[-1] == (7, 7)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["BL"]
    written = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*.dcm"))
    assert not [trace for trace in TRACES if trace.encode() in written]
    assert not [name for name in names(tmp_path / "home") if "MUSTERMANN" in name]


def test_taking_again_changes_nothing(export: Path, tmp_path: Path) -> None:
    first = take(export, tmp_path / "BL", RULES)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "BL").rglob("*")}
    again = take(export, tmp_path / "BL", RULES)
    assert [(a.digest, a.count, b.new) for a, b in zip(first.series, again.series, strict=True)] == [
        (b.digest, b.count, 0) for b in again.series
    ]
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "BL").rglob("*")}


def test_a_zip_gives_the_same(export: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as out:
        for path in export.rglob("*.dcm"):
            out.write(path, str(path.relative_to(export)))
    packed, plain = take(tmp_path / "a.zip", tmp_path / "a", RULES), take(export, tmp_path / "b", RULES)
    assert {one.digest for one in packed.series} == {one.digest for one in plain.series}


def test_measuring_gives_the_same_before_and_after(export: Path, tmp_path: Path) -> None:
    taken = take(export, tmp_path / "BL", RULES)
    folder = next(one.folder for one in taken.series if one.modality == "CT")
    before, after = read_series(export / "MUSTERMANN"), read_series(folder)
    assert measure(before) == measure(after)
    assert after.facts.series_uid == RULES.uid(before.facts.series_uid)


def test_the_visits_of_a_participant_keep_their_interval(export: Path, tmp_path: Path) -> None:
    dates = []
    for visit, day in (("BL", "20240101"), ("W04", "20240129")):
        for path in (export / "MUSTERMANN" / "ct").iterdir():
            edit(path, SeriesDate=day, SeriesInstanceUID=f"1.2.276.0.7230010.3.1.{day}")
        taken = take(export / "MUSTERMANN", tmp_path / visit, RULES)
        dates.append(pydicom.valuerep.DA(pydicom.dcmread(min(taken.series[0].folder.iterdir())).SeriesDate))
    assert (dates[1] - dates[0]).days == 28


def test_one_bad_file_keeps_its_whole_series_out_and_no_other(export: Path, tmp_path: Path) -> None:
    bad = max((export / "MUSTERMANN" / "ct").iterdir())
    edit(bad, BurnedInAnnotation="YES")
    taken = take(export, tmp_path / "BL", RULES)
    assert [one.modality for one in taken.series] == ["US"]
    assert len(taken.refusals) == 1 and taken.refusals[0].startswith("A CT series was not taken. File 4 of 7 ")
    assert not any(trace in taken.refusals[0] for trace in TRACES)
    assert len(list((tmp_path / "BL").iterdir())) == 1


def test_a_damaged_file_stops_everything(export: Path, tmp_path: Path) -> None:
    (export / "half.dcm").write_bytes(b"x" * 500)
    with pytest.raises(SeriesError, match=r"ends in \.dcm but is not DICOM"):
        take(export, tmp_path / "home" / "BL", RULES)
    assert names(tmp_path / "home") == []


def test_further_files_join_their_series(export: Path, tmp_path: Path) -> None:
    ct = export / "MUSTERMANN" / "ct"
    late = tmp_path / "late"
    late.mkdir()
    moved = shutil.move(max(ct.iterdir()), late)
    first = take(ct, tmp_path / "BL", RULES).series[0]
    second = take(late, tmp_path / "BL", RULES).series[0]
    assert (first.count, second.count, second.new) == (3, 4, 1)
    shutil.move(moved, ct)
    assert take(ct, tmp_path / "other", RULES).series[0].digest == second.digest


def test_other_content_under_the_same_uid_is_refused_and_left(export: Path, tmp_path: Path) -> None:
    ct = export / "MUSTERMANN" / "ct"
    first = take(ct, tmp_path / "BL", RULES).series[0]
    edit(min(ct.iterdir()), KVP=80)
    taken = take(ct, tmp_path / "BL", RULES)
    assert not taken.series and "there already with other content" in taken.refusals[0]
    edit(min(ct.iterdir()), KVP=120)
    assert take(ct, tmp_path / "BL", RULES).series[0].digest == first.digest


def test_two_files_of_one_uid_must_be_equal(export: Path, tmp_path: Path) -> None:
    ct = export / "MUSTERMANN" / "ct"
    copy = ct / "copy.dcm"
    shutil.copy(min(ct.iterdir()), copy)
    assert take(ct, tmp_path / "a", RULES).series[0].count == 4
    edit(copy, KVP=80)
    assert "one SOP Instance UID" in take(ct, tmp_path / "b", RULES).refusals[0]


def test_links_are_not_followed(export: Path, tmp_path: Path) -> None:
    outside = scan(tmp_path / "elsewhere")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.dcm").symlink_to(min(outside.iterdir()))
    assert take(inside, tmp_path / "BL", RULES).series == ()


def test_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match="does not exist"):
        take(tmp_path / "none", tmp_path / "BL", RULES)


def test_an_endless_list_of_problems_is_cut(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number}.dcm").write_bytes(b"x" * 200)
    with pytest.raises(SeriesError) as caught:
        take(folder, tmp_path / "BL", RULES)
    assert len(caught.value.problems) == 21 and "10 further" in caught.value.problems[-1]


# The secret.


def test_a_secret_is_drawn_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "s.key"
    first = study_secret(path, lambda n: b"\1" * n)
    assert study_secret(path, lambda n: b"\2" * n) == first == b"\1" * 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_secret_that_others_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.key"
    study_secret(path, lambda n: b"\1" * n)
    path.chmod(0o644)
    with pytest.raises(SeriesError, match="chmod 600"):
        study_secret(path, lambda n: b"\2" * n)
    path.chmod(0o600)
    path.write_text("abc")
    with pytest.raises(SeriesError, match="no secret of 32 bytes"):
        study_secret(path, lambda n: b"\2" * n)


def test_participants_do_not_share_dates_nor_uids_across_studies(export: Path, tmp_path: Path) -> None:
    other = Deidentification(b"\x09" * 32, "PIT-001")
    ours, theirs = (take(export, tmp_path / name, rules) for name, rules in (("a", RULES), ("b", other)))
    assert not {one.series_uid for one in ours.series} & {one.series_uid for one in theirs.series}


@pytest.mark.parametrize("case", range(40))
def test_a_damaged_export_is_taken_clean_or_refused_in_sentences(export: Path, tmp_path: Path, case: int) -> None:
    dice, refused = random.Random(case), ""
    for path in sorted(export.rglob("*.dcm")):
        data = bytearray(path.read_bytes())
        for _ in range(dice.choice([0, 1, 5, 50])):
            data[dice.randrange(128, dice.choice([2500, len(data)]))] = dice.randrange(256)
        path.write_bytes(data[: dice.randrange(len(data))] if dice.random() < 0.1 else data)
    try:
        refused = " ".join(take(export, tmp_path / "home" / "BL", RULES).refusals)
    except SeriesError as error:
        refused = str(error)
    assert not refused or refused.endswith(".")
    written = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert not [trace for trace in TRACES if trace.encode() in written or trace in refused]


def test_nothing_of_the_person_is_logged(
    export: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    caplog.set_level(0)
    for path in (export / "MUSTERMANN" / "ct").iterdir():
        data = path.read_bytes()
        path.write_bytes(data.replace(b"19640812", b"MUSTERMA").replace(b"20240506", b"MUSTERMA"))
    assert take(export, tmp_path / "BL", RULES).series
    assert "MUSTERMA" not in caplog.text and not any("MUSTERMA" in str(one.message) for one in recwarn)


def test_not_every_damaged_export_is_refused(export: Path, tmp_path: Path) -> None:
    """Were everything refused, the test above could not fail on what is written."""
    path = min((export / "MUSTERMANN" / "ct").iterdir())
    data = path.read_bytes()
    path.write_bytes(data.replace(b"MUSTERMANN^ERIKA", b"MUSTERMANN^ERICA", 1))
    assert take(export, tmp_path / "BL", RULES).series[0].count == 4
