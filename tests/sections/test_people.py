"""Disposition, exposure and the body map as tables: every figure with a key of its own and the entries behind it."""

import re

import pytest

from calcitrial.analysis import analyse
from calcitrial.documents.content import Cell, Listing, Paragraph, Picture, Table
from calcitrial.sections.people import body_map, disposition, exposure, swimmer_blocks
from calcitrial.sections.safety import listings, safety_blocks
from tests.small_study import between_people, cut_of_forms, event, given, person, within_people

STUDIES = {"between": between_people(), "within": within_people()}


def blocks_of(cut):
    return (*disposition(cut, None), *body_map(cut), *exposure(cut), *safety_blocks(cut), *listings(cut))


def tables(blocks):
    return {block.caption: block for block in blocks if isinstance(block, Table)}


def cells(blocks):
    found = [cell for table in tables(blocks).values() for row in table.rows for cell in row if isinstance(cell, Cell)]
    keys = {cell.key: cell for cell in found}
    assert len(keys) == len(found), "two figures have one key"
    return keys


@pytest.mark.parametrize("name", STUDIES)
def test_every_figure_in_every_table_is_a_cell_that_answers(name):
    cut = STUDIES[name]
    blocks = blocks_of(cut)
    known = set(cut.rows["number"])
    for table in tables(blocks).values():
        for row in table.rows:
            assert len(row) == len(table.header)
            bare = [one for one in row[table.text_columns :] if isinstance(one, str) and re.search(r"\d", one)]
            assert not bare, (table.caption, bare)
    for key, cell in cells(blocks).items():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", key), key
        assert set(cell.entries) <= known and cell.how
        assert cell.entries or cell.text == "0", key


def test_keys_are_those_of_the_report():
    keys = cells(blocks_of(STUDIES["between"]))
    assert keys["safety.any_event.STS"].text == "2/3 (67 %) [9 to 99]; 3"
    assert keys["safety.at_lesion.STS"].text == "2/3 (67 %) [9 to 99]; 2 (2 lesions)"
    assert keys["flow.allocated.STS.participants"].text == "3"
    assert keys["flow.discontinued.STS.reason1.lesions"].text == "1"
    assert keys["exposure.mass.total.STS"].text == "at least 210"
    assert keys["exposure.volume.per_lesion.STS"].text == "0.7 (0.4 to 1); incomplete, left out: 1"
    assert keys["exposure.lesion.A1-L1.W04"].text == "0.5 (75)"
    assert keys["safety.grade.nausea.total.1"].text == "2"
    assert keys["listing.A1.AE1.since_injection"].text == "2"
    assert keys["safety.term.nausea.OBS"].text == "1/2 (50 %) [1 to 99]; 1"


def test_a_dose_that_is_not_known_is_not_told_as_none():
    rows = {row[0]: row for row in tables(exposure(STUDIES["between"]))["Exposure per lesion"].rows}
    assert str(rows["A2-L1"][4]) == str(rows["A2-L1"][5]) == "not known"
    assert [str(cell) for cell in rows["A2-L1"][2:4]] == ["1", "1"]


def test_within_people_leaving_and_people_are_not_told_by_lesion_arm():
    found = tables(safety_blocks(STUDIES["within"]))
    table = found["Adverse events by kind"]
    row = next(row for row in table.rows if str(row[0]).startswith("Left the study"))
    assert [str(cell) for cell in row[1:]] == ["not by lesion"] * 3 + ["1/3 (33 %) [1 to 91]"]
    assert table.header[1:] == (
        "Injected (n = 2)", "Observed (n = 2)", "At no allocated lesion (n = 3)", "All participants (n = 3)",
    )  # fmt: skip
    people, lesions = disposition(STUDIES["within"], None)
    assert "Discontinued" in [row[0] for row in people.rows] and "Discontinued" not in [row[0] for row in lesions.rows]


def test_without_events_the_upper_limit_is_said():
    blocks = safety_blocks(cut_of_forms(person("P1", 1, "BL W04") | given("P1", "BL", "L1")))
    first = blocks[0]
    assert isinstance(first, Paragraph) and "up to 98 % of people (exact upper limit)" in first.text
    assert str(tables(blocks)["Rates of adverse events"].rows[0][1]).startswith("0 [0 to ")
    assert not listings(cut_of_forms(person("P1", 1)))


def test_gaps_stand_under_the_tables():
    told = [item for block in safety_blocks(STUDIES["between"]) if isinstance(block, Listing) for item in block.items]
    assert any(item.startswith("Not counted, of participants not enrolled: S1, Headache") for item in told)
    gaps = [item for block in exposure(STUDIES["between"]) if isinstance(block, Listing) for item in block.items]
    assert "Injection form that has no volume: 1 (A2-L1 BL)." in gaps


def test_the_listing_has_every_event_also_of_people_not_enrolled():
    table, _ = listings(STUDIES["between"])
    assert [row[0] for row in table.rows] == ["A1-L1", "A1", "A2-L1", "B1", "S1"]
    rows = {row[0]: [str(cell) for cell in row] for row in table.rows}
    assert rows["A2-L1"][3:] == ["yes", "related", "not given", "3", "not given", "–", "–"]
    assert rows["S1"][2] == "not enrolled" and rows["A1"][8:] == ["-2", "–"]


def test_everybody_who_left_early_is_listed_with_the_reason():
    _, table = listings(STUDIES["between"])
    assert [[str(cell) for cell in row] for row in table.rows] == [["A2", "adverse event", "2026-02-05"]]


def test_odd_words_do_not_break_a_table():
    forms = person("P1", 1, "BL") | event("P1", 'AE "1" <b>', 'Pain, "sharp" <b> é 疼痛', 3, "", "2026-01-07")
    keys = cells(blocks_of(cut_of_forms(forms)))
    assert "safety.term.pain_sharp_b.total" in keys and keys["listing.P1.AE__1___b_.grade"].text == "3"


def test_pictures_say_in_words_what_they_show():
    (swim,) = swimmer_blocks(STUDIES["between"])
    assert isinstance(swim, Picture) and "Participants 5, followed for 0 to 56 days" in swim.alt
    assert "sessions of injections 3" in swim.alt and "left early 1; died 0" in swim.alt
    assert swim.caption.endswith("Events without a date, in no lane: 1 (A2 Skin ulceration).")
    body = body_map(STUDIES["between"])[0]
    assert "left thumb, distal phalanx 7" in body.alt and "Every lesion has a place" in body.caption


def test_a_swimmer_of_many_is_in_parts_that_name_their_people():
    forms = {}
    for number in range(45):
        forms |= person(f"P{number:02}", 1, "BL W04")
    captions = [block.caption for block in swimmer_blocks(cut_of_forms(forms))]
    assert captions[0].startswith("Part 1 of 2: P00 to P22.") and captions[1].startswith("Part 2 of 2: P23 to P44.")


def test_the_disposition_has_the_analysed_of_a_real_trial(cut):
    keys = cells(disposition(cut, analyse(cut)))
    assert (keys["flow.analysed.STS.participants"].text, keys["flow.analysed.STS.lesions"].text) == ("7", "18")
    assert keys["flow.followed.W12.STS.on_ct"].text == "18"
    assert keys["flow.enrolled.all.lesions_each"].text == "median 2.5 (2 to 3)"
