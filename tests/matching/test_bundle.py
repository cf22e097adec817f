"""Files are read whole, or said to be unreadable; one bad file or line stops no other."""

import os
import re
from pathlib import Path

import orjson

from calcitrial.matching import read_bundles
from tests.matching.people import bundle, condition, patient


def test_bundles_single_resources_and_lines_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(orjson.dumps(bundle(patient("a"), condition("a", "M34.9"))))
    (tmp_path / "b.json").write_bytes(orjson.dumps(patient("b")))
    (tmp_path / "c.ndjson").write_bytes(orjson.dumps(patient("c")) + b"\n\n" + orjson.dumps(patient("d")))
    found, unread = read_bundles([tmp_path / name for name in ("a.json", "b.json", "c.ndjson")])
    assert " ".join(address for address, _ in found) == "Patient/a Condition/a-M34.9 Patient/b Patient/c Patient/d"
    assert not unread


def test_what_cannot_be_read_is_a_sentence_each_and_the_rest_is_read(tmp_path: Path) -> None:
    bad = {
        "cut.json": b'{"resourceType": "Bundle", "ent',
        "list.json": b"[1, 2]",
        "empty.json": b'{"resourceType": "Bundle"}',
        "odd.json": orjson.dumps(bundle("text", patient("a"))),
        "lines.ndjson": b'{"resourceType": 3}\n' + orjson.dumps(patient("b")),
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    found, unread = read_bundles([*(tmp_path / name for name in bad), tmp_path / "none.json"])
    assert [address for address, _ in found] == ["Patient/a", "Patient/b"]
    assert [(one.place, re.split(r" ?[.:(]", one.sentence)[0]) for one in unread] == [
        ("cut.json", "This is no JSON"),
        ("list.json", "This is no FHIR resource"),
        ("empty.json", "The bundle holds no entry"),
        ("odd.json, entry 1", "The entry holds no resource with a resourceType"),
        ("lines.ndjson, line 1", "This is no FHIR resource"),
        ("none.json", "The file could not be opened"),
    ]


def test_a_file_too_large_to_read_is_said(tmp_path: Path) -> None:
    file = tmp_path / "big.json"
    file.write_bytes(b" ")
    os.truncate(file, 201 * 2**20)
    assert "at most 200 are read" in read_bundles([file])[1][0].sentence
