"""What is kept of each participant is what would be worked out anew, after every kind of change, and for every kind."""

import random
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from calcitrial.record import Draft, Gateway, Place, current_rows, each, each_of, known
from calcitrial.record.each import KINDS, _kept
from tests.record.small_study import NURSE, number_of, opening

PAIN = Place("P1", "pain", "BL")


def values_of(rows: pl.DataFrame) -> dict[str, list[tuple[object, ...]]]:
    """Return everything that the rows hold of each participant: what is kept of them must be as of now."""
    found: dict[str, list[tuple[object, ...]]] = {code: [] for code in rows["participant"].unique()}
    for line in rows.iter_rows():
        found[line[0]].append(line)
    return found


def slowly(study: str) -> dict[str, list[tuple[object, ...]]]:
    return dict(sorted(values_of(current_rows(study).filter(pl.col("participant") != "")).items()))


def kept(study: str) -> dict[str, list[tuple[object, ...]]]:
    return each_of(study, "values", values_of)


def test_every_kind_of_change_is_followed(door: Gateway) -> None:
    door.enter([*opening("P1"), *opening("P2")], NURSE)
    acts = (
        lambda: door.enter([Draft(PAIN, {"pain_nrs": 3})], NURSE),
        lambda: door.enter([Draft(PAIN, {"pain_nrs": 4}, 1, "misread")], NURSE),
        lambda: door.enter(opening("P0"), NURSE),
        lambda: door.enter([Draft(Place("", "allocation_slot", repeat="SSc/1"), {"taken_by": "P1"})], NURSE),
        lambda: door.enter([Draft(Place("P1", "screening"), {"age_years": None}, 1, "not known")], NURSE),
        lambda: door.redact(number_of("screening_date"), "a name", NURSE),
    )
    for act in acts:
        assert kept(door.study) == slowly(door.study)
        act()
        assert kept(door.study) == slowly(door.study)
        assert list(kept(door.study)) == sorted(kept(door.study))


def test_only_who_changed_is_worked_out_again(door: Gateway) -> None:
    door.enter([*opening("P1"), *opening("P2"), *opening("P3")], NURSE)
    asked: list[list[str]] = []

    def make(rows: pl.DataFrame) -> dict[str, int]:
        asked.append(sorted(rows["participant"].unique()))
        return dict.fromkeys(rows["participant"].unique(), rows.height)

    for _time in range(2):
        each_of(door.study, "asked of", make)
    door.enter([Draft(Place("P2", "pain", "BL"), {"pain_nrs": 3})], NURSE)
    each_of(door.study, "asked of", make)
    assert asked == [["P1", "P2", "P3"], ["P2"]]


def test_what_it_also_rests_on_is_kept_apart(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    for day in (1, 2, 1):
        found = each_of(door.study, "day", lambda rows, day=day: dict.fromkeys(rows["participant"], day), day)
        assert found == {"P1": day}
    for day in range(3 * KINDS):
        each_of(door.study, "day", lambda rows, day=day: dict.fromkeys(rows["participant"], day), day)
    assert max(len(kinds) for kinds in _kept.values()) <= KINDS


def test_fewer_participants_get_the_same_and_never_anybody_else(door: Gateway) -> None:
    door.enter([*opening("P1"), *opening("P2")], NURSE)
    now, everybody = known(door.study), kept(door.study)
    mine = each(door.study, now.of(["P2"]), {"P2": now.marks["P2"]}, "values", values_of, now.head.definition)
    assert mine == {"P2": everybody["P2"]}


def test_an_older_look_never_gets_what_came_later(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    old = known(door.study)
    before = kept(door.study)
    door.enter([Draft(PAIN, {"pain_nrs": 3})], NURSE)
    assert kept(door.study) != before
    assert each(door.study, old.rows, old.marks, "values", values_of, old.head.definition) == before
    assert kept(door.study) == slowly(door.study)


def test_an_act_that_was_undone_leaves_nothing(door: Gateway) -> None:
    from django.db import transaction

    door.enter(opening("P1"), NURSE)
    before = kept(door.study)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        door.enter([Draft(PAIN, {"pain_nrs": 3})], NURSE)
        assert kept(door.study) != before
        raise ZeroDivisionError
    assert kept(door.study) == before == slowly(door.study)


def test_many_random_acts_leave_nothing_behind(door: Gateway) -> None:
    chance, names = random.Random(5), [f"P{n}" for n in (3, 10, 1, 2, 20)]
    door.enter([draft for name in names for draft in opening(name)], NURSE)
    versions = dict.fromkeys(names, 0)
    for _time in range(250):  # more pieces than rows may lie in
        name = chance.choice(names)
        draft = Draft(Place(name, "pain", "BL"), {"pain_nrs": chance.randrange(11)}, versions[name], "again")
        versions[name] += bool(door.enter([draft], NURSE).entries)
        if chance.random() < 0.9:
            known(door.study)
    assert kept(door.study) == slowly(door.study)
    assert known(door.study).rows["participant"].is_sorted()


ELSEWHERE = """
import sys
from pathlib import Path
from calcitrial.record import Draft, Place, Author, connect, gateway
connect(Path(sys.argv[1]), sys.argv[2])
gateway("tiny", "elsewhere").enter([Draft(Place("P1", "pain", "BL"), {"pain_nrs": 9})], Author("N.", "study nurse"))
"""


def test_what_another_process_enters_is_there_at_the_next_look(door: Gateway, home: Path, address: str) -> None:
    door.enter(opening("P1"), NURSE)
    before = kept(door.study)
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(home), address], check=True)
    assert kept(door.study) != before
    assert kept(door.study) == slowly(door.study)
    assert [line[7] for line in kept(door.study)["P1"] if line[5] == "pain_nrs"] == ["9"]
