"""What a document says, and how it becomes a web page, a PDF/A or a Word file.

A section is written once, as paragraphs, tables and pictures (`content`); `page`, `pdf` and `docx` set it and know
nothing of trials, so that the three cannot disagree. Each figure of a table is a `Cell` with a key, what is not known a
`Gap`. Numbers are rounded in one place and have their interval beside them (`wording`).
"""

from calcitrial.documents.content import (
    Block,
    Cell,
    Content,
    Gap,
    Headline,
    Listing,
    Paragraph,
    Picture,
    Section,
    Steps,
    Table,
    Value,
    figures,
    key_of,
    told_apart,
)
from calcitrial.documents.hypertext import page
from calcitrial.documents.typeset import pdf
from calcitrial.documents.word import docx
from calcitrial.documents.wording import counted, estimate_words, interval_words, p_value, p_words, percent, rounded

__all__ = [
    "Block",
    "Cell",
    "Content",
    "Gap",
    "Headline",
    "Listing",
    "Paragraph",
    "Picture",
    "Section",
    "Steps",
    "Table",
    "Value",
    "counted",
    "docx",
    "estimate_words",
    "figures",
    "interval_words",
    "key_of",
    "p_value",
    "p_words",
    "page",
    "pdf",
    "percent",
    "rounded",
    "told_apart",
]
