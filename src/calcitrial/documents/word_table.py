"""One table as WordprocessingML: header repeated on each page, gaps shaded, figures to the right.

Written as text and parsed once: cell by cell through the library, a table of some hundred lesions takes seconds.
"""

import re
from collections.abc import Sequence
from html import escape

from calcitrial.documents.content import Gap, Table, Value

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML 1.0, production 2
FULL, LONG = 9752, 45  # 172 mm in twentieths of a point; characters beyond which a text is wrapped
GAP_SHADE = "FFF6EF"
SIZES = ((4, 18), (7, 16), (99, 13))  # (up to so many columns, half-points of type)


def clean(text: str) -> str:
    """Return text without the characters that no XML may hold."""
    return FORBIDDEN.sub("\ufffd", text)


def table_xml(table: Table) -> str:
    """Return a table as one `w:tbl` element, in the style that `word_styles` defines."""
    size = next(points for most, points in SIZES if len(table.header) <= most)
    widths = _widths(table)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    head = _row(table.header, table.text_columns, size, widths, "<w:cantSplit/><w:tblHeader/>", bold=True)
    rows = "".join(_row(row, table.text_columns, size, widths, "<w:cantSplit/>") for row in table.rows)
    caption = _text(table.caption, quote=True)
    return (
        f'<w:tbl xmlns:w="{NAMESPACE}"><w:tblPr><w:tblStyle w:val="TrialTable"/><w:tblW w:w="5000" w:type="pct"/>'
        '<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="0" '
        f'w:noVBand="1"/><w:tblCaption w:val="{caption}"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{head}{rows}</w:tbl>'
    )


def _widths(table: Table) -> list[int]:
    """Return the widths of the columns in twentieths of a point, by the longest text of each; Word adjusts them.

    Other programs take them as they are, and would draw columns without a width as nothing.
    """
    longest = [max(len(str(value)) for value in column) for column in zip(table.header, *table.rows, strict=True)]
    weights = [2 + min(length, LONG) for length in longest]
    return [round(FULL * weight / sum(weights)) for weight in weights]


def _row(row: Sequence[Value], words: int, size: int, widths: Sequence[int], how: str, bold: bool = False) -> str:
    cells = "".join(
        _cell(value, place >= words, size, width, bold)
        for place, (value, width) in enumerate(zip(row, widths, strict=True))
    )
    return f"<w:tr><w:trPr>{how}</w:trPr>{cells}</w:tr>"


def _cell(value: Value, right: bool, size: int, width: int, bold: bool) -> str:
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{GAP_SHADE}"/>' if isinstance(value, Gap) else ""
    style = '<w:rStyle w:val="Gap"/>' if isinstance(value, Gap) else ""
    weight = "<w:b/>" if bold else ""
    side = '<w:jc w:val="right"/>' if right else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr><w:p><w:pPr>{side}</w:pPr>'
        f'<w:r><w:rPr>{style}{weight}<w:sz w:val="{size}"/></w:rPr>'
        f'<w:t xml:space="preserve">{_text(str(value))}</w:t></w:r></w:p></w:tc>'
    )


def _text(text: str, quote: bool = False) -> str:
    return escape(clean(text), quote=quote)
