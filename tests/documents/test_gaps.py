"""What the public record does not say is printed as a gap: on the page, in the PDF's content and in Word."""

from dataclasses import replace

import pytest
from docx import Document

from calcitrial.documents.content import Gap, Listing, Paragraph, Table, as_data
from calcitrial.documents.hypertext import page
from calcitrial.documents.typeset import pdf
from calcitrial.documents.word import docx
from calcitrial.protocol import load
from calcitrial.reporting.answers import answers
from calcitrial.reporting.write import compose
from calcitrial.sections.trial import sources, trial
from tests.invented_trial import stsinj


def gaps_in(content):
    tables = [block for one in content.sections for block in one.blocks if isinstance(block, Table)]
    return sum(isinstance(cell, Gap) for table in tables for row in table.rows for cell in row)


@pytest.fixture(scope="module")
def open_control(two_arms):
    """The trial as the public record has it: no control chosen, and so no arms, and nothing to compare."""
    cut = replace(two_arms, protocol=load("limoges"))
    return compose(cut, *answers(cut))


def paragraphs(content, tone):
    return [b.text for one in content.sections for b in one.blocks if isinstance(b, Paragraph) and b.tone == tone]


def test_a_control_that_nobody_chose_is_a_gap(open_control):
    told = paragraphs(open_control, "gap")
    assert any(text.startswith("Control: unspecified (not public)") for text in told)
    assert open_control.subtitle == "Arms: not public"
    assert any("No reading of the control was chosen. The protocol offers:" in text for text in told)


def test_the_report_of_an_open_control_can_be_written_and_has_no_number_for_it(open_control):
    text = page(open_control).decode()
    assert "cannot be answered from this cut" in text and 'class="headline"' not in text
    assert pdf(open_control).startswith(b"%PDF") and docx(open_control).startswith(b"PK")


@pytest.mark.parametrize("protocol", [stsinj(), load("limoges", control="concurrent_untreated")], ids=lambda p: p.id)
def test_every_missing_fact_is_one_gap_in_each_form(protocol):
    blocks = list(trial(protocol))
    rows = [row for block in blocks if isinstance(block, Table) for row in block.rows]
    missing = [*protocol.facts.values(), *protocol.dose.values(), *protocol.lesions.values()]
    unknown = {fact.label for fact in missing if fact.value is None}
    assert len(unknown) > 10
    shown = [row for row in rows if isinstance(row[1], Gap)]
    assert {str(row[0]).split(" [WHO")[0] for row in shown} == unknown
    assert all(isinstance(row[2], Gap) for row in shown)


def test_gaps_are_marked_in_html_word_and_the_content_of_the_pdf(two_arms):
    content = compose(two_arms, *answers(two_arms))
    count = gaps_in(content)
    assert count > 20
    text = page(content).decode()
    assert text.count('<td class="gap">') + text.count('<td class="n gap">') == count
    data = as_data(content)
    cells = [c for s in data["sections"] for b in s["blocks"] if b["kind"] == "table" for r in b["rows"] for c in r]
    assert sum(isinstance(cell, dict) and set(cell) == {"gap"} for cell in cells) == count
    import io

    document = Document(io.BytesIO(docx(content)))
    shaded = document.element.xpath("//w:tc[w:tcPr/w:shd/@w:fill='FFF6EF']")
    assert len(shaded) == count
    assert all(cell.xpath(".//w:rStyle/@w:val") == ["Gap"] for cell in shaded)


def test_an_unspecified_visit_and_an_empty_estimand_are_gaps(two_arms):
    protocol = two_arms.protocol
    visit = protocol.visits[0].model_copy(update={"status": "unspecified"})
    blocks = list(trial(protocol.model_copy(update={"visits": (visit,)})))
    visits = next(block for block in blocks if isinstance(block, Table) and block.caption == "Visits")
    assert isinstance(visits.rows[0][4], Gap)
    listed = [item for block in blocks if isinstance(block, Listing) for item in block.items]
    assert any(visit.label in item and "not public" in item for item in listed)
    none = [b for b in trial(protocol.model_copy(update={"visits": ()})) if isinstance(b, Paragraph)]
    assert any("schedule of visits is not public" in block.text and block.tone == "gap" for block in none)
    analyses, refusals = answers(two_arms)
    endpoint = analyses[0].endpoint
    vague = endpoint.model_copy(
        update={"status": "unspecified", "estimand": endpoint.estimand.model_copy(update={"population": ""})}
    )
    content = compose(two_arms, (replace(analyses[0], endpoint=vague), *analyses[1:]), refusals)
    text = page(content).decode()
    assert '<td class="gap">not stated in the protocol</td>' in text
    assert '<td class="gap">not public.' in text


def test_a_protocol_without_sources_says_so(two_arms):
    told = sources(two_arms.protocol.model_copy(update={"sources": {}}))
    assert isinstance(told, Paragraph) and told.tone == "gap"
