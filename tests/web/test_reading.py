"""What the pages read: arms by plan, visits against their windows, and the words for values."""

from datetime import date, timedelta

import polars as pl
import pytest
from django.http import Http404

from calcitrial.participants import Window
from calcitrial.protocol import Protocol, load
from calcitrial.record import Place
from calcitrial.web.reading import (
    Reading,
    VisitMark,
    history_link,
    next_visit,
    protocol_or_404,
    read,
    simulated,
    standing,
    visit_marks,
    written,
)

COLUMNS = ("participant", "form", "visit", "lesion", "repeat", "item", "version", "value", "unit", "number")


def reading(protocol: Protocol, *rows: tuple[str, str, str, str, str, str]) -> Reading:
    """A reading of values given as (participant, form, visit, lesion, item, value)."""
    long = [(p, f, v, lesion, "", item, 1, value, "", n) for n, (p, f, v, lesion, item, value) in enumerate(rows, 1)]
    schema = {name: pl.Int64 if name in ("version", "number") else pl.String for name in COLUMNS}
    return Reading(protocol.id, protocol, pl.DataFrame(long, schema=schema, orient="row"))


def planned(unit: str) -> Protocol:
    protocol = load("stsinj")
    return protocol.model_copy(update={"allocation": protocol.allocation.model_copy(update={"unit": unit})})


@pytest.mark.parametrize(
    ("unit", "row", "arm"),
    [
        ("none", ("A", "enrolment", "", "", "enrolment_date", "2026-01-01"), "STS"),
        ("none", ("A", "screening", "", "", "screening_date", "2026-01-01"), ""),
        ("participant", ("A", "allocation", "", "", "arm", "STS"), "STS"),
        ("participant", ("A", "enrolment", "", "", "enrolment_date", "2026-01-01"), ""),
        ("lesion", ("A", "lesion_allocation", "", "A-L1", "lesion_arm", "STS"), "STS"),
        ("lesion", ("A", "lesion_allocation", "", "A-L2", "lesion_arm", "STS"), ""),
    ],
)
def test_the_arm_of_a_lesion_follows_the_plan(unit: str, row: tuple[str, ...], arm: str) -> None:
    assert reading(planned(unit), row).arm_of("A", "A-L1") == arm


def test_a_form_that_the_protocol_lacks_has_no_rows() -> None:
    assert reading(load("stsinj")).table("questionnaire") == []


def test_visits_are_counted_from_the_baseline() -> None:
    rows = [("A", "screening", "", "", "screening_date", "2026-01-01")]
    rows += [("A", "visit", visit, "", "visit_date", on) for visit, on in (("BL", "2026-01-15"), ("W04", "2026-02-16"))]
    marks = {mark.id: mark for mark in visit_marks(reading(load("stsinj"), *rows), "A")}
    assert [(mark.day, mark.state) for mark in marks.values()][:4] == [
        (-14, "done"),
        (0, "done"),
        (32, "outside"),
        (None, "open"),
    ]
    assert marks["W04"].words == (
        "Week 4, second injection: 2026-02-16, OUTSIDE its window (window 2026-02-09 to 2026-02-15)."
    )
    assert marks["W08"].words.endswith("not done; window 2026-03-09 to 2026-03-15.")


@pytest.mark.parametrize(("shift", "state"), [(-1, "outside"), (0, "done"), (6, "done"), (7, "outside")])
def test_both_ends_of_a_window_belong_to_it(shift: int, state: str) -> None:
    visit = load("stsinj").visits[2]
    first = date(2026, 2, 1)
    window = Window(visit, first + timedelta(days=3), first, first + timedelta(days=6))
    assert VisitMark("W04", "Week 4", first + timedelta(days=shift), 28, window).state == state


def test_before_the_baseline_no_window_is_known() -> None:
    rows = [("A", "screening", "", "", "screening_date", "2026-01-01")]
    marks = visit_marks(reading(load("stsinj"), *rows), "A")
    assert marks[0].words == "Screening: 2026-01-01, done (window not known yet)."
    assert {mark.day for mark in marks} == {None}


SCREENED, ENROLLED = {"screening_date": "2026-01-01"}, {"enrolment_date": "2026-01-15"}
ENDED = {"end_reason": "withdrew consent", "end_date": "2026-03-01"}


@pytest.mark.parametrize(
    ("forms", "status", "since"),
    [
        ((None, None, None), "entered", None),
        ((SCREENED, None, None), "screened", date(2026, 1, 1)),
        ((SCREENED, ENROLLED, None), "enrolled", date(2026, 1, 15)),
        ((SCREENED, ENROLLED, ENDED), "ended: withdrew consent", date(2026, 3, 1)),
        (({"screening_date": None}, None, None), "screened", None),
    ],
)
def test_standing_is_the_last_station_reached_and_its_day(
    forms: tuple[dict | None, ...], status: str, since: date | None
) -> None:
    assert standing(*forms) == (status, since)


def test_the_next_visit_is_the_first_that_is_still_to_come() -> None:
    rows = [("A", "screening", "", "", "screening_date", "2026-01-01")]
    rows += [("A", "visit", visit, "", "visit_date", on) for visit, on in (("BL", "2026-01-15"), ("W08", "2026-03-12"))]
    marks = visit_marks(reading(load("stsinj"), *rows), "A")
    assert [mark.state for mark in marks] == ["done", "done", "missed", "done", "open", "open"]
    assert marks[2].words.endswith("not done, a later visit took place; window 2026-02-09 to 2026-02-15.")
    following = next_visit(marks)
    assert following is not None and following.id == "W12"


def test_after_the_end_of_study_no_visit_is_due() -> None:
    rows = [
        ("A", "visit", "BL", "", "visit_date", "2026-01-15"),
        ("A", "end_of_study", "", "", "end_date", "2026-02-03"),
    ]
    marks = visit_marks(reading(load("stsinj"), *rows), "A")
    assert {mark.state for mark in marks[2:]} == {"missed"} and next_visit(marks) is None
    assert "not done, the study ended on 2026-02-03; window" in marks[2].words


def test_values_are_written_for_people() -> None:
    assert [written("true"), written("false"), written("0.5", "mL"), written("x"), written(None), written("")] == [
        "yes",
        "no",
        "0.5 mL",
        "x",
        "",
        "",
    ]


def test_only_a_site_that_begins_so_is_simulated() -> None:
    assert simulated("SIMULATED site") and simulated("Simulated") and not simulated("not SIMULATED")
    assert not simulated(None)


def test_a_history_link_leaves_out_what_is_empty_and_quotes_the_rest(pages: object) -> None:
    link = history_link("stsinj", Place("A&B", "pain", "BL"), "pain_nrs")
    assert link == "/stsinj/history/?participant=A%26B&form=pain&visit=BL&item=pain_nrs"


def test_unknown_study_and_participant_are_sentences(pages: object) -> None:
    with pytest.raises(Http404, match="This study is not open here"):
        protocol_or_404("nope")
    with pytest.raises(Http404, match=r"Participant 'X' is not known in study stsinj. Choose one from its list."):
        read("stsinj", "X")
