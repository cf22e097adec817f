"""Whatever is sent to an act: an answer with a sentence, never a failure of the program, and nothing entered."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcitrial.record import close, connect, read_head
from tests.api.scripts import Script
from tests.clinic.lesion_study import CODE, SITE, STUDY, open_door, place_lesions

ROLES = ("study_nurse", "investigator", "data_manager", "administrator", "pharmacist", "monitor", "safety_board")
USUAL = (CODE, f"{CODE}-L1", SITE, "BL", "AE1", "U1", "1", "", "true", "2026-01-10", "monitor", "Q1")
STRANGE = ("x" * 300, "\x00", "\u202e", "<script>", "1e999", "' OR 1=1 --")
WORDS = st.sampled_from([*USUAL * 5, *STRANGE])
NUMBERS = st.sampled_from([*range(4)] * 5 + [-1, 10**12, -(10**30), 2**63])
WHO = st.sampled_from([CODE] * 8 + ["LIM-999", ""])
VALUES = st.one_of(WORDS, NUMBERS, st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False))
ITEMS = st.sampled_from(["site", "term", "grade", "serious", "visit_date", "body_site", "movement", "lot", "no_item"])


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A study with somebody in each role, and the description of the acts."""
    connect(tmp_path_factory.mktemp("strange"), create=True)
    place_lesions(open_door())
    found: dict[str, Any] = {role: Script(STUDY, role) for role in ROLES}
    found["schema"] = found["monitor"].client.get("/api/v1/openapi.json").json()
    yield found
    close()


def shaped(shape: dict[str, Any], shapes: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a schema of the description, more or less."""
    if "$ref" in shape:
        return shaped(shapes[shape["$ref"].rpartition("/")[2]], shapes)
    if "anyOf" in shape:
        return st.one_of([shaped(one, shapes) for one in shape["anyOf"]])
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    if "const" in shape:
        return st.just(shape["const"])
    kind = shape.get("type")
    if kind == "array":
        return st.lists(shaped(shape["items"], shapes), min_size=shape.get("minItems", 0), max_size=3)
    if "properties" in shape:
        needed = set(shape.get("required", ()))
        parts = {name: shaped(one, shapes) for name, one in shape["properties"].items()}
        parts |= {"participant": WHO} if "participant" in parts else {}
        must = {name: one for name, one in parts.items() if name in needed}
        may = {name: one for name, one in parts.items() if name not in needed}
        return st.fixed_dictionaries(must, optional=may)
    if kind == "object":
        inner = shape.get("additionalProperties")
        return st.dictionaries(ITEMS, shaped(inner, shapes) if isinstance(inner, dict) else VALUES, max_size=4)
    if shape.get("format") == "date":
        return st.sampled_from(
            ["2026-01-10", "2026-02-01", "2026-03-01", "0001-01-01", "9999-12-31", "2026-13-40", "soon"]
        )
    return {"string": WORDS, "integer": NUMBERS, "boolean": st.booleans(), "null": st.none()}.get(kind, VALUES)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_body_makes_the_program_fail(scripts: dict[str, Any], data: st.DataObject) -> None:
    paths, shapes = scripts["schema"]["paths"], scripts["schema"]["components"]["schemas"]
    path = data.draw(st.sampled_from(sorted(path for path in paths if "/acts/" in path or path.endswith("entries"))))
    shape = paths[path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    body = data.draw(shaped(shape, shapes))
    client = scripts[data.draw(st.sampled_from(ROLES))].client
    response = client.post(path.replace("{study}", STUDY), json.dumps(body), content_type="application/json")
    assert response.status_code in (200, 400, 403, 404, 422, 429), (path, body, response.content[:2000])
    if response.status_code == 422:
        told = response.json()
        assert told.get("problems") or told.get("detail"), path


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"participant": "\\ud800"}', "1" * 5000, '"' + "x" * 100])
def test_what_is_no_object_is_refused(scripts: dict[str, Any], body: str) -> None:
    before = read_head(STUDY)
    response = scripts["study_nurse"].client.post(f"/api/v1/{STUDY}/acts/draw", body, content_type="application/json")
    assert response.status_code in (400, 422)
    assert read_head(STUDY) == before


def test_a_study_that_is_not_there_is_not_there(scripts: dict[str, Any]) -> None:
    client = scripts["study_nurse"].client
    for path in ("forms", "today", "timeline?participant=x"):
        assert client.get(f"/api/v1/no-such/{path}").status_code in (403, 404)
    answer = client.post("/api/v1/no-such/acts/draw", '{"participant": "x"}', content_type="application/json")
    assert answer.status_code in (403, 404)
