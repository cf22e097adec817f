"""The styles of the Word document: Word's own where it has them, and a few that a trial report needs besides."""

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.styles.style import CharacterStyle, ParagraphStyle

from calcitrial.documents.word_table import GAP_SHADE, NAMESPACE

LANGUAGE = "en-GB"
MARGIN_MM = 19
FONT, MONO = "Calibri", "Consolas"
INK, SOFT, WARN, BLUE = (RGBColor.from_string(one) for one in ("1B1F24", "4A525C", "7A2E00", "0B4F8A"))
# name: (size in points, bold, colour, space before, space after)
PARAGRAPHS = {
    "Normal": (10, False, INK, 0, 6),
    "Title": (20, True, INK, 6, 6),
    "Subtitle": (12, False, SOFT, 0, 8),
    "Heading 1": (14, True, INK, 18, 6),
    "Heading 2": (12, True, INK, 12, 4),
    "Caption": (9, False, INK, 6, 4),
    "List Bullet": (10, False, INK, 0, 3),
    "Header": (8, True, WARN, 0, 0),
    "Footer": (7.5, False, SOFT, 0, 0),
    "Lead": (12, False, INK, 0, 6),
    "Note": (8.5, False, SOFT, 2, 6),
    "Fact": (9.5, False, INK, 0, 1),
    "Banner": (11, True, WARN, 0, 10),
    "Gap Paragraph": (10, False, WARN, 4, 6),
    "Headline": (13, False, INK, 8, 0),
    "Headline Label": (10, False, SOFT, 0, 8),
}
TABLE_STYLE = f"""<w:style xmlns:w="{NAMESPACE}" w:type="table" w:customStyle="1" w:styleId="TrialTable">
<w:name w:val="Trial Table"/><w:basedOn w:val="TableNormal"/><w:qFormat/>
<w:pPr><w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/></w:pPr>
<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="8" w:space="0" w:color="1B1F24"/>
<w:bottom w:val="single" w:sz="8" w:space="0" w:color="1B1F24"/>
<w:insideH w:val="single" w:sz="4" w:space="0" w:color="D4D9E0"/></w:tblBorders>
<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>
<w:bottom w:val="single" w:sz="8" w:space="0" w:color="1B1F24"/></w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr>
</w:tblStylePr></w:style>"""


def set_styles(document: Document) -> None:
    """Give the document its language and the looks of its styles; new ones are made where Word has none."""
    for name, (size, bold, colour, before, after) in PARAGRAPHS.items():
        known = name in document.styles
        made = document.styles[name] if known else document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        assert isinstance(made, ParagraphStyle)
        # A "not bold" said by Normal would take the bold from the head of every table.
        _font(made, size, bold or (False if known and name != "Normal" else None), colour)
        if not known:
            made.base_style, made.quick_style = document.styles["Normal"], True
        made.paragraph_format.space_before, made.paragraph_format.space_after = Pt(before), Pt(after)
    for name in ("Banner", "Gap Paragraph"):
        _shade(document, name)
    for name, size, colour, face in (
        ("Gap", 0.0, WARN, FONT), ("Command", 8.0, INK, MONO), ("Headline Number", 26.0, INK, FONT),
    ):  # fmt: skip
        one = document.styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
        assert isinstance(one, CharacterStyle)
        _font(one, size, True if name == "Headline Number" else None, colour, face)
        one.font.italic = True if name == "Gap" else None
    document.styles.element.append(parse_xml(TABLE_STYLE))
    _language(document)


def _font(style: CharacterStyle, size: float, bold: bool | None, colour: RGBColor, face: str = FONT) -> None:
    font = style.font
    font.name, font.bold, font.color.rgb = face, bold, colour
    font.italic = False if font.italic else None
    if size:
        font.size = Pt(size)
    # The template's headings take the fonts of its theme, which would win over the name.
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{kind}"), None)
    for kind in ("cs", "eastAsia"):
        fonts.set(qn(f"w:{kind}"), face)


def _shade(document: Document, name: str) -> None:
    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", GAP_SHADE)):
        shade.set(qn(f"w:{key}"), value)
    properties = document.styles[name].element.get_or_add_pPr()
    properties.insert_element_before(shade, "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _language(document: Document) -> None:
    """Say in which language the text is, for those who hear it read and for the spelling check."""
    for defaults in document.styles.element.xpath("w:docDefaults/w:rPrDefault/w:rPr"):
        for one in defaults.xpath("w:lang"):
            defaults.remove(one)
        language = OxmlElement("w:lang")
        for kind in ("val", "eastAsia"):
            language.set(qn(f"w:{kind}"), LANGUAGE)
        defaults.append(language)
