"""The criterion that rests on consent follows the consents: shown, asked at enrolment, and in the record by one act."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from calcitrial.consents import release, take_consent
from calcitrial.participants import enrol, follow_consents, screen, screening_of
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Gateway, Place, make_cut, read_head, standing_of
from tests.consents.consent_study import ADMIN, NURSE, SITE, gateway_of, put_into_use, registered
from tests.consents.test_consent import ON, act
from tests.participants.test_screening import WELL

NOT_YET = {name: value for name, value in WELL.items() if name != "consent_signed"} | {"site": SITE}


def screened(home: Path, *, follows: bool = True, age: int = 44) -> tuple[Gateway, str]:
    """Return a study and somebody screened before any consent; without `follows` nothing is carried along."""
    gateway = replace(gateway_of(), follows=(follow_consents,) if follows else ())
    put_into_use(gateway, home)
    code = registered(gateway)
    known = gateway.protocol.form("screening")
    assert known is not None
    answers = {name: value for name, value in (NOT_YET | {"age_years": age}).items() if known.item(name)}
    screen(gateway, code, answers, NURSE, {"B-I5": "true", "B-E0": "false"})
    return gateway, code


def result(gateway: Gateway, code: str) -> str:
    return next(one.result for one in screening_of(gateway, code).assessments if one.criterion.id == "A-I3")


def in_record(gateway: Gateway, code: str) -> dict[str, str]:
    return standing_of(gateway.study, Place(code, "criterion", repeat="A-I3")).values


def test_a_consent_carries_its_criterion_into_the_record_in_one_act(home: Path) -> None:
    gateway, code = screened(home)
    assert result(gateway, code) == "unknown" == in_record(gateway, code)["result"]
    before = read_head(gateway.study).sequence
    take_consent(gateway, code, act(gateway), NURSE, ticket="once")
    assert read_head(gateway.study).sequence == before + 1
    assert in_record(gateway, code)["result"] == "true" and "consent_signed = true" in in_record(gateway, code)["basis"]
    assert standing_of(gateway.study, Place(code, "screening")).values["consent_signed"] == "true"
    take_consent(gateway, code, act(gateway), NURSE, ticket="once")
    assert read_head(gateway.study).sequence == before + 1, "the same sheet twice"
    enrol(gateway, code, ON, NURSE)


def test_what_was_signed_before_is_derived_and_told_by_the_enrolment(home: Path) -> None:
    gateway, code = screened(home, follows=False)
    take_consent(gateway, code, act(gateway), NURSE)
    assert (result(gateway, code), in_record(gateway, code)["result"]) == ("true", "unknown")
    before = read_head(gateway.study).sequence
    enrol(replace(gateway, follows=(follow_consents,)), code, ON, NURSE)
    assert read_head(gateway.study).sequence == before + 1 and in_record(gateway, code)["result"] == "true"
    rows = make_cut(gateway.study, "test").table("criterion").iter_rows(named=True)
    assert all(row["result"] != "unknown" for row in rows), "so the report lists no deviation"


def test_a_refusal_speaks_against_and_a_missing_assent_says_nothing(home: Path) -> None:
    gateway, code = screened(home)
    no = act(gateway, decision="refused", consent_method="not signed", signature_sha256=None)
    take_consent(gateway, code, no, NURSE)
    assert result(gateway, code) == "false"
    with pytest.raises(RefusedError, match=r"A-I3 .* is not met"):
        enrol(gateway, code, ON, NURSE)
    take_consent(gateway, code, act(gateway), NURSE)
    assert result(gateway, code) == "true"


def test_a_minor_needs_both_before_the_criterion_is_known(home: Path) -> None:
    gateway, code = screened(home, age=12)
    for signer in ("parent", "second parent"):
        take_consent(gateway, code, act(gateway, "parent", 12, signer=signer), NURSE)
    assert result(gateway, code) == "unknown"
    take_consent(gateway, code, act(gateway, "assent", 12), NURSE)
    assert result(gateway, code) == "true"


def test_after_enrolment_the_criterion_stays_as_it_was_decided(home: Path) -> None:
    gateway, code = screened(home)
    take_consent(gateway, code, act(gateway), NURSE)
    enrol(gateway, code, ON, NURSE)
    later = act(gateway, decision="refused", consent_method="not signed", signature_sha256=None)
    take_consent(gateway, code, later, NURSE)
    assert result(gateway, code) == "true" == in_record(gateway, code)["result"]


def test_a_screening_saved_in_the_same_act_speaks_for_itself(home: Path) -> None:
    gateway, code = screened(home)
    both = [Draft(Place(code, "screening"), {}), Draft(Place(code, "enrolment"), {})]
    take_consent(replace(gateway, follows=()), code, act(gateway), NURSE)
    assert follow_consents(gateway, both) == [] and len(follow_consents(gateway, both[1:])) == 2
    release(gateway, "adult", "1", "LYON", ON - timedelta(days=9), ADMIN)
    assert follow_consents(gateway, [Draft(Place(code, "visit", "BL"), {})]) == []
