"""What a study holds is kept between two looks, and never differs from what the record says."""

import random

import pytest

from calcitrial.record import Draft, Gateway, Place, current_rows, now, read_head, store
from calcitrial.record.known import _kept, all_rows, frame
from tests.record.small_study import NURSE, drop_triggers, execute, number_of, opening


def said_by_the_record(study: str) -> object:
    return frame(store.current(study)).rows()


def test_every_kind_of_change_is_seen(door: Gateway) -> None:
    door.enter([*opening("P1"), *opening("P2")], NURSE)
    pain = Place("P1", "pain", "BL")
    acts = (
        lambda: door.enter([Draft(pain, {"pain_nrs": 3})], NURSE),
        lambda: door.enter([Draft(pain, {"pain_nrs": 4}, 1, "misread")], NURSE),
        lambda: door.enter(opening("P0"), NURSE),
        lambda: door.enter([Draft(Place("", "allocation_slot", repeat="SSc/1"), {"taken_by": "P1"})], NURSE),
        lambda: door.enter([Draft(Place("P1", "screening"), {"age_years": None}, 1, "not known")], NURSE),
        lambda: door.redact(number_of("screening_date"), "a name", NURSE),
    )
    for act in acts:
        assert current_rows(door.study).rows() == said_by_the_record(door.study)
        act()
        assert current_rows(door.study).rows() == said_by_the_record(door.study)


def test_what_is_known_is_not_read_twice(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    assert all_rows(door.study) is all_rows(door.study)


def test_many_random_acts_leave_nothing_behind(door: Gateway) -> None:
    chance, names = random.Random(5), [f"P{n}" for n in (3, 10, 1, 2, 20)]
    door.enter([draft for name in names for draft in opening(name)], NURSE)
    versions = dict.fromkeys(names, 0)
    for _time in range(40):
        name = chance.choice(names)
        draft = Draft(Place(name, "pain", "BL"), {"pain_nrs": chance.randrange(11)}, versions[name], "again")
        versions[name] += bool(door.enter([draft], NURSE).entries)
        if chance.random() < 0.4:
            assert current_rows(door.study).rows() == said_by_the_record(door.study)
    assert current_rows(door.study).rows() == said_by_the_record(door.study)


def test_an_act_that_was_undone_is_not_remembered(door: Gateway) -> None:
    from django.db import transaction

    door.enter(opening("P1"), NURSE)
    before = current_rows(door.study)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        door.enter([Draft(Place("P1", "pain", "BL"), {"pain_nrs": 3})], NURSE)
        assert current_rows(door.study).height == before.height + 1
        raise ZeroDivisionError
    assert current_rows(door.study).rows() == before.rows()
    door.enter([Draft(Place("P1", "pain", "BL"), {"pain_nrs": 9})], NURSE)
    assert current_rows(door.study).rows() == said_by_the_record(door.study)


def test_a_chain_that_is_another_one_is_read_anew(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    assert current_rows(door.study).height
    drop_triggers()
    execute("UPDATE record_submission SET hash = 'other' WHERE sequence = 1")
    execute("UPDATE record_study SET head = 'other'")
    execute("UPDATE record_current SET value = '2026-02-02' WHERE item = 'screening_date'")
    assert current_rows(door.study).rows() == said_by_the_record(door.study)
    assert read_head(door.study).hash == "other" and now().tzinfo is not None


def test_few_studies_are_kept(door: Gateway) -> None:
    current_rows(door.study)
    assert len(_kept) <= 4
