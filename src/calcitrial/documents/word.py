"""The report as a Word document (ISO/IEC 29500): the same content, in Word's own styles, with the same bytes each time.

Pictures are vector graphics with a PNG of 300 dpi beside them: Word 2016 and later draws the SVG, every other program
that reads Word files the PNG.
"""

import io
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.text.paragraph import Paragraph as WordParagraph

from calcitrial.documents.content import Block, Content, Headline, Listing, Paragraph, Picture, Steps, Table
from calcitrial.documents.raster import fitting, png_of
from calcitrial.documents.word_styles import LANGUAGE, MARGIN_MM, set_styles
from calcitrial.documents.word_table import clean, table_xml

FULL_MM, HALF_MM = 210 - 2 * MARGIN_MM, 96.0
TONES = {"": "Normal", "lead": "Lead", "note": "Note", "gap": "Gap Paragraph"}
SVG_EXTENSION = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"  # [MS-ODRAWXML] 2.3.3: svgBlip
SVG_NAMESPACE = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"


def docx(content: Content) -> bytes:
    """Return the report as .docx; the same content gives the same bytes."""
    document = Document()
    _without_thumbnail(document)
    set_styles(document)
    _properties(document, content)
    _margins(document, content)
    if content.banner:
        document.add_paragraph(content.banner, style="Banner")
    document.add_paragraph(clean(content.title), style="Title")
    document.add_paragraph(clean(content.subtitle), style="Subtitle")
    for name, value in content.key_facts:
        paragraph = document.add_paragraph(style="Fact")
        paragraph.add_run(f"{clean(name)}: ").bold = True
        paragraph.add_run(clean(value))
    for section in content.sections:
        document.add_heading(clean(section.title), 1)
        for block in section.blocks:
            WRITERS[type(block)](document, block)
    return _same_bytes(document)


def _without_thumbnail(document: WordDocument) -> None:
    """Drop the small picture of an empty page that the library's template carries."""
    relations = document.part.package.rels
    for name in [name for name, one in relations.items() if one.reltype.endswith("/thumbnail")]:
        del relations[name]


def _properties(document: WordDocument, content: Content) -> None:
    told = document.core_properties
    told.title, told.subject = clean(content.title), "Trial report"
    told.author = told.last_modified_by = "calcitrial"
    told.created = told.modified = datetime.fromisoformat(content.date)
    for mode in document.settings.element.xpath(".//w:compatSetting[@w:name='compatibilityMode']"):
        mode.set(qn("w:val"), "15")  # Word 2013 and later; with less it opens as an old document
    told.language, told.comments, told.revision = LANGUAGE, clean(content.footer), 1


def _margins(document: WordDocument, content: Content) -> None:
    """Set A4, the warning at the head and the fingerprint with the page number at the foot of every page."""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(MARGIN_MM)
    page.top_margin = page.bottom_margin = Mm(20)
    head = page.header.paragraphs[0]
    head.style, head.text = document.styles["Header"], clean(content.banner or content.title)
    foot = page.footer.paragraphs[0]
    foot.style = document.styles["Footer"]
    foot.add_run(f"{clean(content.footer)} · page ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")


def _field(paragraph: WordParagraph, code: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = "1"  # until Word counts the pages
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _paragraph(document: WordDocument, block: Paragraph) -> None:
    document.add_paragraph(clean(block.text), style=TONES[block.tone])


def _listing(document: WordDocument, block: Listing) -> None:
    for item in block.items:
        document.add_paragraph(clean(item), style="List Bullet")


def _steps(document: WordDocument, block: Steps) -> None:
    for line, what in block.lines:
        paragraph = document.add_paragraph(style="Note")
        paragraph.add_run(clean(line), style="Command")
        paragraph.add_run(f"  {clean(what)}")


def _headline(document: WordDocument, block: Headline) -> None:
    paragraph = document.add_paragraph(style="Headline")
    paragraph.add_run(clean(str(block.number)), style="Headline Number")
    paragraph.add_run(f"  {clean(str(block.interval))}")
    document.add_paragraph(clean(block.label), style="Headline Label")


def _table(document: WordDocument, block: Table) -> None:
    caption = document.add_paragraph(style="Caption")
    caption.add_run(clean(block.caption)).bold = True
    caption.paragraph_format.keep_with_next = True
    document.element.body._insert_tbl(parse_xml(table_xml(block)))
    # Word joins two tables with nothing between them, so that there is always a paragraph.
    document.add_paragraph(clean(block.note), style="Note")


def _picture(document: WordDocument, block: Picture) -> None:
    width = fitting(block, FULL_MM if block.width == "full" else HALF_MM)
    paragraph = document.add_paragraph()
    paragraph.alignment, paragraph.paragraph_format.keep_with_next = WD_ALIGN_PARAGRAPH.LEFT, True
    shape = paragraph.add_run().add_picture(io.BytesIO(png_of(block, width)), width=Mm(width))
    shape._inline.docPr.set("descr", clean(block.alt))
    shape._inline.docPr.set("name", f"Figure {shape._inline.docPr.id}")
    if block.format == "svg":
        _with_vector(document, shape._inline, block.content)
    document.add_paragraph(clean(block.caption), style="Caption")


def _with_vector(document: WordDocument, inline: Any, svg: bytes) -> None:
    """Put the SVG beside its PNG, by the extension that Word 2016 reads."""
    package = document.part.package
    name = PackURI(f"/word/media/figure{inline.docPr.id}.svg")
    held = document.part.relate_to(Part(name, "image/svg+xml", svg, package), RELATIONSHIP_TYPE.IMAGE)
    blip = inline.xpath(".//a:blip")[0]
    blip.append(
        parse_xml(
            '<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
            'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            f'<a:ext uri="{SVG_EXTENSION}"><asvg:svgBlip xmlns:asvg="{SVG_NAMESPACE}" r:embed="{held}"/></a:ext>'
            "</a:extLst>"
        )
    )


def _same_bytes(document: WordDocument) -> bytes:
    """Return the file with its parts in their order, and no time in it but the content's own."""
    raw, made = io.BytesIO(), io.BytesIO()
    document.save(raw)
    with ZipFile(raw) as source, ZipFile(made, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the first moment that ZIP knows
            part.compress_type, part.create_system = ZIP_DEFLATED, 0
            target.writestr(part, source.read(name))
    return made.getvalue()


WRITERS: Mapping[type[Block], Callable[[WordDocument, Any], None]] = {
    Paragraph: _paragraph,
    Listing: _listing,
    Steps: _steps,
    Headline: _headline,
    Table: _table,
    Picture: _picture,
}
