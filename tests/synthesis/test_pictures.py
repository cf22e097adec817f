"""The forest plot and the flow: every number in words, no script and no style, names escaped."""

import xml.etree.ElementTree as ET

from calcitrial.evidence import studies
from calcitrial.synthesis import flow_picture, forest_picture, report_flow, synthesis_json, synthesis_text, synthesise
from tests.synthesis.invented import base, report


def words(picture: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(picture).iter() if element.tag.endswith("text")]


def test_the_forest_tells_each_count_and_its_interval():
    picture = forest_picture(synthesise("intralesional", "response"))
    told = words(picture)
    assert [text for text in told if text.startswith("IL")] == ["IL01", "IL03", "IL04", "IL05"]
    assert "50 % (12 to 88 %)" in told
    assert "style" not in picture and "script" not in picture


def test_the_pooled_share_is_a_diamond_with_its_words():
    found = synthesise("intralesional", "response", base((3, 6), (4, 10), (2, 9)))
    told = words(forest_picture(found))
    assert "Pooled: complete remission" in told
    assert "36 % (9 to 77 %)" in told  # metafor's rma.glmm: 0.36 (0.0856 to 0.7716)


def test_no_count_gives_no_picture():
    assert forest_picture(synthesise("intralesional", "recurrence")) == ""


def test_a_name_with_markup_stays_text():
    found = synthesise("intralesional", "response", [report("A1", 1, 2)])
    assert "&lt;b&gt;" in forest_picture(
        synthesise("<b>", "response", [found.lines[0].study.model_copy(update={"route": "<b>"})])
    )


def test_the_flow_accounts_for_every_report_that_was_read():
    flow = report_flow(synthesise("intralesional", "response"))
    left = {one.reason: one.studies for one in flow.excluded}
    assert flow.read == len(studies()) == 23
    assert sum(len(names) for names in left.values()) + len(flow.pooled) == 23
    assert left["one person: success is published, failure is not"] == ("IL03", "IL05")
    assert left["not marked ready by its reader"] == ("IL04",)
    assert left["alone with what it counts"] == ("IL01",)
    assert left["no count of people with this outcome"] == ("IL02",)


def test_a_replaced_report_and_a_review_are_left_out_with_their_reasons():
    reports = [*base((3, 6), (4, 10)), report("OLD", 1, 5, superseded_by="A1"), report("REV", 9, 30, kind="review")]
    flow = report_flow(synthesise("intralesional", "response", reports), reports)
    assert flow.pooled == ("A1", "A2")
    assert [(one.reason[:10], one.studies) for one in flow.excluded] == [
        ("replaced b", ("OLD",)),
        ("a review, ", ("REV",)),
    ]


def test_the_flow_is_drawn_with_its_numbers():
    told = words(flow_picture(report_flow(synthesise("topical", "adverse_event"))))
    assert told[:5] == [
        "Read: 23",
        "Of this route: 6",
        "With a count: 3",
        "Fit to be pooled: 1",
        "In a pooled share: 0",
    ]


def test_text_and_json_say_the_same():
    reports = base((3, 6), (4, 10), (2, 9))
    found = synthesise("intralesional", "response", reports)
    flow = report_flow(found, reports)
    text, content = synthesis_text(found, flow), synthesis_json(found, flow)
    assert "complete remission: 36 % (95 % interval 9 to 77 %" in text
    assert round(content["pooled"][0]["estimate"], 2) == 0.36
    assert "Searches were not recorded" in text and "A1: comparison high" in text
