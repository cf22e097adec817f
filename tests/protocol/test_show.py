"""The page of a protocol: everything with its mark, every gap, nothing lost."""

import json
import re

import pytest

from calcitrial.protocol import Protocol, assumed, describe, gaps, load, show, sourced_parts

MARK = r"^  (seen|derived|inferred|in part|CONFLICT|ASSUMED|NOT PUBLIC) +"


@pytest.fixture(params=["limoges", "stsinj", "limoges/untreated_lesion", "limoges/observation_lead_in"])
def protocol(request: pytest.FixtureRequest) -> Protocol:
    name, _, control = request.param.partition("/")
    return load(name, control)


def plain(text: str) -> str:
    return " ".join(text.split())


def test_every_gap_and_every_proposal_is_on_the_page(protocol: Protocol) -> None:
    page = plain(show(protocol))
    assert len(gaps(protocol)) > 10
    for line in (*gaps(protocol), *assumed(protocol)):
        assert plain(line) in page


def test_every_fact_is_on_the_page_with_its_mark_and_its_note(protocol: Protocol) -> None:
    page = show(protocol)
    for fact in protocol.facts.values():
        assert re.search(MARK + rf"({fact.who}\. )?{re.escape(fact.label.split(' ')[0])}", page, re.MULTILINE)
        assert plain(fact.note) in plain(page)


@pytest.mark.parametrize(
    ("trial", "line"),
    [
        ("limoges", "seen 17. Sample size: 40 participants [5]"),
        ("limoges", "CONFLICT 22. Completion date (planned): 2023-03-01 / 2023-03-18 [1] [2]"),
        ("limoges", "NOT PUBLIC Kind of control: unspecified [3]"),
        ("limoges", "Each participant is STS or CTL, 1:1 in blocks of 4, within diagnosis."),
        ("limoges", "Primary, if the control is concurrent_untreated: Calcium mass"),
        ("limoges", "ASSUMED W04 28 25 to 31 Week 4, second injection. Injection of a lesion; Pain [11]"),
        ("limoges", "inferred CT is mentioned in criteria or outcomes: yes [2]"),
        ("stsinj", "seen Robyn T. Domsic, MD, MPH: sponsor-investigator, principal investigator, PITTSBURGH [2]"),
        ("stsinj", "(a person must answer)"),
        ("stsinj", "inferred Kind of control: none [1]"),
        ("stsinj", "Arm STS: Intralesional sodium thiosulfate (treated)"),
    ],
)
def test_lines_of_the_page(trial: str, line: str) -> None:
    assert line in plain(show(load(trial)))


def test_the_chosen_control_is_marked_and_the_page_still_says_that_it_is_not_public() -> None:
    page = plain(show(load("limoges", "untreated_lesion")))
    assert "ASSUMED CHOSEN: untreated_lesion:" in page
    assert "NOT PUBLIC Kind of control: unspecified" in page
    assert "Primary: Calcium mass" in page
    assert "if the control is" not in page


def test_the_page_keeps_to_its_width_addresses_aside_and_to_plain_signs(protocol: Protocol) -> None:
    page = show(protocol)
    assert all(len(line) <= 100 or "://" in line for line in page.splitlines())
    assert page.isascii()


def test_sources_are_numbered_and_every_number_is_there(protocol: Protocol) -> None:
    page = show(protocol)
    cited = {int(number) for number in re.findall(r"\[(\d+)\]", page.split("\nSOURCES")[0])}
    listed = {int(number) for number in re.findall(r"^  \[ ?(\d+)\] ", page, re.MULTILINE)}
    assert listed == set(range(1, len(protocol.sources) + 1))
    assert cited <= listed
    assert all(source.url in page for source in protocol.sources.values())


def test_gaps_are_exactly_what_is_not_whole(protocol: Protocol) -> None:
    parts = [part for _, part in sourced_parts(protocol) if part.status in ("unspecified", "partial")]
    assert len(gaps(protocol)) == len(parts)
    unspecified = sum(part.status == "unspecified" for part in parts)
    assert sum(": not public." in line for line in gaps(protocol)) == unspecified


def test_a_proposal_says_its_value_and_the_variant_it_belongs_to() -> None:
    lines = assumed(load("limoges"))
    assert any(line.startswith("Most target lesions per participant, 5 lesions: ") for line in lines)
    assert any("(variant observation_lead_in)" in line and line.startswith("Visit LI") for line in lines)


def test_the_description_is_plain_data_and_whole(protocol: Protocol) -> None:
    told = json.loads(json.dumps(describe(protocol)))
    assert told["digest"] == protocol.digest
    assert tuple(told["gaps"]) == gaps(protocol)
    assert tuple(told["assumed"]) == assumed(protocol)
    again = {key: value for key, value in told.items() if key not in ("digest", "gaps", "assumed")}
    assert Protocol.model_validate(again).digest == protocol.digest


def test_a_protocol_with_nothing_in_it_still_has_a_page() -> None:
    bare = Protocol.model_validate(
        {
            "id": "bare",
            "name": "Bare",
            "version": "1",
            "sources": {},
            "facts": {},
            "forms": [],
            "control": {"kind": "unspecified", "status": "unspecified"},
        }
    )
    page = show(bare)
    assert "VISITS" in page
    assert "STOPPING RULES\n  None." in page
