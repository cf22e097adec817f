"""Codes: made by the program, never personal, never the same twice, never mistaken for another."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from calcitrial.participants import log_person, make_code, register, screen, sites_known, sound
from calcitrial.participants.codes import check_letter, prefix_of
from calcitrial.protocol import RefusedError
from calcitrial.record import Author, Draft, Place, current_rows, verify_study
from tests.consents.consent_study import FIRST, NURSE, SITE, gateway_of, registered

LINE = {
    "prescreening_site": SITE,
    "prescreened_on": "2026-01-02",
    "found_by": "clinic list",
    "prescreening_outcome": "to be screened",
}


@pytest.mark.parametrize(
    ("site", "prefix"), [("LIMOGES", "LIM"), ("Hôpital Écully", "HOP"), ("a1", "AXX"), ("", "XXX")]
)
def test_a_prefix_is_three_plain_letters(site: str, prefix: str) -> None:
    assert prefix_of(site) == prefix


@given(st.integers(1, 99_999), st.data())
def test_a_wrong_digit_or_two_swapped_are_always_noticed(number: int, data: st.DataObject) -> None:
    code = make_code("LIMOGES", number)
    assert sound(code)
    digits = [place for place, sign in enumerate(code) if sign.isdigit()]
    place = data.draw(st.sampled_from(digits))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != code[place]]))
    assert not sound(code[:place] + wrong + code[place + 1 :])
    for one in digits[:-1]:
        swapped = code[:one] + code[one + 1] + code[one] + code[one + 2 :]
        assert swapped == code or not sound(swapped)


def test_another_check_letter_is_no_code() -> None:
    assert not sound("LIM-001") and not sound("LIM-001O") and not sound("marie") and not sound("LIM-001 ")
    assert check_letter("LIM", 1) not in "ILO"


def test_a_number_begins_with_no_needless_zero() -> None:
    assert sound(make_code("LIMOGES", 1000)) and not sound(make_code("LIMOGES", 1000).replace("-", "-0"))


@pytest.mark.requirement("ICH E6(R3) 3.16.1(s)")
def test_a_code_is_made_of_site_and_number_alone(home: Path) -> None:
    gateway = gateway_of()
    codes = [registered(gateway) for _ in range(3)]
    assert codes == [make_code(SITE, number) for number in (1, 2, 3)]
    assert all(re.fullmatch(r"LIM-00[123][A-HJKMNP-Z]", code) for code in codes)
    rows = current_rows("limoges", codes[0])
    assert dict(zip(rows["item"], rows["value"], strict=True)) == {"site": SITE, "registered_on": "2026-01-01"}


@pytest.mark.requirement("ICH E6(R3) 3.16.1(s)")
def test_a_code_that_somebody_made_up_is_refused(home: Path) -> None:
    gateway = gateway_of()
    draft = Draft(Place("MD-1962-03-04", "registration"), {"site": SITE, "registered_on": "2026-01-02"})
    with pytest.raises(RefusedError, match="no code that the program made"):
        gateway.enter([draft], NURSE)


def test_numbers_go_on_after_codes_of_an_earlier_kind(home: Path) -> None:
    gateway = gateway_of()
    screen(gateway, "LIM-041", {"screening_date": "2026-01-01", "site": SITE}, NURSE)
    assert registered(gateway) == make_code(SITE, 42)


def test_the_site_of_a_screening_is_that_of_the_registration(home: Path) -> None:
    gateway = gateway_of()
    code = registered(gateway)
    with pytest.raises(RefusedError, match=f"{code} is registered at LIMOGES, not at PARIS"):
        screen(gateway, code, {"screening_date": "2026-01-01", "site": "PARIS"}, NURSE)


def test_a_site_that_the_study_does_not_have_registers_nobody(home: Path) -> None:
    gateway = gateway_of()
    with pytest.raises(RefusedError, match=r"has no site 'PARIS'\. Its sites: LIMOGES"):
        register(gateway, "PARIS", FIRST, NURSE)
    assert sites_known("limoges", gateway.protocol) == ("LIMOGES",)


def test_a_line_of_the_log_gets_one_code(home: Path) -> None:
    gateway = gateway_of()
    number = log_person(gateway, LINE, NURSE)
    code = register(gateway, SITE, FIRST, NURSE, number_in_log=number, ticket="t1")
    assert register(gateway, SITE, FIRST, NURSE, number_in_log=number, ticket="t1") == code
    with pytest.raises(RefusedError, match=f"has the code {code} already"):
        register(gateway, SITE, FIRST, NURSE, number_in_log=number, ticket="t2")
    with pytest.raises(RefusedError, match="has no line '9'"):
        register(gateway, SITE, FIRST, NURSE, number_in_log="9")


def test_only_who_is_to_be_screened_gets_a_code(home: Path) -> None:
    gateway = gateway_of()
    declined = LINE | {"prescreening_outcome": "declined", "declined_reason": "too far"}
    number = log_person(gateway, declined, NURSE)
    with pytest.raises(RefusedError, match="says 'declined'"):
        register(gateway, SITE, FIRST, NURSE, number_in_log=number)


def test_twenty_nurses_at_once_get_twenty_codes(home: Path) -> None:
    gateway = gateway_of()

    def one(number: int) -> str:
        try:
            return register(gateway_of(), SITE, date(2026, 1, 3), Author(f"nurse {number}", "study_nurse"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(one, range(20)))
    assert sorted(codes) == [make_code(SITE, number) for number in range(1, 21)]
    assert verify_study(gateway.study).ok
