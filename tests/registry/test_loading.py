"""A large file is read by several processes with the same outcome; trials come in by the thousand as one by one."""

from pathlib import Path

import pytest

from calcitrial.protocol import Problem
from calcitrial.registry import Search, catalogue, find, import_files, loading, opened, write_studies
from calcitrial.registry.index import place_of, trials_of
from calcitrial.registry.loading import prepared_in
from calcitrial.registry.writing import add
from tests.registrations.files import PORTAL, study, written


def rows(home: Path) -> list[tuple[object, ...]]:
    with opened(home) as link:
        found = list(link.execute("SELECT * FROM trial JOIN text USING (n) ORDER BY n"))
        found += list(link.execute("SELECT * FROM facet ORDER BY 1, 2, 3"))
        found += list(link.execute("SELECT * FROM site ORDER BY 1, 2, 3"))
        assert link.execute("INSERT INTO words (words) VALUES ('integrity-check')").fetchall() == []
    return found


def test_several_processes_read_the_same_in_the_same_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "LINES_AT_ONCE", 7)
    file = tmp_path / "made-up.jsonl"
    write_studies(file, 60)
    file.write_bytes(file.read_bytes() + b"{broken\n\n" + b'{"protocolSection": {}}\n')
    many, one = list(prepared_in(file, large=0)), list(prepared_in(file))
    assert many == one and len(one) == 62
    assert [found.place for found in one if isinstance(found, Problem)] == [
        "made-up.jsonl, line 61",
        "made-up.jsonl, line 63, nctId",
    ]


def test_a_copy_of_the_index_takes_its_place_when_much_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "made-up.jsonl"
    write_studies(file, 50)
    import_files(tmp_path / "usual", [file])
    monkeypatch.setattr(catalogue, "LARGE", 1)
    with opened(tmp_path / "copied") as reading:
        assert import_files(tmp_path / "copied", [file]).new == 50
        # Whoever reads meanwhile goes on with the old index.
        assert find(reading, Search()).total == 2
    assert rows(tmp_path / "copied") == rows(tmp_path / "usual")
    assert len(list((tmp_path / "copied" / "registry").glob("index-*.sqlite3"))) == 1


def test_together_gives_the_same_trials_as_one_by_one(tmp_path: Path) -> None:
    files = [written(tmp_path, "a.json", study()), written(tmp_path, "b.xml", PORTAL)]
    write_studies(tmp_path / "c.jsonl", 30)
    import_files(tmp_path / "together", [*files, tmp_path / "c.jsonl"])
    with opened(tmp_path / "together") as link, opened(tmp_path / "single") as other:
        numbers = [row[0] for row in link.execute("SELECT n FROM trial")]
        for trial in trials_of(link, numbers):
            for statement in trial.statements:
                add(other, statement)
    assert rows(tmp_path / "together") == rows(tmp_path / "single")


def test_places_stand_in_the_order_of_the_list() -> None:
    ordered = [
        place_of(0, "2024-02-01", "NCT00000001"),
        place_of(0, "2024-02-01", "NCT00000002"),
        place_of(0, "2024-02-01", "ISRCTN12345678"),
        place_of(0, "2024-02", "NCT00000001"),
        place_of(0, "2023-12-31", "NCT00000001"),
        place_of(0, "", "NCT00000001"),
        place_of(1, "2025-01-01", "NCT00000001"),
        place_of(10, "", "zz"),
    ]
    assert ordered == sorted(ordered) and len(set(ordered)) == len(ordered) and ordered[-1] < 2**63


def test_two_trials_of_one_place_are_both_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calcitrial.registry.prepared.place_of", lambda *_about: 5)
    files = [study(identificationModule__nctId=f"NCT9900010{n}") for n in range(4)]
    import_files(tmp_path, [written(tmp_path, "a.json", {"studies": files[:3]})])
    import_files(tmp_path, [written(tmp_path, "b.json", files[3])])
    with opened(tmp_path) as link:
        assert sorted(row[0] for row in link.execute("SELECT n FROM trial")) == list(range(5, 11))
        assert find(link, Search("thiosulfate made")).total == 4
