"""Sources that cannot all be right are in conflict; other wording only differs; nothing is chosen."""

import pytest

from calcitrial.protocol import load
from calcitrial.registrations import Said, Trial
from calcitrial.registrations.compare import NO_FIELD, verdict
from calcitrial.registrations.own_protocol import statement_of_protocol


def said(value: str, note: str = "", status: str = "seen") -> Said:
    return Said("a source", value, status, (), note)


@pytest.mark.parametrize(
    ("number", "values", "expected"),
    [
        ("22", ["2023-03-01", "2023-03-18"], "conflict"),
        ("22", ["2023-03", "2023-03-18"], ""),
        ("22", ["March 2023", "2023-03-18"], ""),
        ("17", ["40 participants", "40 (estimated)"], ""),
        ("17", ["40 participants", "0"], "conflict"),
        ("17", ["1,000", "1000"], ""),
        ("18", ["Recruiting", "RECRUITING"], ""),
        ("18", ["Recruiting", "Completed"], "conflict"),
        ("18", ["Completed", "Not recruiting"], ""),
        ("18", ["Recruiting", "Not recruiting"], "conflict"),
        ("11", ["France; United States", "United States of America;France"], ""),
        ("11", ["France", "Germany"], "conflict"),
        ("9", ["A title", "A  Title."], ""),
        ("9", ["A title", "Another"], "differ"),
        ("17", ["40", ""], "gap"),
        ("17", ["", ""], ""),
    ],
)
def test_verdicts(number: str, values: list[str], expected: str) -> None:
    assert verdict(number, [said(value) for value in values]) == expected


def test_a_source_without_a_field_leaves_nothing_empty() -> None:
    assert verdict("21", [said("approved"), said("", NO_FIELD)]) == ""


def test_the_real_limoges_record_shows_two_end_dates_each_with_its_page() -> None:
    trial = Trial("NCT03582800", (statement_of_protocol(load("limoges")),))
    (item,) = trial.conflicts
    assert item.number == "22" and [one.value for one in item.said] == ["2023-03-01", "2023-03-18"]
    assert "clinicaltrialexchange" in item.said[0].read_at[0] and "centerwatch" in item.said[1].read_at[0]
    size = next(item for item in trial.items if item.number == "17")
    assert size.said[0].value == "40 participants" and "print 0 or leave the place blank" in size.said[0].note


def test_what_the_protocols_do_not_know_stays_unknown() -> None:
    trial = Trial("stsinj", (statement_of_protocol(load("stsinj")),))
    assert {"1", "2", "7", "16", "17", "18", "22"} <= {item.number for item in trial.items if not item.known}
    assert trial.facets.statuses == () and trial.facets.oldest is None
