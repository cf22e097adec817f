"""Consent in the browser: read, decide, sign; documents and their releases; withdrawal; what is due."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from calcitrial.consent_desk import consent_pages
from calcitrial.consent_desk.papers import blocks
from calcitrial.consents import documents
from calcitrial.identity import open_vault
from calcitrial.people import Scope
from calcitrial.record import current_rows, read_head
from calcitrial.record.numbering import form_rows
from calcitrial.web.reading import read
from tests.consents.consent_study import gateway_of, put_into_use, registered
from tests.consents.drawing import png

from .consent_home import DRAWING, PERSON, SITE, STUDY, about, nurse, opened, sheet

TODAY = "2026-06-01"
GIVEN = {
    "decision": "given",
    "signer": "participant",
    "age_at_consent": "46",
    "explained_by": "Dr Doe",
    "consent_method": "drawn",
    "consented_on": TODAY,
    "_drawing": DRAWING,
}
ADULT = "consent/sign/?kind=adult%20consent"


def entries() -> int:
    return read_head(STUDY).sequence


def files(home: Path) -> list[Path]:
    return sorted((home / "consents" / STUDY / "signed").glob("*"))


def test_a_drawn_signature_is_sealed_in_a_file_and_a_digest_in_the_record(home: Path) -> None:
    code = opened(home)
    client, before = nurse(home), entries()
    old = sheet(client, about(code, ADULT))
    assert client.post(about(code, ADULT), {**old, **GIVEN}).status_code == 303
    assert client.post(about(code, ADULT), {**old, **GIVEN}).status_code == 303, "sent twice"
    assert entries() == before + 1 and len(files(home)) == 1
    row = form_rows(gateway_of(), "consent", code)[0]
    assert row["signature_sha256"] == files(home)[0].stem and row["consent_method"] == "drawn"
    assert row["explained_by"] == "Dr Doe" and re.fullmatch(r"\d\d:\d\d:\d\d", row["consented_at"])
    assert png(strokes=True) not in files(home)[0].read_bytes()
    shown = client.get(about(code, "consent/C1/")).content.decode()
    assert "/consent/C1/signature" in shown and "TEMPLATE" in shown
    picture = client.get(about(code, "consent/C1/signature"))
    assert picture.content == png(strokes=True) and picture["Content-Type"] == "image/png"
    assert open_vault(home).log(STUDY, code)[-1].what == "looked at C1"


def test_the_text_is_shown_in_the_language_that_is_chosen(home: Path) -> None:
    code = opened(home)
    client = nurse(home)
    french = client.get(about(code, f"{ADULT}&language=fr")).content.decode()
    assert 'lang="fr"' in french and "Vous êtes libre" in french
    assert "You are free" in client.get(about(code, f"{ADULT}&language=en")).content.decode()
    address = about(code, f"{ADULT}&language=fr")
    client.post(address, {**sheet(client, address), **GIVEN})
    assert form_rows(gateway_of(), "consent", code)[0]["consent_language"] == "fr"


def test_a_typed_name_lies_in_the_vault_and_not_in_the_record(home: Path) -> None:
    code = opened(home)
    client = nurse(home)
    values = {**GIVEN, "consent_method": "typed name", "_typed": "Marie Quatrefages", "_drawing": ""}
    missing = client.post(about(code, ADULT), {**sheet(client, about(code, ADULT)), **values, "_typed": " "})
    assert missing.status_code == 422 and "The typed name is missing" in missing.content.decode()
    assert client.post(about(code, ADULT), {**sheet(client, about(code, ADULT)), **values}).status_code == 303
    assert "Quatrefages" not in str(current_rows(STUDY, code).rows())
    assert b"Quatrefages" not in b"".join(path.read_bytes() for path in files(home))
    assert "Marie Quatrefages" in client.get(about(code, "consent/C1/")).content.decode()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("scan.pdf", b"%PDF-1.7 signed", ""),
        ("scan.pdf", b"MZ not a scan", "no PDF, PNG or JPEG"),
        ("scan.pdf", b"%PDF-" + b"x" * 10_000_000, "at most 10000000"),
        ("", b"", "The signed paper is missing"),
    ],
)
def test_signed_paper_comes_with_its_scan(home: Path, name: str, content: bytes, sentence: str) -> None:
    code = opened(home)
    client, before = nurse(home), entries()
    values = {**GIVEN, "consent_method": "paper", "consented_on": "2026-05-04", "_drawing": ""}
    extra = {"_scan": SimpleUploadedFile(name, content)} if name else {}
    answer = client.post(about(code, ADULT), {**sheet(client, about(code, ADULT)), **values, **extra})
    if sentence:
        assert answer.status_code == 422 and sentence in answer.content.decode()
        assert entries() == before and files(home) == []
        return
    assert answer.status_code == 303
    row = form_rows(gateway_of(), "consent", code)[0]
    assert row["consented_on"] == "2026-05-04" and row["consented_at"] is None
    given = client.get(about(code, "consent/C1/signature"))
    assert given["Content-Disposition"].startswith("attachment") and given.content == content


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"_drawing": ""}, "did not arrive as a picture"),
        ({"_drawing": "data:image/png;base64,AAAA"}, "did not arrive as a picture"),
        ({"_drawing": "!!"}, "did not arrive as a picture"),
        ({"decision": ""}, "Decision is missing"),
        ({"consented_on": "2999-01-01"}, "lies in the future"),
        ({"age_at_consent": "12"}, "a minor here"),
        ({"signer": "parent"}, "is not given by"),
        ({"explained_by": ""}, "Explained by is missing"),
        ({"_text": "0" * 64}, "no longer in use"),
        ({"consent_kind": "assent"}, ""),
    ],
)
def test_what_cannot_stand_is_refused_and_nothing_is_kept(home: Path, change: dict[str, str], sentence: str) -> None:
    code = opened(home)
    client, before = nurse(home), entries()
    answer = client.post(about(code, ADULT), {**sheet(client, about(code, ADULT)), **GIVEN, **change})
    if not sentence:
        assert (
            answer.status_code == 303 and form_rows(gateway_of(), "consent", code)[0]["consent_kind"] == "adult consent"
        )
        return
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert entries() == before and files(home) == []


def test_a_version_released_while_somebody_reads_is_read_first(home: Path) -> None:
    code = opened(home)
    client = nurse(home)
    old = sheet(client, about(code, ADULT))
    put_into_use(gateway_of(), home / "consents" / STUDY, "2", date(2026, 5, 1), "not needed", ["adult"])
    answer = client.post(about(code, ADULT), {**old, **GIVEN})
    assert answer.status_code == 422 and "adult 2 is" in answer.content.decode()


def test_the_vault_knows_the_age_better_than_who_types(home: Path) -> None:
    code = opened(home)
    client = nurse(home)
    child = PERSON | {"birth_date": "2017-01-15", "guardian_name": "Anne Quatrefages"}
    assert client.post(about(code, "identity/keep/"), child).status_code == 303
    text = client.get(about(code, "consent/")).content.decode()
    assert "A minor here: 2 holder(s)" in text and "assent is missing" in text
    answer = client.post(about(code, ADULT), {**sheet(client, about(code, ADULT)), **GIVEN})
    assert answer.status_code == 422 and "is a minor here" in answer.content.decode()
    for signer in ("parent", "second parent"):
        address = about(code, f"consent/sign/?kind=parental%20consent&signer={signer.replace(' ', '%20')}")
        assert client.post(address, {**sheet(client, address), **GIVEN, "signer": signer}).status_code == 303
    address = about(code, "consent/sign/?kind=assent")
    assert client.post(address, {**sheet(client, address), **GIVEN}).status_code == 303
    ages = {row["age_at_consent"] for row in form_rows(gateway_of(), "consent", code)}
    assert ages == {"9"}
    text = client.get(about(code, "consent/")).content.decode()
    assert "The parental consent (second parent) stands" in text and "is missing" not in text


@pytest.mark.requirement("ICH E6(R3) 3.16.1(u)")
def test_a_withdrawal_is_one_submission_and_shuts_the_door(home: Path) -> None:
    code = opened(home)
    client, before = nurse(home), entries()
    values = {"withdrawn_on": TODAY, "withdrawal_scope": "all further data", "withdrawn_by": "participant"}
    one = sheet(client, about(code, "consent/"))
    assert client.post(about(code, "consent/withdraw/"), {"withdrawn_on": TODAY, **one}).status_code == 422
    assert client.post(about(code, "consent/withdraw/"), {**values, **one}).status_code == 303
    assert client.post(about(code, "consent/withdraw/"), {**values, **one}).status_code == 303
    assert entries() == before + 1
    assert "all further data" in client.get(about(code, "consent/")).content.decode()
    later = client.post(about(code, ADULT), {**sheet(client, about(code, ADULT)), **GIVEN})
    assert later.status_code == 422 and "withdrew on 2026-06-01" in later.content.decode()
    assert entries() == before + 1 and files(home) == []


def test_templates_are_added_released_and_replaced(home: Path) -> None:
    code = opened(home, documents=False)
    page = f"/{STUDY}/consents/"
    admin = nurse(home, role="administrator", site="", person="ada")
    monitor = nurse(home, role="monitor", site="")
    assert "Add the templates" not in monitor.get(page).content.decode()
    for address in (f"{page}templates/", f"{page}add/", f"{page}release/"):
        assert monitor.post(address).status_code == 403
    assert admin.post(f"{page}templates/").status_code == 303
    assert admin.post(f"{page}templates/").status_code == 303
    assert len(documents(gateway_of())) == 6
    text = monitor.get(page).content.decode()
    assert "not in use" in text and text.count("TEMPLATE") >= 3
    assert "No consent document is in use" in nurse(home).get(about(code, "consent/")).content.decode()
    released = {"_document": "adult", "_version": "template", "_site": SITE, "_on": "2026-05-01"}
    for wrong in ({"_site": "PARIS"}, {"_on": "soon"}, {"_version": "9"}):
        assert admin.post(f"{page}release/", released | wrong).status_code == 422
    assert admin.post(f"{page}release/", released).status_code == 303
    new = {"document": "adult", "document_version": "1.0", "document_language": "en", "document_kind": "adult consent"}
    new |= {"document_title": "Consent", "document_valid_from": "2026-05-02", "reconsent": "at the next visit"}
    assert admin.post(f"{page}add/", new).status_code == 422, "without a text"
    assert admin.post(f"{page}add/", new | {"text": "# Consent\n\nApproved <b>words</b>."}).status_code == 303
    digest = next(one.sha256 for one in documents(gateway_of()) if one.version == "1.0")
    shown = monitor.get(f"{page}{digest}/").content.decode()
    assert "Approved &lt;b&gt;words&lt;/b&gt;." in shown and "This is a template" not in shown
    assert monitor.get(f"{page}{'0' * 64}/").status_code == 404


def test_consents_that_wait_are_due(home: Path) -> None:
    code = opened(home)
    client = nurse(home)
    scope = Scope(STUDY, "nora", (("study_nurse", SITE),))
    now = date(2026, 6, 2)

    def told() -> list[tuple[str, bool]]:
        return [(f"{one.about}: {one.text}", one.late) for one in consent_pages.due(read(STUDY), scope, now)]

    assert told() == [(f"{code}: The adult consent is missing.", True)]
    assert list(consent_pages.due(read(STUDY), Scope(STUDY, "m", (("monitor", ""),)), now)) == []
    assert list(consent_pages.due(read(STUDY), Scope(STUDY, "n", (("study_nurse", "PARIS"),)), now)) == []
    client.post(about(code, ADULT), {**sheet(client, about(code, ADULT)), **GIVEN})
    assert told() == []
    put_into_use(gateway_of(), home / "consents" / STUDY, "2", now, "at the next visit", ["adult"])
    assert told() == [(f"{code}: The adult consent is of adult 1; adult 2 is due at the next visit.", False)]
    other = registered(gateway_of())
    withdrawal = {"withdrawn_on": TODAY, "withdrawal_scope": "all further data", "withdrawn_by": "participant"}
    client.post(about(other, "consent/withdraw/"), {**withdrawal, **sheet(client, about(other, "consent/"))})
    assert len(told()) == 1


def test_a_text_becomes_headings_lists_and_paragraphs() -> None:
    found = blocks("# One\nfirst\nline\n\n- a\n- b\r\n\r\n## Two\n\n<b>")
    assert [block.kind for block in found] == ["heading", "paragraph", "list", "heading", "paragraph"]
    assert found[1].lines == ("first line",) and found[2].lines == ("a", "b") and blocks("") == []
