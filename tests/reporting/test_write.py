import hashlib
import io
import json
import re
import struct
import zlib
from collections import Counter
from html.parser import HTMLParser

import polars as pl
import pytest
from pypdf import PdfReader

from calcitrial.documents.content import Listing, Paragraph, Picture, Table
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Place, connect, make_cut
from calcitrial.reporting.answers import answers
from calcitrial.reporting.write import compose, is_simulated, last_date, write_report
from calcitrial.sections.sections import sections
from tests.invented_trial import NURSE, Invented, cut_of, enter_trial, stsinj


def png() -> bytes:
    """One grey pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    )


@pytest.fixture(scope="module")
def written(cut, tmp_path_factory):
    return write_report(cut, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def page(written):
    return written.html.read_text("utf-8")


@pytest.fixture(scope="module")
def reader(written):
    return PdfReader(written.pdf)


@pytest.fixture(scope="module")
def pdf_text(reader):
    return " ".join(" ".join(part.extract_text() for part in reader.pages).split())


def test_the_same_cut_gives_the_same_bytes(cut, written, tmp_path):
    again = write_report(cut, tmp_path)
    for name in ("html", "pdf", "docx", "json", "csv", "parquet", "dictionary"):
        digests = {hashlib.sha256(getattr(paths, name).read_bytes()).hexdigest() for paths in (written, again)}
        assert len(digests) == 1, name


def test_the_pdf_says_that_it_is_pdf_a_2b_and_has_what_that_needs(reader):
    xmp = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part>2<", xmp) and re.search(r"pdfaid:conformance>B<", xmp)
    intent = reader.trailer["/Root"]["/OutputIntents"][0].get_object()
    assert intent["/S"] == "/GTS_PDFA1" and "/DestOutputProfile" in intent
    assert "/Encrypt" not in reader.trailer


def test_every_font_of_the_pdf_is_embedded(reader):
    files = ("/FontFile", "/FontFile2", "/FontFile3")
    described = [
        one
        for number in range(1, reader.trailer["/Size"])
        if isinstance(one := reader.get_object(number), dict) and one.get("/Type") == "/FontDescriptor"
    ]
    assert {name for one in described for name in ("DejaVu", "Libertinus") if name in one["/FontName"]} == {
        "DejaVu",
        "Libertinus",
    }
    assert all(any(name in one for name in files) for one in described)


def tags(node, found):
    """Count the structure elements of a tagged PDF (ISO 32000-1, 14.7) and collect their alternatives."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for one in node:
            tags(one, found)
    elif isinstance(node, dict):
        found.append((node.get("/S"), node.get("/Alt")))
        tags(node.get("/K"), found)
    return found


def test_the_pdf_is_tagged_with_headings_tables_and_alternatives(reader, cut):
    content = compose(cut, *answers(cut))
    blocks = [block for one in content.sections for block in one.blocks]
    found = tags(reader.trailer["/Root"]["/StructTreeRoot"]["/K"], [])
    kinds = Counter(kind for kind, _ in found)
    assert kinds["/H1"] + kinds["/Title"] >= len(content.sections)
    tables = [block for block in blocks if isinstance(block, Table)]
    assert kinds["/Table"] == len(tables) and kinds["/TH"] >= sum(len(table.header) for table in tables)
    pictures = [block.alt for block in blocks if isinstance(block, Picture)]
    assert [alt for _, alt in found if alt] == pictures
    assert len(reader.pages) <= 16  # four endpoints, each with its question


def test_every_page_of_the_pdf_warns_that_data_are_simulated(reader):
    assert all("SIMULATED DATA" in part.extract_text() for part in reader.pages)


def test_page_and_pdf_and_numbers_agree(cut, written, page, pdf_text):
    told = json.loads(written.json.read_text())
    one = told["endpoints"][0]["estimate"]
    shown = f"95 % CI {one['low']:.2f} to {one['high']:.2f}"
    assert shown in page and shown in pdf_text
    assert f">{one['estimate']:.2f}</a></strong>" in page
    assert told["cut"]["digest"] == one["cut_digest"] == cut.digest
    assert cut.digest in page and cut.digest in pdf_text and cut.head in pdf_text


def test_gaps_are_printed_as_gaps(cut, page):
    gaps = [*cut.protocol.facts.values(), *cut.protocol.dose.values(), *cut.protocol.lesions.values()]
    assert page.count(">not public<") == sum(fact.value is None for fact in gaps) > 10


def test_the_page_asks_the_network_for_nothing(page):
    assert not re.search(r"<(script|link|iframe|object|embed)\b|@import|url\(\s*['\"]?https?:", page)
    assert not re.search(r'\b(src|srcset|poster)="(?!data:)', page)
    assert "default-src 'none'" in page


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.headings, self.scopes, self.ids, self.unnamed = [], [], [], [], 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag == "th":
            self.scopes.append(given.get("scope"))
        if "id" in given:
            self.ids.append(given["id"])
        if (tag == "img" and not given.get("alt")) or (tag == "svg" and not given.get("aria-label")):
            self.unnamed += 1


def test_the_page_can_be_walked_by_a_screen_reader(page):
    outline = Outline()
    outline.feed(page)
    assert {"header", "nav", "main", "footer"} <= set(outline.tags)
    assert outline.headings[0] == 1 and outline.headings.count(1) == 1
    assert all(scope in ("col", "row") for scope in outline.scopes)
    assert outline.unnamed == 0
    assert len(outline.ids) == len(set(outline.ids))
    assert '<html lang="en">' in page


def test_the_data_beside_the_report_are_the_data_of_the_model(written):
    csv, parquet = pl.read_csv(written.csv), pl.read_parquet(written.parquet)
    assert csv.height == parquet.height and csv.columns == parquet.columns
    assert parquet.filter("used", endpoint="ct_mass_ratio").height == 35
    assert csv["entries"][0].split() == [str(number) for number in parquet["entries"][0]]


def test_images_are_shown_in_both_with_their_alternative(cut, tmp_path):
    shown = Picture(png(), "png", "Axial slice of the left thumb", "PIT-001-L1 at baseline", "half")
    paths = write_report(cut, tmp_path, images=[shown])
    text = paths.html.read_text("utf-8")
    assert 'alt="Axial slice of the left thumb"' in text and "data:image/png;base64," in text
    found = " ".join(part.extract_text() for part in PdfReader(io.BytesIO(paths.pdf.read_bytes())).pages)
    assert "PIT-001-L1 at baseline" in found


def test_an_image_that_cannot_be_read_is_refused_and_nothing_is_written(cut, tmp_path):
    broken = Picture(b"not an image", "png", "nothing", "nothing")
    with pytest.raises(RefusedError, match=r"report.pdf: The PDF could not be made.*Check the images"):
        write_report(cut, tmp_path / "out", images=[broken])
    assert not (tmp_path / "out").exists()


def test_real_participants_have_no_banner_and_an_early_cut_says_why_there_is_no_number(tmp_path):
    connect(tmp_path / "home", create=True)
    early = cut_of(stsinj(), Invented(people=1, visits=("BL",), site="Pittsburgh", troubled=False))
    assert not is_simulated(early)
    paths = write_report(early, tmp_path / "out")
    text = paths.html.read_text("utf-8")
    assert "SIMULATED" not in text and "cannot be answered from this cut" in text
    assert "Wait for" in text and json.loads(paths.json.read_text())["endpoints"] == []


def test_the_date_is_that_of_the_data(cut):
    assert last_date(cut) == compose(cut, *answers(cut)).date == "2026-07-07"


def test_the_report_tells_the_holds_that_events_ask_for(tmp_path):
    connect(tmp_path, create=True)
    gateway = enter_trial(stsinj())
    quiet = " ".join(block.text for block in _safety(gateway) if isinstance(block, Paragraph))
    assert "ask for no hold" in quiet
    event = {
        "term": "Anaphylaxis",
        "grade": 3,
        "serious": True,
        "related": "related",
        "onset_date": "2026-03-01",
        "outcome": "recovered",
    }
    gateway.enter([Draft(Place("PIT-001", "adverse_event", repeat="AE9"), event)], NURSE)
    told = [line for block in _safety(gateway) if isinstance(block, Listing) for line in block.items]
    assert any("PIT-001" in line and "naphylaxis" in line for line in told)


def _safety(gateway):
    cut = make_cut(gateway.study, "test")
    return next(section.blocks for section in sections(cut, *answers(cut)) if section.id == "safety")


def test_the_report_says_how_ct_was_measured_and_what_is_assumed(page):
    assert "How CT was measured" in page and "threshold 130 HU" in page
    assert "calibration 0.7692 mg hydroxyapatite per cm3 per HU" in page
