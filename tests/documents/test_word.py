"""The report in Word, read back by the library and as plain XML."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from zipfile import ZipFile

import pytest
from docx import Document
from lxml import etree

from calcitrial.documents.content import Content, Listing, Paragraph, Picture, Section, Table
from calcitrial.documents.hypertext import page
from calcitrial.documents.raster import fitting, png_of
from calcitrial.documents.word import docx
from calcitrial.reporting.answers import answers
from calcitrial.reporting.write import compose
from tests.reporting.test_write import png


@pytest.fixture(scope="module")
def content(two_arms):
    return compose(two_arms, *answers(two_arms))


@pytest.fixture(scope="module")
def body(content):
    return docx(content)


@pytest.fixture
def document(body):
    return Document(io.BytesIO(body))


def blocks(content, kind):
    return [block for one in content.sections for block in one.blocks if isinstance(block, kind)]


def styled(document, name):
    return [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == name]


def test_the_same_content_gives_the_same_bytes_with_no_time_in_them(content, body):
    assert docx(content) == body
    with ZipFile(io.BytesIO(body)) as parts:
        assert {one.date_time for one in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert parts.testzip() is None


def test_every_part_is_well_formed_and_every_relation_leads_somewhere(body):
    with ZipFile(io.BytesIO(body)) as parts:
        names = set(parts.namelist())
        assert names >= {"[Content_Types].xml", "word/document.xml", "word/styles.xml", "docProps/core.xml"}
        for name in names:
            if name.endswith((".xml", ".rels", ".svg")):
                etree.fromstring(parts.read(name))
        for name in (one for one in names if one.endswith(".rels")):
            folder = name.split("_rels/")[0]
            for relation in etree.fromstring(parts.read(name)):
                target = relation.get("Target")
                assert (target[1:] if target[0] == "/" else folder + target).replace("word/../", "") in names, target


def test_headings_and_captions_are_words_own_styles(content, document):
    assert styled(document, "Title") == [content.title]
    assert styled(document, "Heading 1") == [section.title for section in content.sections]
    captions = [block.caption for block in blocks(content, Table) + blocks(content, Picture)]
    assert sorted(styled(document, "Caption")) == sorted(captions)
    assert styled(document, "List Bullet") == [item for block in blocks(content, Listing) for item in block.items]


def test_every_table_is_a_table_with_the_words_of_the_page(content, document):
    tables = blocks(content, Table)
    assert len(document.tables) == len(tables)
    text = unescape(re.sub(r"<[^>]+>", "", page(content).decode()))
    for made, meant in zip(document.tables, tables, strict=True):
        cells = [[cell.text for cell in row.cells] for row in made.rows]
        assert cells == [list(meant.header), *([str(value) for value in row] for row in meant.rows)]
        assert made.rows[0]._tr.xpath("w:trPr/w:tblHeader") and not made.rows[1]._tr.xpath("w:trPr/w:tblHeader")
        assert made.style.name == "Trial Table"
        assert made._tbl.xpath("w:tblPr/w:tblCaption/@w:val") == [meant.caption]
        grid = [int(width) for width in made._tbl.xpath("w:tblGrid/w:gridCol/@w:w")]
        assert len(grid) == len(meant.header) and min(grid) > 300 and abs(sum(grid) - 9752) < 12
    numbers = {cell for row in document.tables[0].rows for cell in (one.text for one in row.cells) if cell}
    assert numbers and all(number in text for number in numbers)


def test_pictures_have_alternatives_a_vector_and_a_png_of_300_dpi(content, document, body):
    pictures = blocks(content, Picture)
    assert [one._inline.docPr.get("descr") for one in document.inline_shapes] == [one.alt for one in pictures]
    assert len({one._inline.docPr.id for one in document.inline_shapes}) == len(pictures)
    related = document.part.related_parts
    for shape, picture in zip(document.inline_shapes, pictures, strict=True):
        raster = related[shape._inline.xpath(".//a:blip/@r:embed")[0]]
        wide = int.from_bytes(raster.blob[16:20], "big") / (shape.width.inches)
        assert 299 <= wide <= 301
        link = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
        vector = [one.get(link) for one in shape._inline.iter() if str(one.tag).endswith("svgBlip")]
        assert [related[name].blob for name in vector] == [picture.content]
    with ZipFile(io.BytesIO(body)) as parts:
        assert b'ContentType="image/svg+xml"' in parts.read("[Content_Types].xml")


def test_every_page_carries_warning_and_fingerprint(content, document, two_arms):
    page = document.sections[0]
    assert page.header.paragraphs[0].text == content.banner
    foot = page.footer.paragraphs[0]
    assert two_arms.digest[:16] in foot.text and two_arms.head[:16] in foot.text
    assert foot._p.xpath(".//w:fldSimple/@w:instr") == ["PAGE", "NUMPAGES"]
    assert two_arms.digest in [cell.text for row in document.tables[-1].rows for cell in row.cells]


def test_properties_name_title_date_and_language(content, document):
    told = document.core_properties
    assert (told.title, told.author, told.language) == (content.title, "calcitrial", "en-GB")
    assert told.created == told.modified == datetime.fromisoformat(content.date).replace(tzinfo=UTC)
    assert document.styles.element.xpath("w:docDefaults//w:lang/@w:val") == ["en-GB"]


def test_characters_that_xml_forbids_do_not_break_the_file():
    odd = "a\x0bb\x00 < & > é 疼痛"
    block = Table(odd, (odd, odd), ((odd, odd),), note=odd)
    content = Content(odd, "", "", (), (Section("s", odd, (Paragraph(odd), block)),), (), "", "2026-01-01")
    document = Document(io.BytesIO(docx(content)))
    assert document.tables[0].rows[1].cells[0].text == "a\ufffdb\ufffd < & > é 疼痛"
    assert styled(document, "Title") == ["a\ufffdb\ufffd < & > é 疼痛"]


def test_a_photograph_stays_the_file_it_is(content):
    shown = Picture(png(), "png", "A grey point", "grey", "half")
    one = replace(content, sections=(Section("images", "Images", (shown,)),))
    document = Document(io.BytesIO(docx(one)))
    assert [part.blob for part in document.part.package.image_parts] == [png()]
    assert not document.element.xpath("//a:extLst")


def test_a_picture_taller_than_a_page_is_made_narrower():
    def svg(width, height):
        text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><path d="M0 0L9 9"/></svg>'
        return Picture(text.encode(), "svg", "a line", "a line")

    assert fitting(svg(720, 526), 172) == 172
    assert fitting(svg(100, 400), 172) == pytest.approx(215 / 4)
    made = png_of(svg(100, 50), 25.4)
    assert (int.from_bytes(made[16:20], "big"), int.from_bytes(made[20:24], "big")) == (300, 150)
    assert fitting(Picture(b"no picture", "png", "", ""), 90) == 90
