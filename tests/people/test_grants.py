"""Grants: no training, no right; who had which right on a past day; and nobody enters one by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from calcitrial import verbs
from calcitrial.people import (
    Grant,
    NewAccount,
    Task,
    Training,
    add_account,
    deactivate,
    delegate,
    delegations,
    grant,
    record_training,
    release_version,
    releases,
    revoke,
    rights,
    rights_at,
    scope_for,
    withdraw_release,
)
from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Author, Draft, Gateway, Place, open_study, read_head

ADA, IVO = Author("ada", "administrator"), Author("ivo", "principal_investigator")
DAY = date(2026, 3, 1)


class Clock:
    """A clock that a test sets."""

    day = 1

    def __call__(self) -> datetime:
        return datetime(2026, 3, self.day, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(home: Path, stsinj: Protocol, clock: Clock) -> Iterator[Gateway]:
    for name in ("nora", "max"):
        add_account(NewAccount(name, name, "badge"), "ada", "simulated words", clock=clock)
    yield open_study(stsinj, "test", clock=clock)


def nurse(site: str = "S1", until: date | None = None) -> Grant:
    return Grant("nora", "study_nurse", site, DAY, until)


def trained(until: date | None = None) -> Training:
    return Training("nora", "GCP", DAY, until)


@pytest.mark.requirement("21 CFR 11.10(i)")
def test_without_valid_training_no_grant_counts(door: Gateway) -> None:
    grant(door, nurse(), ADA, "joins")
    assert scope_for("stsinj", "nora", DAY).grants == ()
    assert [right.why_not for right in rights("stsinj", DAY)] == ["no valid training"]
    record_training(door, trained(date(2026, 6, 1)), ADA)
    assert scope_for("stsinj", "nora", DAY).grants == (("study_nurse", "S1"),)
    assert scope_for("stsinj", "nora", date(2026, 6, 1)).may("enter_forms", "S1")
    assert scope_for("stsinj", "nora", date(2026, 6, 2)).grants == ()
    assert scope_for("stsinj", "nora", date(2026, 2, 28)).grants == ()


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
def test_a_grant_holds_at_its_site_and_in_its_time_only(door: Gateway) -> None:
    record_training(door, trained(), ADA)
    grant(door, nurse(until=date(2026, 4, 1)), ADA, "stands in")
    scope = scope_for("stsinj", "nora", DAY)
    assert scope.may("enter_forms", "S1") and not scope.may("enter_forms", "S2") and not scope.may("lock")
    assert scope.sites() == {"S1"} and scope.sees("S1") and not scope.sees("S2")
    assert scope_for("stsinj", "nora", date(2026, 4, 2)).grants == ()
    assert scope_for("other", "nora", DAY).grants == () and scope_for("stsinj", "max", DAY).grants == ()


@pytest.mark.requirement("FDA Q&A 2024")
def test_users_and_rights_of_any_past_moment_are_told(door: Gateway, clock: Clock) -> None:
    def told(day: int) -> list[tuple[str, str, str, str]]:
        found = rights_at("stsinj", datetime(2026, 3, day, 18, tzinfo=UTC))
        return [(right.person, right.role, right.site, right.why_not) for right in found]

    clock.day = 2
    grant(door, nurse(), ADA, "joins")
    clock.day = 4
    record_training(door, trained(), ADA)
    clock.day = 6
    revoke(door, "nora", "study_nurse", "S1", ADA, "moves")
    clock.day = 8
    grant(door, Grant("nora", "monitor", "", DAY), ADA, "now monitors")
    clock.day = 10
    deactivate("nora", "ada", "left", clock=clock)
    assert told(1) == []
    assert told(3) == [("nora", "study_nurse", "S1", "no valid training")]
    assert told(5) == [("nora", "study_nurse", "S1", "")]
    assert told(7) == [("nora", "study_nurse", "S1", "revoked")]
    assert told(9) == [("nora", "monitor", "", ""), ("nora", "study_nurse", "S1", "revoked")]
    assert [why for *_right, why in told(11)] == ["account deactivated", "account deactivated"]
    with pytest.raises(RefusedError, match="not open here"):
        rights_at("nowhere", clock())


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
@pytest.mark.parametrize("form", ["grant", "training", "delegation", "release"])
def test_nobody_enters_a_right_by_hand(door: Gateway, form: str) -> None:
    before = read_head("stsinj").sequence
    with pytest.raises(RefusedError, match=f"The form {form} is not entered by hand"):
        verbs.enter("stsinj", [Draft(Place("", form, repeat="nora/administrator/"), {"granted_to": "nora"})], ADA)
    assert read_head("stsinj").sequence == before


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (Grant("nobody", "monitor", "", DAY), "Nobody here has the user name 'nobody'"),
        (Grant("nora", "king", "", DAY), "There is no role 'king'"),
        (Grant("nora", "monitor", "", DAY, date(2026, 2, 1)), "before it begins"),
    ],
)
def test_a_grant_that_cannot_be_is_a_sentence(door: Gateway, one: Grant, sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence):
        grant(door, one, ADA, "why not")


def test_grant_and_revocation_need_a_reason(door: Gateway) -> None:
    with pytest.raises(RefusedError, match="No reason is given"):
        grant(door, nurse(), ADA, " ")
    grant(door, nurse(), ADA, "joins")
    with pytest.raises(RefusedError, match="No reason is given"):
        revoke(door, "nora", "study_nurse", "S1", ADA, "")
    with pytest.raises(RefusedError, match="was never granted"):
        revoke(door, "nora", "monitor", "", ADA, "mistake")


def test_the_same_grant_twice_is_one_and_a_revoked_one_can_come_back(door: Gateway) -> None:
    record_training(door, trained(), ADA)
    first = grant(door, nurse(), ADA, "joins")
    assert grant(door, nurse(), ADA, "joins").entries == () and len(first.entries) > 3
    revoke(door, "nora", "study_nurse", "S1", ADA, "leave")
    assert scope_for("stsinj", "nora", DAY).grants == ()
    grant(door, nurse(), ADA, "back again")
    assert scope_for("stsinj", "nora", DAY).may("enter_forms", "S1")


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
def test_who_reads_images_blinded_has_no_other_role(door: Gateway) -> None:
    record_training(door, trained(), ADA)
    grant(door, nurse(), ADA, "joins")
    with pytest.raises(RefusedError, match="no other role in the study"):
        grant(door, Grant("nora", "image_reader", "", DAY), ADA, "reads too")


def test_the_investigator_delegates_tasks_with_dates(door: Gateway) -> None:
    delegate(door, Task("nora", "Blood samples", "S1", DAY, date(2026, 5, 1)), IVO)
    assert delegations("stsinj") == [Task("nora", "Blood samples", "S1", DAY, date(2026, 5, 1), "ivo")]


def screening(code: str, site: str) -> list[Draft]:
    return [Draft(Place(code, "screening"), {"screening_date": "2026-03-02", "site": site})]


@pytest.mark.requirement("ICH E6(R3) 4.3.5")
def test_once_a_study_keeps_releases_a_site_without_one_enters_nothing(door: Gateway) -> None:
    verbs.enter("stsinj", screening("A", "S1"), ADA)
    verbs.enter("stsinj", screening("B", "S2"), ADA)
    release_version(door, "S1", "ethics 12/26", DAY, ADA)
    verbs.enter("stsinj", [Draft(Place("A", "visit", "BL"), {"visit_date": "2026-03-02"})], ADA)
    for drafts in (screening("C", "S2"), [Draft(Place("B", "visit", "BL"), {"visit_date": "2026-03-02"})]):
        with pytest.raises(RefusedError, match="is not released at S2"):
            verbs.enter("stsinj", drafts, ADA)
    release_version(door, "S2", "ethics 13/26", DAY, ADA)
    verbs.enter("stsinj", screening("C", "S2"), ADA)
    withdraw_release(door, "S2", ADA, "approval lapsed")
    with pytest.raises(RefusedError, match="is not released at S2"):
        verbs.enter("stsinj", screening("D", "S2"), ADA)
    assert releases("stsinj")["S1"]["release_approval"] == "ethics 12/26"


def test_a_lock_closes_the_data_and_not_the_list_of_rights(door: Gateway) -> None:
    record_training(door, trained(), ADA)
    grant(door, nurse(), ADA, "joins")
    door.enter([Draft(Place("", "lock"), {"locked": True, "lock_reason": "end"})], ADA)
    with pytest.raises(RefusedError, match="is locked"):
        door.enter(screening("A", "S1"), ADA)
    revoke(door, "nora", "study_nurse", "S1", ADA, "left")
    assert scope_for("stsinj", "nora", DAY).grants == ()
