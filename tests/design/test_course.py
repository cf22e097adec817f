"""The course of a simulated trial: every act in order, arms as the allocation gives them, visits in their windows."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.db import connections

from calcitrial.design import Course, course_of, draw, scan, scenario_of
from calcitrial.design.course import attended, map_place, schedule, visit_day
from calcitrial.lesions import locate, misallocated
from calcitrial.participants import make_code
from calcitrial.protocol import Protocol, load
from calcitrial.record import connect, make_cut, open_study

SECRET, START, SITE = b"a secret of the test", date(2026, 1, 12), "TESTED site"


def course(protocol: Protocol, participants: int, seed: int = 4) -> Course:
    people = draw(scenario_of(protocol, participants), np.random.default_rng(seed))
    return course_of(protocol, SITE, people, SECRET, START)


@pytest.fixture(scope="module", params=[("stsinj", ""), ("limoges", "concurrent_untreated")], ids=lambda p: p[0])
def planned(request: pytest.FixtureRequest) -> Course:
    return course(load(*request.param), 24)


def test_acts_come_in_the_order_of_their_moments(planned: Course) -> None:
    moments = [act.moment for act in planned.acts]
    assert moments == sorted(moments) and moments[0].date() <= START


def test_people_come_five_days_apart_under_their_own_codes(planned: Course) -> None:
    assert [person.code for person in planned.people] == [make_code(SITE, n) for n in range(1, 29)]
    assert {(b.baseline - a.baseline).days for a, b in zip(planned.people, planned.people[1:], strict=False)} == {5}


def test_screen_failures_have_no_arm_and_no_scan(planned: Course, tmp_path: Path) -> None:
    failures = {person.code for person in planned.people if person.virtual.ineligible}
    assert len(failures) == 4
    assert {person.code for person in planned.people if not person.arm} == failures
    assert failures.isdisjoint(order.participant for order in planned.scans(tmp_path))


def test_visits_lie_in_their_windows_and_end_where_somebody_leaves(planned: Course) -> None:
    left = 0
    for person in planned.people:
        visits = list(attended(planned.protocol, person))
        for number, visit in visits:
            day = (visit_day(person, number, visit) - person.baseline).days
            assert visit.window[0] <= day <= visit.window[1]
        left += person.virtual.dropout is not None
        assert (len(visits) < len(schedule(planned.protocol))) == (person.virtual.dropout is not None)
    assert left > 0


def test_what_comes_after_the_last_day_has_not_happened(planned: Course, tmp_path: Path) -> None:
    people = tuple(person.virtual for person in planned.people)
    until = planned.people[5].baseline + timedelta(days=84)
    early = course_of(planned.protocol, SITE, people, SECRET, START, until)
    assert [act.moment for act in early.acts] == [act.moment for act in planned.acts if act.moment.date() <= until]
    days = {order.key: order.acquired.date() for order in planned.scans(tmp_path)}
    assert {order.key for order in early.scans(tmp_path)} == {key for key, day in days.items() if day <= until}
    assert 0 < len(early.acts) < len(planned.acts)


def test_each_scan_has_the_lesions_of_its_person_shrunk_by_the_arm(planned: Course, tmp_path: Path) -> None:
    orders = {order.key: order for order in planned.scans(tmp_path)}
    person = next(one for one in planned.people if one.arm and one.virtual.dropout is None)
    last = schedule(planned.protocol)[-1].id
    for lesion, before, after in zip(
        person.virtual.lesions,
        orders[f"{person.code} BL"].deposits,
        orders[f"{person.code} {last}"].deposits,
        strict=True,
    ):
        assert before.semi_axes_mm == pytest.approx(lesion.semi_axes_mm)
        ratio = np.prod(after.semi_axes_mm) / np.prod(before.semi_axes_mm)
        assert np.log(ratio) == pytest.approx(lesion.log_ratios[person.arm][-1])
    assert len({order.folder for order in orders.values()}) == len(orders)


def test_places_are_sites_of_the_body_map(planned: Course) -> None:
    for person in planned.people:
        for lesion in person.virtual.lesions:
            place = map_place(person, lesion)
            assert (place.map_x, place.map_y) == locate(place.body_site, place.side, place.view)


def test_the_arms_that_the_course_foresees_are_those_that_the_allocation_gives(tmp_path: Path) -> None:
    protocol = load("limoges", "concurrent_untreated")
    planned = course(protocol, 2)
    scanned = {order.key: scan(order) for order in planned.scans(tmp_path / "images")}
    connect(tmp_path, create=True)
    gateway = open_study(protocol, "test")
    for act in planned.acts:
        act.enter(gateway, SECRET, scanned)
    cut = make_cut("limoges", "test")
    given = dict(cut.table("allocation").select("participant", "arm").iter_rows())
    assert given == {person.code: person.arm for person in planned.people if person.arm}
    assert misallocated(cut, SECRET) == ()
    assert cut.table("end_of_study").height == len(planned.people)
    assert cut.table("ct_measurement").height == sum(len(one.lesions) for one in scanned.values())
    connections["default"].close()
