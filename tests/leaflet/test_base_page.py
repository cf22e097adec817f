"""The page of all reports: every record, where each number was read, and it follows what is added."""

import re

from calcitrial.evidence import studies
from calcitrial.leaflet import base_page
from tests.synthesis.invented import report


def test_every_report_is_there_with_its_counts_and_where_they_were_read():
    text = base_page(studies()).decode()
    assert re.findall(r'<section id="(\w+)"><h2>\1:', text) == [one.id for one in studies()]
    assert '3 of 6: complete remission (<a href="https://www.thefreelibrary.com/' in text
    assert text.count("risk of bias") == len(studies())
    assert "not in the public copy" in text and "comparison high (rule of the program)" in text


def test_each_route_and_outcome_with_a_count_has_a_plot_a_flow_and_both_lists():
    text = base_page(studies()).decode()
    part = text[text.index('id="intralesional-response"') : text.index('id="intralesional-adverse_event"')]
    assert part.count("<svg") == 2 and "May be said" in part and "May not be said" in part
    assert "Nothing is pooled." in part
    assert 'id="lavage-with-STS-response"' not in text  # no report counts it


def test_the_page_follows_a_report_that_is_added_and_says_which_base_it_was_made_from():
    before, after = base_page(studies()).decode(), base_page([*studies(), report("NEW1", 4, 10)]).decode()
    assert "complete remission: 44 % (95 % interval" in after and "44 %" not in before
    marks = [re.search(r"Made from (\d+) reports \((\w{12})\)", text) for text in (before, after)]
    assert marks[0] and marks[1] and marks[0][1] == "23" and marks[1][1] == "24" and marks[0][2] != marks[1][2]


def test_a_replaced_report_says_by_which_and_markup_stays_text():
    old = report("OLD", 1, 5, superseded_by="IL01", label="<b>bold</b>")
    text = base_page([*studies(), old]).decode()
    assert "superseded by</dt><dd>IL01" in text
    assert "<b>bold" not in text and "&lt;b&gt;bold" in text
