"""The AE domain, held against the schema of Dataset-JSON 1.1 and the tables of SDTMIG 3.4."""

import gzip
import json
import re
from datetime import UTC, date, datetime

import polars as pl
import pytest

from calcitrial.exchange import AE, ae_dataset, ae_dataset_text, ae_records, study_day
from calcitrial.exchange.dataset_json import OUTCOMES
from calcitrial.protocol import load
from calcitrial.record import Cut

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
COLUMNS = ("participant", "form", "visit", "lesion", "repeat", "item", "version", "value", "unit", "number")
JSON_TYPES = {"string": str, "integer": int, "array": list, "object": dict}


def event(repeat, **values):
    given = {"term": "Skin ulceration", "grade": "2", "serious": "false", "related": "related"}
    given |= {"onset_date": "2026-03-05", "outcome": "recovering"} | values
    return [("PIT-001", "adverse_event", "", "", repeat, item, value) for item, value in given.items()]


def cut(*events):
    """One participant with a visit and an injection of lesion 1 on 1 March 2026, and these events."""
    lines = [
        ("PIT-001", "visit", "BL", "", "", "visit_date", "2026-03-01"),
        ("PIT-001", "lesion", "", "PIT-001-L1", "", "body_site", "thumb"),
        ("PIT-001", "injection", "BL", "PIT-001-L1", "", "injected", "true"),
        *(line for lines in events for line in lines),
    ]
    rows = [(*line[:6], 1, line[6], "", number) for number, line in enumerate(lines, start=1)]
    schema = {name: pl.Int64 if name in ("version", "number") else pl.String for name in COLUMNS}
    protocol = load("stsinj")
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return Cut("stsinj", 1, "head", protocol.digest, "0.1.0", protocol, table)


def defects(schema, part, value, place="$"):
    """Return where a value breaks the part of a JSON schema: the keywords that this schema uses, no more."""
    part = schema["$defs"][part["$ref"].split("/")[-1]] if "$ref" in part else part
    found = []
    if "type" in part and not isinstance(value, JSON_TYPES.get(part["type"], object)):
        return [f"{place}: not {part['type']}"]
    if "enum" in part and value not in part["enum"]:
        found.append(f"{place}: {value!r} not allowed")
    if "pattern" in part and not re.search(part["pattern"], value):
        found.append(f"{place}: {value!r} does not match")
    if "minimum" in part and value < part["minimum"]:
        found.append(f"{place}: {value} too small")
    if isinstance(value, dict):
        found += [f"{place}.{key}: missing" for key in part.get("required", ()) if key not in value]
        known = part.get("properties", {})
        found += [f"{place}.{key}: unknown" for key in value if key not in known]
        for key in value.keys() & known.keys():
            found += defects(schema, known[key], value[key], f"{place}.{key}")
    if isinstance(value, list) and "items" in part:
        for number, item in enumerate(value):
            found += defects(schema, part["items"], item, f"{place}[{number}]")
    return found


@pytest.fixture(scope="module")
def schema(shared):
    path = shared / "standards" / "core" / "resources" / "schema" / "dataset.schema.json"
    return json.loads(path.read_text("utf-8"))


def test_the_file_fits_the_schema_of_dataset_json_1_1(schema):
    content = json.loads(ae_dataset_text(cut(event("AE1", ae_lesion="PIT-001-L1"), event("AE2")), NOW))
    assert defects(schema, schema, content) == []


def test_an_empty_file_fits_the_schema_too(schema):
    content = json.loads(ae_dataset_text(cut(), NOW))
    assert defects(schema, schema, content) == []
    assert (content["records"], content["rows"]) == (0, [])


def test_the_small_judge_of_this_test_finds_what_is_wrong(schema):
    content = ae_dataset(cut(), NOW)
    del content["name"]
    content["datasetJSONVersion"] = "2.0"
    content["columns"][0]["dataType"] = "text"
    content["columns"][1]["colour"] = "red"
    assert len(defects(schema, schema, content)) == 4


def test_variables_have_the_names_labels_and_order_of_sdtmig_3_4(shared):
    with gzip.open(shared / "standards" / "core" / "data" / "sdtmig-3-4.json.gz") as file:
        classes = json.load(file)["standard_metadata"]["classes"]
    (domain,) = [d for c in classes for d in c["datasets"] if d["name"] == "AE"]
    labels = {v["name"]: v["label"] for v in domain["datasetVariables"]}
    ours = [variable for variable in AE if variable.name != "FOCID"]
    assert [(v.name, v.label) for v in ours if labels.get(v.name) != v.label] == []
    order = [name for name in labels if name in {v.name for v in ours}]
    assert [v.name for v in ours] == order
    required = {v["name"] for v in domain["datasetVariables"] if v["core"] == "Req"}
    assert required <= {v.name for v in ours}


def test_outcomes_are_terms_of_the_codelist(shared):
    with gzip.open(shared / "standards" / "core" / "data" / "sdtmct-2025-03-28.json.gz") as file:
        package = json.load(file)
    (codelist,) = [c for c in package["codelists"] if c["conceptId"] == "C66768"]
    assert set(OUTCOMES.values()) == {t["submissionValue"] for t in codelist["terms"]}


def test_the_lesion_of_an_event_is_its_focus():
    (record,) = ae_records(cut(event("AE1", ae_lesion="PIT-001-L1")))
    assert record["FOCID"] == "PIT-001-L1"
    assert [v.name for v in AE].index("FOCID") + 1 == [v.name for v in AE].index("AESEQ")


def test_the_event_is_written_in_the_words_of_the_standard():
    (record,) = ae_records(cut(event("AE1", serious="true", related="not related", outcome="recovered")))
    assert (record["AESER"], record["AEREL"], record["AEOUT"]) == ("Y", "NOT RELATED", "RECOVERED/RESOLVED")
    assert (record["AETOXGR"], record["AEBODSYS"]) == ("2", "Skin and subcutaneous tissue disorders")
    assert record["USUBJID"] == "stsinj-PIT-001"


def test_no_meddra_code_is_invented():
    (record,) = ae_records(cut(event("AE1")))
    assert record["AEDECOD"] == ""


def test_the_tenth_event_does_not_take_the_number_of_the_second():
    records = ae_records(cut(*(event(f"AE{number}") for number in (1, 2, 10))))
    assert [(r["AESPID"], r["AESEQ"]) for r in records] == [("AE1", 1), ("AE2", 2), ("AE10", 3)]


@pytest.mark.parametrize(("day", "expected"), [(1, 1), (2, 2), (5, 5)])
def test_the_first_injection_is_study_day_1(day, expected):
    (record,) = ae_records(cut(event("AE1", onset_date=f"2026-03-0{day}")))
    assert record["AESTDY"] == expected


def test_there_is_no_study_day_0_and_none_without_an_injection():
    start = date(2026, 3, 1)
    assert study_day(date(2026, 2, 28), start) == -1
    assert study_day(start, None) is None
