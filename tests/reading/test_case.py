"""Cases out of the record: one series of one visit, of any kind that a protocol has a form for."""

from dataclasses import replace

import pytest

from calcitrial.protocol import find, parse
from calcitrial.reading import Answer, answer, open_reading, references, worklist
from calcitrial.reading.case import cases, unreleased
from calcitrial.record import Draft, Gateway, Place, current_rows, make_cut
from tests.invented_trial import NURSE, enter_trial
from tests.reading.conftest import MANAGER, PLAN, SMALL


@pytest.fixture
def filmed(home: object) -> Gateway:
    """A trial whose protocol has a form for radiographs, with one radiograph."""
    text = find("stsinj").read_text("utf-8")
    gateway = enter_trial(parse(text.encode(), "filmed.toml"), SMALL)
    place = Place("PIT-002", "film_measurement", "BL", "PIT-002-L1")
    gateway.enter(
        [Draft(place, {"area": 12, "software": "test", "series_uid": "1.2.9", "series_digest": "f" * 64})], NURSE
    )
    open_reading("stsinj", replace(PLAN, repeat_share=0.0), MANAGER)
    return gateway


def test_a_case_is_one_visit_with_all_its_lesions(trial: Gateway) -> None:
    rows = current_rows("stsinj")
    assert cases(trial.protocol, rows, ()) == () and unreleased(trial.protocol, rows, ()) == 12
    found = cases(trial.protocol, rows, (10**6,))
    assert len(found) == 12 and unreleased(trial.protocol, rows, (10**6,)) == 0
    assert {(one.participant, one.visit) for one in found} == {
        (f"PIT-{number:03}", visit) for number in range(1, 5) for visit in ("BL", "W12", "W24")
    }
    assert {len(one.lesions) for one in found} == {2, 3}
    assert len({one.series_uid for one in found}) == 12


def test_batches_part_cases_by_the_entry_that_names_their_series(trial: Gateway) -> None:
    rows = current_rows("stsinj")
    every = cases(trial.protocol, rows, (10**6,))
    middle = sorted(known.entry for one in every for known in one.lesions)[len(every)]
    parted = cases(trial.protocol, rows, (middle, 10**6))
    assert {one.batch for one in parted} == {1, 2}
    for one in parted:
        assert all((known.entry <= middle) == (one.batch == 1) for known in one.lesions)


def test_a_measurement_whose_series_was_redacted_is_no_case(trial: Gateway) -> None:
    entries = current_rows("stsinj", "PIT-001", ["ct_measurement"]).filter(item="series_uid", visit="BL")
    for number in entries["number"]:
        trial.redact(number, "another person's series", NURSE)
    assert unreleased(trial.protocol, current_rows("stsinj"), ()) == 11


def test_a_film_is_read_by_area_beside_the_ct_of_the_same_visit(filmed: Gateway) -> None:
    assert sorted(task.kind for task in worklist("stsinj", "R1")).count("film") == 1
    for reader, area in (("R1", "10"), ("R2", "12")):
        for task in (one for one in worklist("stsinj", reader) if one.kind == "film"):
            assert task.lesions[0].point_mm is None
            answer("stsinj", reader, task.id, [Answer("A", "measured", {"area": area})], 4.0)
    (found,) = references(make_cut("stsinj", "test"), "area")
    assert found.image == ("PIT-002", "BL", "PIT-002-L1", "film") and found.rule == "two agree"
    assert found.value == pytest.approx(120**0.5)
    assert set(make_cut("stsinj", "test").table("read")["repeat"]) == {"R1/film", "R2/film"}
