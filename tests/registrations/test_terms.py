"""What registries write is brought to one spelling, and what cannot be read gives nothing."""

import pytest

from calcitrial.registrations.plain_text import plain, searchable
from calcitrial.registrations.terms import (
    countries_in,
    country_named,
    date_in,
    phases_in,
    sexes_in,
    statuses_in,
    years_in,
)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("RECRUITING", "recruiting"),
        ("Not yet recruiting", "not_yet"),
        ("ACTIVE_NOT_RECRUITING", "active"),
        ("Not Recruiting", "not_recruiting"),
        ("Authorised, recruiting", "recruiting"),
        ("Authorised, recruitment pending", "not_yet"),
        ("Authorised-recruitment may be ongoing or finished", "unknown"),
        ("Ongoing", "unknown"),
        ("Ongoing, recruitment ended", "not_recruiting"),
        ("ENROLLING_BY_INVITATION", "invitation"),
        ("Completed", "completed"),
        ("TERMINATED", "terminated"),
        ("WITHDRAWN", "withdrawn"),
        ("UNKNOWN", "unknown"),
    ],
)
def test_status(text: str, status: str) -> None:
    assert statuses_in(text) == (status,)
    assert statuses_in("") == statuses_in("Not Available") == ()


@pytest.mark.parametrize(
    ("text", "phases"),
    [
        ("PHASE2", ("2",)),
        ("Phase II/III", ("2", "3")),
        ("II", ("2",)),
        ("Phase 1/Phase 2", ("1", "2")),
        ("EARLY_PHASE1", ("early 1",)),
        ("Phase 0", ("early 1",)),
        ("N/A", ("none",)),
        ("Not Applicable", ("none",)),
        ("pilot in 12 people", ()),
        ("Human pharmacology (Phase I): no\nTherapeutic exploratory (Phase II): yes\nPhase III: no", ("2",)),
        ("", ()),
    ],
)
def test_phase(text: str, phases: tuple[str, ...]) -> None:
    assert phases_in(text) == phases


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2020-01-31", "2020-01-31"),
        ("2020-01", "2020-01"),
        ("25/06/2018", "2018-06-25"),
        ("20180625", "2018-06-25"),
        ("June 2018", "2018-06"),
        ("24 August 2026", "2026-08-24"),
        ("August 24, 2026", "2026-08-24"),
        ("2023-02-30", ""),
        ("31/13/2018", ""),
        ("soon", ""),
    ],
)
def test_date(text: str, iso: str) -> None:
    assert date_in(text) == iso


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("18 Years", 18),
        ("6 Months", 0.5),
        ("65Y", 65),
        ("N/A", None),
        ("no limit", None),
        ("2.5 years", 2.5),
        ("40", 40),
    ],
)
def test_age(text: str, years: float | None) -> None:
    assert years_in(text) == years


@pytest.mark.parametrize(
    ("text", "sexes"),
    [
        ("ALL", ("female", "male")),
        ("Both", ("female", "male")),
        ("FEMALE", ("female",)),
        ("Male", ("male",)),
        ("Female: yes Male: no", ("female",)),
        ("", ()),
    ],
)
def test_sex(text: str, sexes: tuple[str, ...]) -> None:
    assert sexes_in(text) == sexes


def test_countries_have_one_spelling_each() -> None:
    assert countries_in("United States of America;France|Czech Republic") == ("United States", "France", "Czechia")
    assert country_named("fr") == "France" and country_named("Atlantis") == "Atlantis"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("two\u200b words\x07", "two words"),
        ("a<br>b<p>c", "a\nb\nc"),
        ("caf\u0065\u0301", "café"),
        ("x < 5 and y > 3 & z", "x < 5 and y > 3 & z"),
        ("<style>p{}</style>seen", "seen"),
        ("  much   space  ", "much space"),
    ],
)
def test_text_is_made_plain(text: str, words: str) -> None:
    assert plain(text)[0] == words


def test_a_text_without_end_is_cut_off_and_its_length_said() -> None:
    text, told = plain("<b>" + "long " * 1_000_000)
    assert len(text) == 20_000 and "5,000,003 characters" in told


@pytest.mark.parametrize("text", ["<a" * 100_000, "&" * 100_000, " ." * 100_000 + "\x00", "a  " * 60_000])
def test_hostile_texts_take_no_time(text: str) -> None:
    assert len(plain(text)[0]) <= 20_000


def test_words_are_searched_without_accents_case_and_marks() -> None:
    assert searchable("Sclérose-en plaques (SEP), 10 % ŒUVRE") == "sclerose en plaques sep 10 œuvre"
