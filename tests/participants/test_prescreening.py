"""The pre-screening log: everybody counted once, by reason, and no room for a name."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connections

from calcitrial.participants import count_log, log_person
from calcitrial.protocol import RefusedError, house_forms
from calcitrial.record import read_head
from calcitrial.record.numbering import form_rows
from tests.consents.consent_study import NURSE, gateway_of

from .test_codes import LINE

DECLINED = LINE | {"prescreening_outcome": "declined", "declined_reason": "too far"}
TOO_YOUNG = LINE | {"prescreening_outcome": "not eligible", "not_eligible_reason": "age"}


def test_the_log_counts_everybody_by_outcome_and_reason(home: Path) -> None:
    gateway = gateway_of()
    assert [log_person(gateway, values, NURSE) for values in (LINE, DECLINED, TOO_YOUNG, DECLINED)] == list("1234")
    counts = count_log(form_rows(gateway, "prescreening"), registered=1)
    assert counts.assessed == 4
    assert counts.outcomes == {"to be screened": 1, "not eligible": 1, "declined": 2}
    assert counts.reasons[0] == ("declined", "too far", 2)


def test_the_same_sheet_twice_is_one_line(home: Path) -> None:
    gateway = gateway_of()
    first = log_person(gateway, LINE, NURSE, ticket="a")
    sequence = read_head("limoges").sequence
    assert log_person(gateway, LINE, NURSE, ticket="a") == first
    assert read_head("limoges").sequence == sequence
    assert log_person(gateway, LINE, NURSE, ticket="b") == "2"


@pytest.mark.parametrize(
    "values",
    [
        LINE | {"prescreening_outcome": "declined"},
        LINE | {"declined_reason": "too far"},
        DECLINED | {"not_eligible_reason": "age"},
    ],
)
def test_a_reason_belongs_to_its_outcome(home: Path, values: dict[str, object]) -> None:
    with pytest.raises(RefusedError, match="Choose the reason that belongs to the outcome"):
        log_person(gateway_of(), values, NURSE)


@pytest.mark.requirement("ICH E6(R3) 3.16.1(s)")
def test_the_log_has_no_free_text_but_the_site() -> None:
    free = [item.id for item in house_forms()["prescreening"].items if item.type == "text"]
    assert free == ["prescreening_site", "ticket"]


def test_two_nurses_with_the_same_words_are_two_lines(home: Path) -> None:
    gateway = gateway_of()

    def one(ticket: int) -> str:
        try:
            return log_person(gateway_of(), LINE, NURSE, ticket=str(ticket))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(one, range(8)))
    assert sorted(numbers) == list("12345678")
    assert len(form_rows(gateway, "prescreening")) == 8
