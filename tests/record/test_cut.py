"""A cut is the same bytes on every database and at every later time."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.db import connections

from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Draft, Gateway, Place, connect, current_rows, make_cut, store, tabulate, verify_study
from tests.record.small_study import NURSE, START, door_of, opening

# SQLite sorts by bytes, PostgreSQL by its locale, UTF-16 puts the emoji before the last letter here.
AWKWARD = (
    "z",
    "Z",
    "é",
    "e\u0301",
    "É",
    "a",
    "A",
    "ä",
    "ß",
    "ss",
    "_",
    "1",
    "10",
    "2",
    "😀",
    "\uffff",
    "'",
    "\\",
    "%s",
)


def enter_awkward(door: Gateway) -> Gateway:
    """Enter texts that databases order differently, as keys and as values."""
    door.enter([draft for name in AWKWARD for draft in opening(f"P{name}")], NURSE)
    notes = [Draft(Place("Pz", "note", repeat=name), {"text": f"{name}\n\t{name}"}) for name in AWKWARD]
    door.enter(notes, NURSE)
    return door


@pytest.fixture
def both(postgresql_server: object, tmp_path: Path) -> Iterator[list[tuple[Path, str]]]:
    """A fresh home on each database, side by side."""
    yield [(tmp_path / "one", ""), (tmp_path / "two", postgresql_server.fresh())]
    connections["default"].close()


def test_both_databases_give_the_same_head_and_the_same_bytes(both: list[tuple[Path, str]], tiny: Protocol) -> None:
    found = []
    for place, address in both:
        connect(place, address, create=True)
        enter_awkward(door_of(tiny)).redact(2, "a slip", NURSE)
        cut = make_cut("tiny", "0.1")
        trail = store.entries("tiny")
        found.append((verify_study("tiny"), cut.head, cut.digest, cut.text(), trail, current_rows("tiny").rows()))
    assert found[0] == found[1]
    assert found[0][0].ok


def test_the_rows_of_a_cut_are_in_the_order_of_code_points(door: Gateway) -> None:
    enter_awkward(door)
    rows = make_cut("tiny", "0.1").rows.rows()
    assert rows == sorted(rows)
    assert len(rows) == len(AWKWARD) * 10
    assert {row[0] for row in rows} == {f"P{name}" for name in AWKWARD}
    assert ("Pz", "note", "", "", "😀", "text", 1, "😀\n\t😀", "") in {row[:9] for row in rows}


def test_the_order_of_the_database_does_not_matter(door: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    enter_awkward(door)
    expected, read = current_rows("tiny"), store.current

    def shuffled(*args: object) -> list[store.Row]:
        found = read(*args)
        random.Random(7).shuffle(found)
        return found

    monkeypatch.setattr(store, "current", shuffled)
    assert current_rows("tiny").equals(expected)


@pytest.mark.requirement("ICH E6(R3) 4.2.6")
def test_a_cut_is_not_changed_by_what_is_entered_later(door: Gateway) -> None:
    texts = {}
    place = Place("P1", "screening")
    door.enter(opening("P1"), NURSE)
    for version in range(1, 5):
        texts[version] = make_cut("tiny", "0.1").text()
        door.enter([Draft(place, {"age_years": 50 + version}, version, "again")], NURSE)
    for sequence, text in texts.items():
        assert make_cut("tiny", "0.1", sequence).text() == text
    assert len(set(texts.values())) == len(texts)
    assert make_cut("tiny", "0.1", 1).table("screening")["age_years"].to_list() == ["44"]


def test_a_cut_by_time_ends_with_the_last_submission_until_then(filled: Gateway) -> None:
    # The clock ticked once when the study was opened; submission k was made k minutes after START.
    for minutes, sequence in ((1, 1), (2, 2), (2.9, 2), (3, 3), (600, 5)):
        cut = make_cut("tiny", "0.1", START + timedelta(minutes=minutes))
        assert (cut.sequence, cut.digest) == (sequence, make_cut("tiny", "0.1", sequence).digest)


@pytest.mark.parametrize("number", [0, -1, 6, 10**30])
def test_a_submission_that_is_not_there_is_a_sentence(filled: Gateway, number: int) -> None:
    with pytest.raises(RefusedError, match=rf"no submission {number} in study tiny. Its submissions are 1 to 5"):
        make_cut("tiny", "0.1", number)


def test_a_moment_before_the_first_submission_is_a_sentence(filled: Gateway) -> None:
    with pytest.raises(RefusedError, match=r"Nothing was entered in study tiny until 2020-01-01T.*Name a later"):
        make_cut("tiny", "0.1", datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="no time zone"):
        make_cut("tiny", "0.1", datetime(2026, 1, 1))


def test_an_empty_study_has_an_empty_cut(door: Gateway) -> None:
    cut = make_cut("tiny", "0.1")
    assert (cut.sequence, cut.rows.height, cut.table("screening").height) == (0, 0, 0)
    assert cut.text().startswith(b'["tiny",0,')


def test_a_table_has_one_line_per_form(filled: Gateway) -> None:
    table = make_cut("tiny", "0.1").table("injection")
    assert table.columns[:4] == ["participant", "visit", "lesion", "repeat"]
    (line,) = table.to_dicts()
    assert (line["participant"], line["visit"], line["lesion"]) == ("P1", "BL", "P1-L1")
    assert (line["injected"], line["volume"], line["vial"]) == ("true", "0.4", None)
    assert table.schema["entries"] == pl.List(pl.Int64)
    assert len(line["entries"]) == 2
    assert make_cut("tiny", "0.1").table("pain").height == 0


def test_a_form_that_is_not_there_is_a_sentence(filled: Gateway) -> None:
    with pytest.raises(RefusedError, match=r"no form 'pane'. Its forms: screening, lesion"):
        make_cut("tiny", "0.1").table("pane")


def test_the_values_of_now_are_those_of_the_cut(filled: Gateway) -> None:
    cut = make_cut("tiny", "0.1")
    assert current_rows("tiny").equals(cut.rows)
    one = current_rows("tiny", "P1")
    assert one.equals(cut.rows.filter(pl.col("participant") == "P1"))
    assert tabulate(cut.protocol, one, "screening").equals(cut.table("screening").head(1))


@pytest.mark.requirement("ICH E6(R3) 4.2.6")
def test_a_manifest_says_what_the_cut_is(filled: Gateway, tiny: Protocol) -> None:
    cut = make_cut("tiny", "0.1")
    manifest = cut.manifest()
    assert manifest["definition"] == tiny.digest == cut.protocol.digest
    assert (manifest["sequence"], manifest["digest"], manifest["code_version"]) == (5, cut.digest, "0.1")
    assert manifest["tables"] == {name: table.height for name, table in cut.tables().items()}


def test_a_redaction_reaches_every_cut(filled: Gateway) -> None:
    """The one change of the past that is allowed: a value that was taken out is in no cut any more."""
    assert "Smith" not in make_cut("tiny", "0.1", 2).text().decode()
    assert make_cut("tiny", "0.1", 2).table("injection")["volume"].to_list() == ["0.5"]


def test_a_form_whose_only_value_is_redacted_is_still_a_form(filled: Gateway) -> None:
    """A date of enrolment is personal data; taking it out must not take the person out of a denominator."""
    cut = make_cut("tiny", "0.1")
    lone = cut.rows.filter(pl.len().over("participant", "form", "visit", "lesion", "repeat") == 1)
    entry = lone.row(0, named=True)
    filled.redact(entry["number"], "personal", NURSE)
    after = make_cut("tiny", "0.1")
    assert after.table(entry["form"]).height == cut.table(entry["form"]).height
    assert after.redacted.filter(number=entry["number"])["value"].to_list() == [""]
    line = after.table(entry["form"]).filter(participant=entry["participant"], visit=entry["visit"])
    assert line[entry["item"]].to_list()[0] is None
