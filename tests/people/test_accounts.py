"""Accounts: a name once, an identity verified, a reset that its maker cannot misuse, and a log that tells the past."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from calcitrial import people
from calcitrial.people import NewAccount, accounts_at, add_account, deactivate, events, reset_account
from calcitrial.protocol import RefusedError

NORA = NewAccount("nora", "Nora Nurse", "passport seen")


def at(day: int) -> Callable[[], datetime]:
    return lambda: datetime(2026, 3, day, 12, tzinfo=UTC)


@pytest.mark.requirement("21 CFR 11.100")
@pytest.mark.parametrize("again", ["nora", "NORA", " Nora ".strip()])
def test_a_user_name_is_never_given_twice_not_even_after_deactivation(home: Path, again: str) -> None:
    add_account(NORA, "ada")
    deactivate("nora", "ada", "left the site")
    with pytest.raises(RefusedError, match="a name is never given twice"):
        add_account(NewAccount(again, "Nora Other", "passport seen"), "ada")


@pytest.mark.requirement("21 CFR 11.100")
def test_an_account_needs_a_verified_identity_and_notes_it(home: Path) -> None:
    with pytest.raises(RefusedError, match="how the person's identity was verified"):
        add_account(NewAccount("nora", "Nora Nurse", " "), "ada")
    assert not events()
    add_account(NORA, "ada")
    assert [(one.kind, one.by, one.detail) for one in events("nora")] == [
        ("created", "ada", "Nora Nurse"),
        ("identity", "ada", "passport seen"),
    ]


@pytest.mark.parametrize("name", ["", "-nora", "no/ra", "a" * 65, "nora\n", "<script>"])
def test_what_cannot_be_a_user_name_is_refused(home: Path, name: str) -> None:
    with pytest.raises(RefusedError, match="cannot be a user name"):
        add_account(NewAccount(name, "N", "seen"), "ada")


@pytest.mark.requirement("FDA Q&A 2024")
def test_the_users_of_any_past_moment_can_be_listed(home: Path) -> None:
    add_account(NORA, "ada", clock=at(2))
    add_account(NewAccount("max", "Max", "badge", administrator=True), "ada", clock=at(4))
    deactivate("nora", "ada", "left", clock=at(6))
    assert accounts_at(at(1)()) == []
    assert [(one.name, one.active) for one in accounts_at(at(3)())] == [("nora", True)]
    assert [(one.name, one.active, one.administrator) for one in accounts_at(at(5)())] == [
        ("max", True, True),
        ("nora", True, False),
    ]
    assert [(one.name, one.active) for one in accounts_at()] == [("max", True), ("nora", False)]


@pytest.mark.parametrize("sql", ["UPDATE people_accountevent SET by = 'x'", "DELETE FROM people_accountevent"])
def test_account_events_can_be_neither_changed_nor_removed(home: Path, sql: str) -> None:
    add_account(NORA, "ada")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert people.altered() == "" and len(events()) == 2


def test_an_event_changed_behind_the_triggers_is_named(home: Path) -> None:
    add_account(NORA, "ada")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER people_accountevent_update")
        else:
            cursor.execute("DROP TRIGGER people_accountevent_change ON people_accountevent")
        cursor.execute("UPDATE people_accountevent SET detail = 'nobody' WHERE number = 2")
    assert people.altered() == "Account event 2 is not what was written."


@pytest.mark.requirement("21 CFR 11.200(a)(3)")
def test_a_reset_takes_password_and_second_factor_away(home: Path) -> None:
    first = add_account(NORA, "ada")
    people.change_password("nora", first, "my own long words")
    card = people.card_of("nora")
    assert not card.must_change and not card.reset
    given = reset_account("nora", "ada", "forgot it")
    card = people.card_of("nora")
    assert card.must_change and card.reset and card.totp == ""
    assert not people.user_named("nora").check_password("my own long words")
    people.change_password("nora", given, "other words of mine")
    assert people.card_of("nora").reset, "the new password alone does not lift the bar"


@pytest.mark.requirement("21 CFR 11.300(a–e)")
def test_a_password_ages(home: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    add_account(NORA, "ada", clock=lambda: start)
    assert not people.password_aged("nora", start + timedelta(days=365))
    assert people.password_aged("nora", start + timedelta(days=366))


@pytest.mark.parametrize("new", ["short", "123456789012", "passwordpassword"[:8]])
def test_a_weak_password_is_refused_in_sentences(home: Path, new: str) -> None:
    first = add_account(NORA, "ada")
    with pytest.raises(RefusedError) as refusal:
        people.change_password("nora", first, new)
    assert all(problem.what.endswith(".") for problem in refusal.value.problems)
    assert people.user_named("nora").check_password(first)


def test_every_act_on_an_account_needs_a_reason(home: Path) -> None:
    add_account(NORA, "ada")
    for act in (deactivate, reset_account):
        with pytest.raises(RefusedError, match="No reason is given"):
            act("nora", "ada", " ")


def test_a_deactivated_account_can_be_neither_reset_nor_ended_again(home: Path) -> None:
    add_account(NORA, "ada")
    deactivate("nora", "ada", "left")
    for act in (deactivate, reset_account):
        with pytest.raises(RefusedError, match="deactivated"):
            act("nora", "ada", "again")
