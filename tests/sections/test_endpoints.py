"""The sections around an endpoint: every figure with its key and entries, gaps said, the tipping picture."""

import re
from xml.etree import ElementTree

import pytest

from calcitrial.analysis import analyse
from calcitrial.documents.content import Cell, Listing, Paragraph, Picture, Table
from calcitrial.figures.tipping import concludes, tipping_figure
from calcitrial.protocol import load, parse
from calcitrial.protocol.load import HERE
from calcitrial.record import connect
from calcitrial.sections.endpoints import endpoint_sections
from tests.invented_trial import Invented, cut_of, stsinj

KEY = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


def told(protocol, folder, how=None):
    """Return the cut of an invented trial, its analyses, and the blocks of each section by its id."""
    connect(folder, create=True)
    cut = cut_of(protocol, how or Invented())
    taken = [endpoint.id for endpoint in protocol.endpoints if not endpoint.sizes]  # nobody read or scanned here
    analyses = [analyse(cut, name) for name in taken]
    return cut, analyses, {section.id: section.blocks for section in endpoint_sections(cut, analyses)}


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    return told(stsinj(), tmp_path_factory.mktemp("single"))


@pytest.fixture(scope="module")
def between(tmp_path_factory):
    protocol = load("limoges", "concurrent_untreated")
    return told(protocol, tmp_path_factory.mktemp("between"), Invented(people=12))


def tables(blocks):
    return [block for block in blocks if isinstance(block, Table)]


def cells(sections):
    found = [row for blocks in sections.values() for table in tables(blocks) for row in table.rows]
    return [cell for row in found for cell in row if isinstance(cell, Cell)]


def test_every_figure_has_a_key_of_its_own_and_entries_of_the_cut(single, between):
    for cut, _, sections in (single, between):
        found = cells(sections)
        known = set(cut.rows["number"])
        assert len({cell.key for cell in found}) == len(found) > 40
        assert all(KEY.fullmatch(cell.key) and cell.how and set(cell.entries) <= known for cell in found)
        measured = [cell for cell in found if ".supporting." in cell.key or ".responders." in cell.key]
        assert measured and all(cell.entries for cell in measured)


def test_each_row_is_as_long_as_its_header(single, between):
    for _, _, sections in (single, between):
        for blocks in sections.values():
            for table in tables(blocks):
                assert {len(row) for row in table.rows} == {len(table.header)}


def test_no_number_is_nan_and_no_dash_is_without_a_reason(single, between):
    for _, _, sections in (single, between):
        for blocks in sections.values():
            assert not any("nan" in str(cell) for table in tables(blocks) for row in table.rows for cell in row)
        for table in tables(sections["further"]):
            for row in table.rows:
                assert str(row[2]) != "–" or len(str(row[1])) > 20


def test_the_question_stands_beside_what_was_enforced(single):
    _, analyses, sections = single
    captions = [table.caption for table in tables(sections["questions"])]
    assert [caption.split(":")[0] for caption in captions] == [
        "What was enforced",
        "The question asked (estimand, ICH E9(R1))",
        "What was enforced",
        "The question asked (estimand, ICH E9(R1))",  # two that this cut cannot answer: nobody read or scanned
        "The question asked (estimand, ICH E9(R1))",
        "The order of testing",
    ]
    enforced = tables(sections["questions"])[0]
    assert len(enforced.rows) == len(analyses[0].enforced)
    assert any("vanished" in str(row[1]) and str(row[5]) == "1" for row in enforced.rows)


def test_a_gap_is_printed_as_a_gap(tmp_path):
    text = (HERE / "stsinj.toml").read_text("utf-8")
    for old in ('"intercurrent_event",', 'weight = "participant"'):
        assert old in text
        text = text.replace(old, "")
    _, _, sections = told(parse(text.encode(), "own.toml"), tmp_path, Invented(people=4))
    enforced, asked = tables(sections["questions"])[:2]
    assert any("gap: the protocol does not say whether" in str(cell) for row in asked.rows for cell in row)
    gaps = [row for row in enforced.rows if str(row[2]).startswith("Gap:")]
    assert len(gaps) == 3 and all(row[3:] == ("–", "–", "–") for row in gaps)


def test_the_primary_number_leads_its_further_analyses(between):
    _, analyses, sections = between
    table = tables(sections["further"])[0]
    assert table.rows[0][0] == "As the protocol asks"
    assert str(table.rows[0][2]) == f"{analyses[0].estimate.estimate:.2f}"
    assert [row[0] for row in table.rows[1:]] == [one.label for one in analyses[0].supporting]


def test_responders_have_their_threshold_before_their_shares(between):
    _, _, sections = between
    first = sections["responders"][0]
    assert isinstance(first, Paragraph) and "smallest detectable decrease 7.0 %" in first.text
    shares, compared = tables(sections["responders"])
    assert [row[0] for row in shares.rows] == ["STS", "CTL"]
    assert compared.rows[0][0].startswith("Odds ratio")
    assert any("none was made up" in block.text for block in sections["responders"] if isinstance(block, Paragraph))


def test_agreement_that_is_not_there_is_a_gap_with_what_the_protocol_states(single):
    first = single[2]["measuring"][0]
    assert isinstance(first, Paragraph) and "Gap: No agreement of readers" in first.text and "1.075" in first.text
    assert not any(isinstance(block, Listing) for block in single[2]["measuring"])


def test_the_tipping_picture_is_vector_and_says_what_tips(single):
    _, analyses, sections = single
    picture = next(block for block in sections["missing"] if isinstance(block, Picture))
    root = ElementTree.fromstring(picture.content)
    words = "".join(root.itertext())
    assert "Shift of missing values in STS" in words and "The conclusion tips" in words
    assert analyses[0].missing.told in picture.alt
    assert picture.content == tipping_figure(analyses[0].missing, True)


def test_two_arms_with_gaps_make_a_surface_of_cells(tmp_path):
    protocol = load("limoges", "untreated_lesion")
    _, analyses, _ = told(protocol, tmp_path)
    missing = analyses[0].missing
    assert len(missing.tipping.points) == 49
    text = tipping_figure(missing, True).decode()
    words = "".join(ElementTree.fromstring(text).itertext())
    assert "in STS" in words and "in CTL" in words and "× 0.5" in words
    assert ("hatch" in text or "pattern" in text) == bool(missing.tipping.tipped and concludes(missing)) or concludes(
        missing
    )


def test_without_a_surface_there_is_no_picture(tmp_path):
    how = Invented(people=4, troubled=False)
    _, analyses, sections = told(stsinj(), tmp_path, how)
    assert not any(isinstance(block, Picture) for block in sections["missing"])
    with pytest.raises(ValueError, match="nothing to impute"):
        tipping_figure(analyses[0].missing, True)
