"""A record outlives its computer and its program: backups restore it, plain tools read it, copies say the same."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from calcitrial import verbs
from calcitrial.protocol import Protocol
from calcitrial.record import (
    SQLITE_FILE,
    Draft,
    Gateway,
    Place,
    connect,
    current_rows,
    make_cut,
    read_head,
    verify_study,
)
from tests.conftest import Server
from tests.record.small_study import NURSE, door_of, opening

EVENT = Place("P1", "adverse_event", repeat="AE1")
VALUES = {"term": 'Übelkeit, «forte» "x"', "grade": 2, "serious": False, "related": "related"}


@pytest.mark.requirement("ICH E6(R3) 4.3.3")
@pytest.mark.requirement("EU Annex 11 7.2")
def test_a_restored_backup_reproduces_the_hash_of_the_chain(
    filled: Gateway, home: Path, address: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    head, digest = read_head(filled.study), make_cut(filled.study, "0.1").digest
    other = tmp_path_factory.mktemp("restored")
    if address:
        server: Server = request.getfixturevalue("postgresql_server")
        connections["default"].close()
        name, copy = address.split("?")[0].rpartition("/")[2], f"{address.split('?')[0].rpartition('/')[2]}_copy"
        with psycopg.connect(server.address, autocommit=True) as link:
            link.execute(f"CREATE DATABASE {copy} TEMPLATE {name}")
        connect(other, address.replace(f"/{name}?", f"/{copy}?"))
    else:
        with sqlite3.connect(home / SQLITE_FILE) as live, sqlite3.connect(other / SQLITE_FILE) as backup:
            live.backup(backup)
        connections["default"].close()
        connect(other)
    assert read_head(filled.study) == head and verify_study(filled.study).ok
    assert verify_study(filled.study).head == head.hash
    assert make_cut(filled.study, "0.1").digest == digest
    door_of(filled.protocol).enter(opening("P9"), NURSE)  # and work goes on
    assert verify_study(filled.study).ok
    connections["default"].close()


def canonical(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.requirement("21 CFR 11.10(c)")
@pytest.mark.requirement("EU Annex 11 17")
def test_the_archive_is_read_and_checked_with_nothing_of_ours(tiny: Protocol, tmp_path: Path) -> None:
    connect(tmp_path, create=True)
    door = door_of(tiny)
    door.enter(opening("P1"), NURSE)
    door.enter([Draft(EVENT, VALUES | {"onset_date": "2026-01-07"})], NURSE)
    hash_of_head = read_head(door.study).hash
    connections["default"].close()
    # From here on: SQLite, JSON and SHA-256, which every computer has.
    with sqlite3.connect(f"file:{tmp_path / SQLITE_FILE}?mode=ro", uri=True) as link:
        link.row_factory = sqlite3.Row
        entries = [dict(row) for row in link.execute("SELECT * FROM record_entry ORDER BY number")]
        links = [dict(row) for row in link.execute("SELECT * FROM record_submission ORDER BY sequence")]
        ((definition,),) = link.execute("SELECT content FROM record_definition")
    for entry in entries:
        kept = json.dumps([entry.pop("salt"), entry.pop("value")], separators=(",", ":"), ensure_ascii=False)
        assert entry["seal"] == sha(kept.encode())
        assert entry.pop("digest") == sha(canonical(entry))
    previous = links[0]["previous"]
    for one in links:
        assert one["previous"] == previous
        previous = one.pop("hash")
        assert previous == sha(canonical(one))
    assert previous == hash_of_head and json.loads(definition)["id"] == "tiny"


@pytest.mark.requirement("21 CFR 11.10(b)")
def test_a_copy_in_a_standard_format_says_what_the_record_says(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    door.enter([Draft(EVENT, VALUES | {"onset_date": "2026-01-07"})], NURSE)
    copy = json.loads(verbs.export(door.study, "dataset-json"))
    names = [column["name"] for column in copy["columns"]]
    (row,) = (dict(zip(names, row, strict=True)) for row in copy["rows"])
    (kept,) = make_cut(door.study, "0.1").table("adverse_event").iter_rows(named=True)
    assert (row["AETERM"], row["AETOXGR"], row["AESTDTC"]) == (kept["term"], kept["grade"], kept["onset_date"])
    assert (row["AESER"], row["AESPID"]) == ("N", kept["repeat"])


@pytest.mark.requirement("EU Annex 11 4.8")
@pytest.mark.requirement("ICH E6(R3) 4.2.5")
def test_values_units_and_places_survive_a_move_to_another_record(
    filled: Gateway, tmp_path_factory: pytest.TempPathFactory
) -> None:
    columns = ["participant", "form", "visit", "lesion", "repeat", "item", "value", "unit"]
    rows = current_rows(filled.study).select(columns).rows()
    forms: dict[Place, dict[str, str]] = {}
    for *place, item, value, unit in rows:
        forms.setdefault(Place(*place), {})[item] = f"{value} {unit}".strip()
    protocol = filled.protocol
    connections["default"].close()
    connect(tmp_path_factory.mktemp("moved"), create=True)
    door = door_of(protocol)
    order = ("screening", "lesion", "visit")
    drafts = [Draft(place, values) for place, values in forms.items()]
    drafts.sort(key=lambda draft: order.index(draft.place.form) if draft.place.form in order else len(order))
    door.enter(drafts, NURSE)
    assert current_rows(door.study).select(columns).rows() == rows
    assert door.enter(drafts, NURSE).entries == ()  # the same import again is a no-op
    connections["default"].close()
