"""The protocol as a page: every sourced part appears once, with its status in word and sign."""

from typing import get_args

import pytest

from calcitrial.protocol import Protocol, load
from calcitrial.protocol.schema import Status
from calcitrial.web.protocol_page import STATUS, sections


@pytest.fixture(params=["stsinj", "limoges"])
def protocol(request: pytest.FixtureRequest) -> Protocol:
    return load(request.param)


def test_every_status_has_a_sign_and_words() -> None:
    assert set(STATUS) == set(get_args(Status))
    assert STATUS["unspecified"][1] == "not public" and STATUS["seen"][0] != STATUS["assumed"][0]


def test_every_part_is_there(protocol: Protocol) -> None:
    found = {section.id: section.lines for section in sections(protocol)}
    assert len(found["facts"]) == len(protocol.facts)
    assert len(found["visits"]) == len(protocol.visits)
    assert len(found["inclusion"]) + len(found["exclusion"]) == len(protocol.criteria)
    assert len(found["endpoints"]) == len(protocol.endpoints)
    assert len(found["dose"]) == len(protocol.dose) and len(found["lesions"]) == len(protocol.lesions)
    assert len(found["control"]) == 1


def test_facts_come_in_the_order_of_the_who_data_set(protocol: Protocol) -> None:
    (facts,) = [section for section in sections(protocol) if section.id == "facts"]
    numbers = [line.heading.split("WHO item ")[1].rstrip(")") for line in facts.lines if "WHO item" in line.heading]
    assert numbers == sorted(numbers, key=lambda n: [int(part) for part in n.split(".")])
    assert all("WHO item" in line.heading for line in facts.lines[: len(numbers)])


def test_what_is_not_public_has_no_text(protocol: Protocol) -> None:
    (facts,) = [section for section in sections(protocol) if section.id == "facts"]
    assert all(bool(line.text) == (line.status != "unspecified") for line in facts.lines)


def test_an_endpoint_tells_its_estimand() -> None:
    (endpoints,) = [section for section in sections(load("stsinj")) if section.id == "endpoints"]
    told = dict(endpoints.lines[0].more)
    assert told["Unit"] == "lesion" and told["Outcome"] == "ct_mass at Week 12, review with CT"
    assert told["Summary"].startswith("Geometric mean ratio")


def test_the_chosen_control_is_named_beside_the_others() -> None:
    undecided = load("limoges")
    chosen = load("limoges", undecided.control.variants[0].id)
    (before,), (after,) = (
        next(section.lines for section in sections(p) if section.id == "control") for p in (undecided, chosen)
    )
    assert before.text == "" and after.text == f"chosen: {undecided.control.variants[0].label}"
    assert len([1 for label, _text in after.more if label == "Variant"]) == len(undecided.control.variants)
