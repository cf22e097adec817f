"""Every form that people fill in can be printed empty, with its boxes, units and the definition it belongs to."""

import re

import pytest
from django.test import Client

from calcitrial.record import protocol_of
from calcitrial.visit_desk.blank_pages import papers
from tests.clinic.small_clinic import browser, said
from tests.signing_in import sign_in


@pytest.mark.requirement("ICH E6(R3) 4.3.6")
def test_every_form_is_on_paper_with_every_question(nurse: Client) -> None:
    page = said(nurse.get("/stsinj/forms/blank/"))
    protocol = protocol_of("stsinj")
    assert protocol.digest[:12] in page
    shown = {paper.form.id: paper for paper in papers(protocol)}
    by_hand = {"screening", "visit", "pain", "injection", "adverse_event", "conmed", "medical_history", "check_up"}
    assert by_hand <= shown.keys() and "allocation" not in shown and "reading_plan" not in shown
    assert page.count('class="paper"') == len(shown)
    for paper in shown.values():
        assert len(paper.lines) == len(paper.form.items)
        for item in paper.form.items:
            assert item.label in page


def test_a_question_says_its_unit_its_limits_its_boxes_and_when_it_falls_away(nurse: Client) -> None:
    page = said(nurse.get("/stsinj/forms/blank/"))
    check_up = page[page.index('id="paper-check_up"') : page.index('id="paper-medicine"')]
    assert "1 to 300" in check_up and re.search(r"</span> kg</dd>", check_up)
    assert "☐ left" in check_up and "☐ yes" in check_up and "only where “Examined” is yes" in check_up
    assert check_up.count("YYYY-MM-DD") == 2 and "Signature" in check_up


def test_blank_forms_hold_nothing_of_any_participant(nurse: Client) -> None:
    page = said(nurse.get("/stsinj/forms/blank/"))
    assert "PIT-001" not in page and "BER-001" not in page


def test_who_sees_no_participants_prints_no_forms(nurse: Client) -> None:
    other = browser()
    sign_in(other, "stsinj", "image_reader")
    assert other.get("/stsinj/forms/blank/").status_code == 403
