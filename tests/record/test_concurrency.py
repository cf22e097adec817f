"""Many people enter at once: nothing is lost, numbers have no gaps, and one place goes to one taker."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from django.db import connection, connections

from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import (
    Draft,
    Gateway,
    Place,
    Receipt,
    connect,
    current_rows,
    open_study,
    read_head,
    verify_study,
)
from tests.record.small_study import NURSE, closing_connection, door_of, opening, scalar

EACH = 6


def together(acts: list) -> list:
    """Run these acts at once, each on a connection of its own; return what they return."""
    barrier = Barrier(len(acts), timeout=60)

    def run(act: object) -> object:
        barrier.wait()
        return closing_connection(act)

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(run, act) for act in acts]]


def people() -> int:
    return 4 if connection.vendor == "sqlite" else 8


def append_together(door: Gateway) -> list[Receipt]:
    def enter(worker: int) -> list[Receipt]:
        return [door.enter(opening(f"P{worker}-{turn}"), NURSE) for turn in range(EACH)]

    acts = [lambda worker=worker: enter(worker) for worker in range(people())]
    return [receipt for receipts in together(acts) for receipt in receipts]


def seen_whole(receipts: list[Receipt]) -> None:
    count = people() * EACH
    assert sorted(receipt.sequence for receipt in receipts) == list(range(1, count + 1))
    numbers = sorted(number for receipt in receipts for number in receipt.entries)
    assert numbers == list(range(1, count * 9 + 1))
    assert scalar("SELECT COUNT(*) FROM record_entry") == count * 9
    assert current_rows("tiny").height == count * 9
    found = verify_study("tiny")
    assert found.ok, found.fault
    assert found.submissions == count


def test_no_entry_is_lost(home: object, tiny: Protocol) -> None:
    seen_whole(append_together(open_study(tiny, "0.1")))


def test_the_servers_own_isolation_does_not_matter(postgresql_server: object, tmp_path: object, tiny: Protocol) -> None:
    """A server whose transactions are SERIALIZABLE by default would turn waiting into errors."""
    address = postgresql_server.fresh()
    with psycopg.connect(address, autocommit=True) as link:
        name = link.execute("SELECT current_database()").fetchone()[0]
        link.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    connect(tmp_path, address, create=True)
    seen_whole(append_together(open_study(tiny, "0.1")))
    connections["default"].close()


def test_one_place_in_an_allocation_list_goes_to_one_taker(door: Gateway) -> None:
    def take(person: int) -> str:
        try:
            door.enter([Draft(Place("", "allocation_slot", repeat="SSc/1"), {"taken_by": f"P{person}"})], NURSE)
        except RefusedError as error:
            return str(error)
        return f"P{person}"

    said = together([lambda person=person: take(person) for person in range(people())])
    winners = [line for line in said if line.startswith("P")]
    stale = "allocation_slot SSc/1: Version 0 was expected, but the form is at version 1."
    assert len(winners) == 1
    losers = [line for line in said if line not in winners]
    assert set(losers) == {f"{stale} Read the form again, then enter the change."}
    assert current_rows("tiny")["value"].to_list() == winners
    assert read_head("tiny").entries == 1


def test_two_corrections_of_one_value_do_not_overwrite_each_other(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)

    def correct(age: int) -> bool:
        try:
            door.enter([Draft(Place("P1", "screening"), {"age_years": age}, 1, "misread")], NURSE)
        except RefusedError:
            return False
        return True

    done = together([lambda age=age: correct(age) for age in (50, 60)])
    assert sorted(done) == [False, True]
    assert verify_study("tiny").submissions == 2


def test_a_study_opened_twice_at_once_is_open_once(home: object, tiny: Protocol) -> None:
    together([lambda: door_of(tiny)] * people())
    assert scalar("SELECT COUNT(*) FROM record_study") == 1
    assert scalar("SELECT COUNT(*) FROM record_definition") == 1
    assert verify_study("tiny").ok


@pytest.mark.parametrize("studies", [2])
def test_studies_do_not_hold_each_other_up(home: object, tiny: Protocol, studies: int) -> None:
    doors = [open_study(tiny.model_copy(update={"id": f"study{n}"}), "0.1") for n in range(studies)]
    receipts = together([lambda door=door: door.enter(opening("P1"), NURSE) for door in doors])
    assert [receipt.sequence for receipt in receipts] == [1] * studies
    assert all(verify_study(door.study).ok for door in doors)
