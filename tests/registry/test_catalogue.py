"""Imported files are kept and indexed whole or not at all; sources of one trial meet; the index can be remade."""

from pathlib import Path
from threading import Thread

import pytest

from calcitrial.protocol import RefusedError, load
from calcitrial.registry import Search, find, import_files, list_own, opened, rebuild, trial_of
from calcitrial.registry.writing import Writer
from tests.registrations.files import PORTAL, study, written


def contents(home: Path) -> list[tuple[object, ...]]:
    with opened(home) as link:
        rows = list(
            link.execute(
                "SELECT id, standing, registered, title, conditions, rest FROM trial JOIN text USING (n) ORDER BY id"
            )
        )
        rows += list(link.execute("SELECT kind, value, id FROM facet JOIN trial ON n = trial ORDER BY 1, 2, 3"))
        rows += list(link.execute("SELECT key, id FROM statement JOIN trial ON n = trial ORDER BY 1"))
        assert link.execute("INSERT INTO words (words) VALUES ('integrity-check')").fetchall() == []
    return rows


def test_a_new_home_has_the_shipped_protocols(tmp_path: Path) -> None:
    assert [row[0] for row in contents(tmp_path)[:2]] == ["NCT03582800", "stsinj"]


def test_several_sources_of_one_trial_stand_side_by_side(tmp_path: Path) -> None:
    done = import_files(tmp_path, [written(tmp_path, "a.json", study()), written(tmp_path, "b.xml", PORTAL)])
    assert (done.new, done.changed, done.same, done.problems) == (3, 0, 0, [])
    trial = trial_of(tmp_path, "2019-000001-11")
    assert trial.id == "NCT99000001" and [one.kind for one in trial.statements] == ["ClinicalTrials.gov", "WHO ICTRP"]
    verdicts = {item.number: item.verdict for item in trial.items if item.verdict}
    assert verdicts["18"] == "conflict" and verdicts["17"] == "gap" and "16" not in verdicts and "22" not in verdicts


def test_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    files = [written(tmp_path, "a.json", study()), written(tmp_path, "b.xml", PORTAL)]
    import_files(tmp_path / "one", files)
    import_files(tmp_path / "two", files[::-1])
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_third_source_can_show_that_two_trials_are_one(tmp_path: Path) -> None:
    alone = study(identificationModule__secondaryIdInfos=[])
    eu = PORTAL.replace("DRKS90000002", "2019-000001-11").replace("NCT99000001", "NCT99000007")
    import_files(tmp_path, [written(tmp_path, "a.json", alone), written(tmp_path, "b.xml", eu)])
    assert trial_of(tmp_path, "2019-000001-11").id == "2019-000001-11"
    import_files(tmp_path, [written(tmp_path, "c.json", study())])
    assert trial_of(tmp_path, "2019-000001-11").id == "NCT99000001"
    contents(tmp_path)


def test_two_numbers_of_one_registry_are_two_trials_even_if_they_name_each_other(tmp_path: Path) -> None:
    other = study(identificationModule__nctId="NCT99000002")
    import_files(tmp_path, [written(tmp_path, "a.json", {"studies": [study(), other]})])
    assert trial_of(tmp_path, "NCT99000001").id != trial_of(tmp_path, "NCT99000002").id


def test_a_later_file_replaces_what_its_source_said(tmp_path: Path) -> None:
    first, second = study(), study(statusModule__overallStatus="COMPLETED")
    import_files(tmp_path, [written(tmp_path, "a.json", first)])
    assert import_files(tmp_path, [written(tmp_path, "a.json", first)]).same == 1
    assert import_files(tmp_path, [written(tmp_path, "a.json", second)]).changed == 1
    trial = trial_of(tmp_path, "NCT99000001")
    assert len(trial.statements) == 1 and trial.facets.statuses == ("completed",)
    assert len(list((tmp_path / "registry" / "files").iterdir())) == 2
    contents(tmp_path)


def test_the_index_made_anew_is_the_same(tmp_path: Path) -> None:
    import_files(tmp_path, [written(tmp_path, "a.json", study()), written(tmp_path, "b.xml", PORTAL)])
    before = contents(tmp_path)
    rebuild(tmp_path)
    assert contents(tmp_path) == before
    assert len(list((tmp_path / "registry").glob("index-*.sqlite3"))) == 1
    for path in (tmp_path / "registry").glob("index-*"):
        path.unlink()
    assert contents(tmp_path) == before


def test_an_import_that_breaks_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(tmp_path)

    def breaks(_writer: Writer) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Writer, "finish", breaks)
    files = [study(), study(identificationModule__nctId="NCT99000002")]
    with pytest.raises(OSError, match="disk is full"):
        import_files(tmp_path, [written(tmp_path, "a.json", files)])
    assert contents(tmp_path) == before and not (tmp_path / "registry" / "files").exists()


def test_two_imports_at_once_lose_nothing(tmp_path: Path) -> None:
    files = [written(tmp_path, f"{n}.json", study(identificationModule__nctId=f"NCT9900010{n}")) for n in range(4)]
    threads = [Thread(target=import_files, args=(tmp_path, [file])) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with opened(tmp_path) as link:
        assert find(link, Search("thiosulfate calcinosis made")).total == 4


def test_a_trial_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"There is no trial 'NCT0'"):
        trial_of(tmp_path, "NCT0")


def test_own_studies_are_listed_without_an_import_and_follow_their_definition(tmp_path: Path) -> None:
    own = load("stsinj").model_copy(update={"id": "lagoon", "name": "Trial of the lagoon"})
    assert list_own(tmp_path, [own]) == 1 and list_own(tmp_path, [own]) == 0
    first = trial_of(tmp_path, own.id)
    assert first.id == "lagoon" and [one.kind for one in first.statements] == ["Protocol"]
    fact = own.facts["sample_size"].model_copy(update={"value": 77})
    changed = own.model_copy(update={"facts": {**own.facts, "sample_size": fact}})
    assert list_own(tmp_path, [changed]) == 1 and trial_of(tmp_path, own.id).first("17") == "77"
    rebuild(tmp_path)
    assert list_own(tmp_path, [changed]) == 1
    contents(tmp_path)
