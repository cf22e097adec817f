"""Registry files of every kind and every fault: a sentence for what cannot be read, and the rest still read."""

from pathlib import Path

import pytest

from calcitrial.protocol import SHIPPED, Problem, find
from calcitrial.registrations import Statement, reading, statements_in
from tests.registrations.files import OWN_FORM, PORTAL, study, written

BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<Trials_downloaded_from_ICTRP><Trial><TrialID>NCT99000001</TrialID><Public_title>&c;</Public_title></Trial>
</Trials_downloaded_from_ICTRP>"""
OUTSIDE = BOMB.replace('<!ENTITY a "lol">', '<!ENTITY a SYSTEM "file:///etc/passwd">')


def parts(path: Path) -> tuple[list[Statement], list[Problem]]:
    found = list(statements_in(path))
    return [one for one in found if isinstance(one, Statement)], [one for one in found if isinstance(one, Problem)]


def test_a_page_of_the_api_gives_its_studies_and_a_sentence_for_what_is_none(tmp_path: Path) -> None:
    content = {"studies": [study(), {"protocolSection": {}}, study(identificationModule__nctId="NCT99000002"), 7]}
    told, problems = parts(written(tmp_path, "page.json", content))
    assert [one.id for one in told] == ["NCT99000001", "NCT99000002"]
    assert [one.place for one in problems] == ["page.json, study 2, nctId", "page.json, study 4, protocolSection"]


def test_one_study_alone_and_one_per_line_are_read(tmp_path: Path) -> None:
    assert len(parts(written(tmp_path, "one.json", study()))[0]) == 1
    single = written(tmp_path, "x.json", study()).read_bytes()
    told, problems = parts(written(tmp_path, "many.jsonl", single + b"\n{broken\n\n" + single))
    assert len(told) == 2 and "line 2" in problems[0].place


def test_the_portals_export_is_read_in_its_own_date_order(tmp_path: Path) -> None:
    told, problems = parts(written(tmp_path, "ictrp.xml", PORTAL))
    assert problems == [] and [one.id for one in told] == ["NCT99000001", "DRKS90000002"]
    first = told[0]
    assert (first.item("16").value, first.item("22").value) == ("2020-01-15", "2023-03-18")
    assert first.item("11").value == "France; United States" and first.item("17").value == ""
    assert first.facets.statuses == ("not_recruiting",) and first.facets.phases == ("2", "3")
    assert first.address == "https://clinicaltrials.gov/show/NCT99000001"
    assert first.item("2").sources == ("WHO ICTRP NCT99000001: date_registration3",)


def test_the_form_in_which_registries_send_data_is_read(tmp_path: Path) -> None:
    told, problems = parts(written(tmp_path, "own.xml", OWN_FORM))
    assert problems == [] and told[0].ids == ("ISRCTN90000003", "U1111-9000-0003")
    assert told[0].item("7").value == "A, Person" and told[0].item("8").value == "Other"
    assert told[0].facets.countries == ("Germany", "France") and told[0].facets.youngest == 18
    assert told[0].item("12").value == "Psoriasis" and told[0].facets.sexes == ("female", "male")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_protocol_is_a_source_like_any_other(name: str) -> None:
    told, problems = parts(find(name))
    assert problems == [] and told[0].id == name and told[0].item("9").sources


@pytest.mark.parametrize("text", [BOMB, OUTSIDE])
def test_a_file_that_declares_entities_is_refused_before_any_grows(tmp_path: Path, text: str) -> None:
    told, problems = parts(written(tmp_path, "bomb.xml", text))
    assert told == [] and "declares a document type or entities" in problems[0].what


def test_a_file_cut_off_gives_the_trials_before_the_cut(tmp_path: Path) -> None:
    told, problems = parts(written(tmp_path, "cut.xml", PORTAL[: PORTAL.index("Another made-up")]))
    assert [one.id for one in told] == ["NCT99000001"] and "broken at line" in problems[0].what


def test_bytes_of_a_wrong_encoding_are_said_and_the_rest_is_read(tmp_path: Path) -> None:
    told, problems = parts(written(tmp_path, "latin.xml", PORTAL.replace("A hospital", "Hôpital").encode("latin-1")))
    assert len(told) == 2 and "not UTF-8" in problems[0].what and told[0].item("5").value == "H\ufffdpital"
    said = PORTAL.replace("UTF-8", "ISO-8859-1").replace("A hospital", "Hôpital")
    told, problems = parts(written(tmp_path, "said.xml", said.encode("latin-1")))
    assert problems == [] and told[0].item("5").value == "Hôpital"
    told, problems = parts(written(tmp_path, "wide.xml", PORTAL.replace("UTF-8", "UTF-16").encode("utf-16")))
    assert problems == [] and len(told) == 2


def test_an_encoding_that_is_none_is_said(tmp_path: Path) -> None:
    told, problems = parts(written(tmp_path, "x.xml", PORTAL.replace("UTF-8", "klingon")))
    assert len(told) == 2 and "no encoding" in problems[0].what


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.json", b"", "It is empty."),
        ("text.txt", b"hello", "neither JSON nor XML"),
        ("broken.json", b'{"studies": [', "The JSON is broken"),
        ("deep.json", b"[" * 5000, "The JSON is broken"),
        ("none.json", b'{"studies": []}', "There is no study in it."),
        ("other.xml", b"<a><b/></a>", "There is no <Trial> in it."),
        ("deep.xml", b"<Trial>" + b"<a>" * 100, "nested too deeply"),
        ("upload.xml", b"<study_collection><clinical_study/></study_collection>", "upload for the registry"),
        ("no.xml", b"<x><Trial><TrialID>?</TrialID></Trial></x>", "is no number of a trial"),
        ("bad.toml", b"id = ", "This is not TOML"),
    ],
)
def test_what_holds_no_trial_says_why(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    told, problems = parts(written(tmp_path, name, content))
    assert told == [] and sentence in problems[0].what


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    told, problems = parts(tmp_path / "absent.json")
    assert told == [] and "cannot be read" in problems[0].what


def test_the_registrys_upload_samples_are_told_apart(shared: Path) -> None:
    for path in sorted((shared / "standards" / "samples" / "registry").glob("ct.xml")):
        told, problems = parts(path)
        assert told == [] and "PRS" in problems[0].what


def test_an_address_with_a_script_in_it_is_no_address(tmp_path: Path) -> None:
    text = PORTAL.replace("https://clinicaltrials.gov/show/NCT99000001", "javascript:alert(1)")
    assert parts(written(tmp_path, "x.xml", text))[0][0].address == ""


def test_half_a_character_stands_as_a_mark_and_whole_ones_stay(tmp_path: Path) -> None:
    text = written(tmp_path, "a.json", study()).read_text("utf-8").replace("A hospital", r"A \ud83d\ude00 \ud800 hos")
    told, problems = parts(written(tmp_path, "a.json", text))
    assert problems == [] and told[0].item("5").value == "A 😀 \ufffd hos"


def test_a_line_without_end_keeps_the_others_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = written(tmp_path, "x.json", study()).read_bytes()
    monkeypatch.setattr(reading, "LONGEST_LINE", len(good) + 10)
    told, problems = parts(written(tmp_path, "a.jsonl", good + b"\n" + b"[" * (3 * len(good)) + b"\n" + good))
    assert len(told) == 2 and problems and all("broken" in one.what for one in problems)


def test_a_file_too_large_to_be_read_at_once_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST", 100)
    told, problems = parts(written(tmp_path, "a.json", study()))
    assert told == [] and "one study per line" in problems[0].instead
