"""One person answers for each site and alone delegates there; where there is none, the monitor sees it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from calcitrial.people import (
    PRINCIPAL,
    Grant,
    Task,
    delegate,
    delegations,
    demand,
    grant,
    orphaned,
    principal_of,
    principals,
    revoke,
    roles,
    scope_for,
    sites_without_principal,
)
from calcitrial.protocol import RefusedError
from calcitrial.record import Author, Gateway, history, now, read_head
from calcitrial.record import Place as At
from tests.clinic.safety_study import SITE, begun, words
from tests.signing_in import make_person, sign_in_by_grant

ADA, PIA = Author("ada", "administrator"), Author("pia", PRINCIPAL)
STUDY, TODAY = "stsinj", now().date()
DAY = timedelta(days=1)
PEOPLE = f"/{STUDY}/people/"


@pytest.fixture
def door(home: Path) -> Iterator[Gateway]:
    here = begun()
    make_person(STUDY, "study_nurse", SITE, "nora")
    make_person(STUDY, "investigator", SITE, "ivo")
    make_person(STUDY, PRINCIPAL, SITE, "pia")
    make_person(STUDY, "sponsor", "", "max")
    yield here


def client_of(person: str, role: str, site: str = SITE) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    sign_in_by_grant(client, STUDY, role, site, person)
    return client


def test_a_principal_investigator_may_all_that_an_investigator_may_and_alone_delegates() -> None:
    assert roles()[PRINCIPAL] == roles()["investigator"] | {"delegate"}
    assert [role for role, held in roles().items() if "delegate" in held] == [PRINCIPAL]


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
def test_only_the_principal_investigator_delegates_and_the_log_names_them(door: Gateway) -> None:
    before = read_head(STUDY)
    for by in (ADA, Author("ivo", "investigator"), Author("nora", "study_nurse")):
        with pytest.raises(RefusedError, match="Only the principal investigator of the site delegates"):
            delegate(door, Task("nora", "lesions", SITE, TODAY), by)
    sent = {"act": "delegate", "person": "nora", "task": "lesions", "site": SITE, "since": str(TODAY)}
    assert client_of("ivo", "investigator").post(PEOPLE, sent).status_code == 403
    assert read_head(STUDY) == before
    pia = client_of("pia", PRINCIPAL)
    assert pia.post(PEOPLE, sent | {"site": "Elsewhere"}).status_code == 422
    assert pia.post(PEOPLE, sent).status_code == 303
    assert [(one.person, one.task, one.by) for one in delegations(STUDY)] == [("nora", "lesions", "pia")]
    assert "delegated by pia" in words(pia.get(PEOPLE))
    steps = history(STUDY, At("", "delegation", repeat=f"nora/lesions/{SITE}"), "delegated_by")
    assert [(step.value, step.author, step.role) for step in steps] == [("pia", "pia", PRINCIPAL)]


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
def test_once_delegation_is_required_another_investigator_needs_it_too(door: Gateway) -> None:
    demand(door, "delegation", "", "required", ADA, "our procedure 7")
    may = [scope_for(STUDY, name, TODAY).may("inject", SITE) for name in ("ivo", "pia")]
    assert may == [False, True]
    told = scope_for(STUDY, "ivo", TODAY).undelegated("inject")
    assert told.startswith("The principal investigator has not delegated this task to you")
    delegate(door, Task("ivo", "injection", SITE, TODAY), PIA)
    assert scope_for(STUDY, "ivo", TODAY).may("inject", SITE)


def test_a_site_has_one_at_a_time_and_another_after(door: Gateway) -> None:
    make_person(STUDY, "study_nurse", SITE, "paul")
    before = read_head(STUDY)
    with pytest.raises(RefusedError, match="pia is the principal investigator of"):
        grant(door, Grant("paul", PRINCIPAL, SITE, TODAY), ADA, "joins")
    assert read_head(STUDY) == before
    grant(door, Grant("paul", PRINCIPAL, "Elsewhere", TODAY), ADA, "another site")
    grant(door, Grant("pia", PRINCIPAL, SITE, TODAY - 30 * DAY, TODAY + 9 * DAY), ADA, "leaves then")
    with pytest.raises(RefusedError, match="one at a time"):
        grant(door, Grant("paul", PRINCIPAL, SITE, TODAY + 9 * DAY), ADA, "follows")
    grant(door, Grant("paul", PRINCIPAL, SITE, TODAY + 10 * DAY), ADA, "follows")
    named = [principal_of(STUDY, SITE, TODAY + n * DAY) for n in (0, 9, 10)]
    assert named == ["pia", "pia", "paul"] and set(principals(STUDY, TODAY)) == {SITE, "Elsewhere"}


@pytest.mark.requirement("ICH E6(R3) 4.2.2a")
def test_a_site_without_one_and_tasks_of_one_who_left_are_seen(door: Gateway) -> None:
    delegate(door, Task("nora", "lesions", SITE, TODAY), PIA)
    mona = client_of("mona", "monitor", "")
    assert "has no principal investigator" not in words(mona.get(f"/{STUDY}/today/"))
    assert "Without a principal investigator" not in words(mona.get(PEOPLE)) and not orphaned(STUDY, TODAY)
    revoke(door, "pia", PRINCIPAL, SITE, ADA, "left")
    assert sites_without_principal(STUDY, [SITE, "", "Lyon"], TODAY) == ("Lyon", SITE)
    assert "The site has no principal investigator" in words(mona.get(f"/{STUDY}/today/"))
    shown = words(mona.get(PEOPLE))
    assert f"so that nobody can delegate there: {SITE}" in shown
    assert "to be confirmed by the principal investigator" in shown
    assert '<span class="chip late">none</span>' in words(mona.get(f"/{STUDY}/monitoring/"))
    assert [one.task for one in orphaned(STUDY, TODAY)] == ["lesions"]
    make_person(STUDY, PRINCIPAL, SITE, "paul")
    paul = client_of("paul", PRINCIPAL)
    assert "1 delegated task waits for your confirmation" in words(paul.get(f"/{STUDY}/today/"))
    again = {"act": "delegate", "person": "nora", "task": "lesions", "site": SITE, "since": str(TODAY)}
    assert paul.post(PEOPLE, again | {"reason": "I confirm it"}).status_code == 303
    assert not orphaned(STUDY, TODAY) and principal_of(STUDY, SITE, TODAY) == "paul"
    assert ">paul<" in words(mona.get(f"/{STUDY}/monitoring/"))


def test_one_for_all_sites_stands_for_each(door: Gateway) -> None:
    revoke(door, "pia", PRINCIPAL, SITE, ADA, "moves up")
    make_person(STUDY, PRINCIPAL, "", "pia")
    assert sites_without_principal(STUDY, [SITE, "Lyon"], TODAY) == () and principal_of(STUDY, "Lyon", TODAY) == "pia"
