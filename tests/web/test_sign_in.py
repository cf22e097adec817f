"""Signing in and out: what opens, what is refused, what ends a session, and what is noted of all of it."""

import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from django.test import Client, RequestFactory
from django.test.client import Client as DjangoClient

from calcitrial import people
from calcitrial.people import NewAccount, add_account, deactivate, events
from calcitrial.protocol import Protocol, RefusedError, load
from calcitrial.record import now, open_study
from calcitrial.web import reauthenticate
from tests.signing_in import PASSWORD, make_person, sign_in_by_grant, sign_in_keeper

NAME = "nora"


@pytest.fixture
def client(home: Path, stsinj: Protocol) -> Iterator[Client]:
    open_study(stsinj, "test")
    make_person("stsinj", "study_nurse", "S1", NAME)
    yield Client(headers={"host": "127.0.0.1", "user-agent": "here"})


def enter(client: Client, password: str = PASSWORD, code: str = "", name: str = NAME, where: str = "") -> int:
    told = {"name": name, "password": password, "code": code, "next": where}
    return client.post("/sign-in/", told).status_code


def inside(client: Client) -> bool:
    return client.get("/stsinj/").status_code == 200


def kinds(name: str = NAME) -> list[str]:
    return [one.kind for one in events(name)]


def test_who_is_not_signed_in_is_sent_to_the_page_for_it_and_then_on(client: Client) -> None:
    sent = client.get("/stsinj/lesions/?page=2")
    assert sent.status_code == 302 and sent["Location"] == "/sign-in/?next=%2Fstsinj%2Flesions%2F%3Fpage%3D2"
    back = client.post("/sign-in/", {"name": NAME, "password": PASSWORD, "next": "/stsinj/lesions/?page=2"})
    assert back.status_code == 302 and back["Location"] == "/stsinj/lesions/?page=2"
    assert inside(client) and kinds()[-1] == "signed_in"


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_signing_in_leads_to_no_other_host(client: Client, where: str) -> None:
    assert client.post("/sign-in/", {"name": NAME, "password": PASSWORD, "next": where})["Location"] == "/stsinj/today/"


def test_signing_in_leads_to_what_is_due_in_the_only_study_of_a_person(client: Client) -> None:
    told = {"name": NAME, "password": PASSWORD, "next": "/"}
    assert client.post("/sign-in/", told)["Location"] == "/stsinj/today/"
    assert client.get("/").status_code == 200
    open_study(load("limoges", "concurrent_untreated"), "test")
    make_person("limoges", "monitor", "", NAME)
    assert client.post("/sign-in/", told)["Location"] == "/"


def test_a_reader_of_images_lands_on_the_cases(client: Client) -> None:
    make_person("stsinj", "image_reader", "", "rita")
    assert client.post("/sign-in/", {"name": "rita", "password": PASSWORD})["Location"] == "/stsinj/reading/"


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(client: Client) -> None:
    pages = [client.post("/sign-in/", {"name": name, "password": "wrong"}) for name in (NAME, "nobody")]
    assert [page.status_code for page in pages] == [422, 422]
    bare = [re.sub(r'name="(csrfmiddlewaretoken|name)"|value="[^"]*"', "", page.content.decode()) for page in pages]
    assert re.sub("nobody|nora", "", bare[0]) == re.sub("nobody|nora", "", bare[1])
    assert not inside(client)


def test_what_was_typed_as_a_name_that_nobody_has_is_not_kept(client: Client) -> None:
    enter(client, name="my secret password")
    assert [(one.kind, one.person) for one in events()][-1] == ("failed", "")
    assert "my secret" not in str(events())


@pytest.mark.requirement("21 CFR 11.300(a–e)")
def test_five_wrong_tries_lock_the_account_with_an_event(client: Client) -> None:
    tries = [enter(client, "wrong") for _try in range(5)]
    assert tries == [422, 422, 422, 422, 429]
    assert enter(client) == 429, "not even the right password opens it now"
    assert kinds().count("failed") >= 5 and "locked_out" in kinds() and "signed_in" not in kinds()
    other = Client(headers={"host": "127.0.0.1", "user-agent": "there"}, REMOTE_ADDR="10.1.1.1")
    assert enter(other) == 429, "nor from elsewhere"


@pytest.mark.requirement("ICH E6(R3) 4.3.8")
def test_deactivation_ends_live_sessions_for_good(client: Client) -> None:
    enter(client)
    assert inside(client)
    deactivate(NAME, "ada", "left the site")
    assert client.get("/stsinj/").status_code == 302 and client.post("/stsinj/people/", {}).status_code == 403
    user = people.user_named(NAME)
    user.is_active = True
    user.save()
    assert not inside(client), "the session would not live again with the account either"


@pytest.mark.requirement("ICH E6(R3) 4.3.8")
def test_a_revoked_grant_closes_the_study_at_the_next_page(client: Client) -> None:
    enter(client)
    assert inside(client)
    make_person("stsinj", "image_reader", "", NAME)
    assert client.get("/stsinj/").status_code == 403


@pytest.mark.requirement("21 CFR 11.10(h)")
def test_a_session_is_bound_to_the_client_that_began_it(client: Client) -> None:
    enter(client)
    thief = Client(headers={"host": "127.0.0.1", "user-agent": "elsewhere"})
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert not inside(thief) and not inside(client), "the session ends for both"
    assert events(NAME)[-1].detail == "it was begun by another client"


@pytest.mark.parametrize(
    ("key", "seconds", "stays"),
    [("seen", 29 * 60, True), ("seen", 31 * 60, False), ("began", 11 * 3600, True), ("began", 13 * 3600, False)],
)
def test_a_session_ends_when_idle_and_after_a_days_work(client: Client, key: str, seconds: int, stays: bool) -> None:
    enter(client)
    session = client.session
    session[key] = int(now().timestamp()) - seconds
    session.save()
    assert inside(client) == stays


def test_signing_out_ends_the_session_and_needs_a_post(client: Client) -> None:
    enter(client)
    assert client.get("/sign-out/").status_code == 405 and inside(client)
    assert client.post("/sign-out/")["Location"] == "/sign-in/" and not inside(client)
    assert kinds()[-1] == "signed_out"


def test_signing_in_needs_the_token_of_the_page(client: Client) -> None:
    strict = DjangoClient(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    assert enter(strict) == 403


@pytest.mark.requirement("21 CFR 11.200(a)(3)")
def test_a_first_password_opens_nothing_but_the_page_to_change_it(client: Client) -> None:
    first = add_account(NewAccount("max", "Max", "badge"), "ada")
    make_person("stsinj", "monitor", "", "max")
    assert enter(client, first, name="max") == 302
    for address in ("/", "/stsinj/", "/account/factor/", "/account/"):
        assert client.get(address)["Location"] == "/account/password/"
    told = {"old": first, "new": "a phrase of my own", "again": "a phrase of my own"}
    assert client.post("/account/password/", told | {"again": "another"}).status_code == 422
    assert client.post("/account/password/", told)["Location"] == "/account/"
    assert inside(client), "this session goes on"


def test_changing_the_password_ends_the_other_sessions(client: Client) -> None:
    other = Client(headers={"host": "127.0.0.1", "user-agent": "here"})
    for one in (client, other):
        enter(one)
    told = {"old": PASSWORD, "new": "a phrase of my own", "again": "a phrase of my own"}
    assert client.post("/account/password/", told).status_code == 302
    assert inside(client) and not inside(other)


def test_with_a_second_factor_the_password_alone_does_not_open(client: Client) -> None:
    enter(client)
    page = client.get("/account/factor/")
    key = re.search(r"<code>([A-Z2-7]{32})</code>", page.content.decode())
    assert key and "<svg" in page.content.decode()
    app = pyotp.TOTP(key[1])
    wrong = client.post("/account/factor/", {"password": "wrong", "code": app.now()})
    assert wrong.status_code == 422 and not people.has_factor(NAME)
    codes = client.post("/account/factor/", {"password": PASSWORD, "code": app.now()}).content.decode()
    recovery = re.findall(r"<code>([0-9a-f]{6}-[0-9a-f]{6})</code>", codes)
    assert len(recovery) == 10
    client.post("/sign-out/")
    assert enter(client) == 422 and enter(client, code="123456") == 422
    assert enter(client, code=recovery[0]) == 302 and inside(client)
    client.post("/sign-out/")
    assert enter(client, code=recovery[0]) == 422
    later = datetime.now(UTC) + timedelta(seconds=30)
    assert enter(client, code=app.at(later)) == 302


class TestSigning:
    def request(self, client: Client, session: dict[str, object] | None = None):
        """A request of the person who is signed in, as a view gets it."""
        request = RequestFactory(headers={"user-agent": "here"}).post("/")
        request.user = people.user_named(NAME)
        request.session = {} if session is None else session
        return request

    @pytest.mark.requirement("21 CFR 11.200(a)")
    def test_the_first_signing_of_a_session_takes_two_components(self, client: Client) -> None:
        request = self.request(client)
        with pytest.raises(RefusedError, match="needs two components"):
            reauthenticate(request, PASSWORD, "")
        reauthenticate(request, PASSWORD, NAME)
        reauthenticate(request, PASSWORD, "")
        with pytest.raises(RefusedError, match="password is not right"):
            reauthenticate(request, "wrong", NAME)

    @pytest.mark.requirement("21 CFR 11.200(a)")
    def test_with_an_app_enrolled_its_code_is_the_second_component(self, client: Client) -> None:
        key, moment = people.new_key(), now()
        app = pyotp.TOTP(key)
        people.enrol_factor(NAME, key, app.at(moment - timedelta(seconds=30)), moment)
        request = self.request(client)
        with pytest.raises(RefusedError, match="needs two components"):
            reauthenticate(request, PASSWORD, NAME)
        reauthenticate(request, PASSWORD, app.at(moment))
        assert request.session["signed"] is True

    @pytest.mark.requirement("21 CFR 11.200(a)(3)")
    def test_a_reset_account_cannot_sign_until_its_owner_enrolled_again(self, client: Client) -> None:
        given = people.reset_account(NAME, "ada", "forgot")
        with pytest.raises(RefusedError, match="first password is not changed"):
            reauthenticate(self.request(client), given, NAME)
        people.change_password(NAME, given, "a phrase of my own")
        with pytest.raises(RefusedError, match="reset this account"):
            reauthenticate(self.request(client), "a phrase of my own", NAME)
        key, moment = people.new_key(), now()
        people.enrol_factor(NAME, key, pyotp.TOTP(key).at(moment - timedelta(seconds=30)), moment)
        reauthenticate(self.request(client), "a phrase of my own", pyotp.TOTP(key).at(moment))

    @pytest.mark.requirement("21 CFR 11.300(a–e)")
    def test_wrong_signings_count_towards_the_lockout(self, client: Client) -> None:
        for _try in range(5):
            with pytest.raises(RefusedError):
                reauthenticate(self.request(client), "wrong", NAME)
        with pytest.raises(RefusedError, match="password is not right"):
            reauthenticate(self.request(client), PASSWORD, NAME)
        assert "locked_out" in kinds()


def test_the_key_of_the_home_is_its_owners_only_and_stays(home: Path) -> None:
    from calcitrial.people.keys import key_of

    first = key_of(home)
    assert key_of(home) == first and len(first) > 40
    assert stat.S_IMODE((home / "server.key").stat().st_mode) == 0o600


class TestPersonas:
    def test_nobody_signs_in_with_one_click_outside_a_demo(self, client: Client) -> None:
        add_account(NewAccount("polly", "Polly", "simulated", persona=True), "demo", PASSWORD)
        make_person("stsinj", "monitor", "", "polly")
        assert "Sign in as" not in client.get("/sign-in/").content.decode()
        assert client.post("/sign-in/as/", {"person": "polly"}).status_code == 403

    def test_in_a_demo_on_this_computer_a_simulated_person_and_nobody_else(self, client: Client, home: Path) -> None:
        (home / "SIMULATED").write_text("simulated")
        add_account(NewAccount("polly", "Polly", "simulated", persona=True), "demo", PASSWORD)
        make_person("stsinj", "monitor", "", "polly")
        page = client.get("/sign-in/").content.decode()
        assert "Sign in as polly" in page and "Sign in as nora" not in page and "This is a demo" in page
        assert client.post("/sign-in/as/", {"person": NAME}).status_code == 403
        far = Client(headers={"host": "127.0.0.1"}, REMOTE_ADDR="192.0.2.7")
        assert far.post("/sign-in/as/", {"person": "polly"}).status_code == 403
        assert client.post("/sign-in/as/", {"person": "polly"}).status_code == 302 and inside(client)


def test_a_home_without_accounts_says_how_to_make_the_first(tmp_path: Path) -> None:
    from calcitrial.record import close, connect

    connect(tmp_path, create=True)
    page = Client(headers={"host": "127.0.0.1"}).get("/sign-in/").content.decode()
    assert "calcitrial people add" in page and "--administrator" in page
    close()


class TestAdministration:
    @pytest.fixture
    def keeper(self, client: Client) -> Client:
        sign_in_keeper(client, "kim")
        return client

    def test_an_account_is_added_and_its_first_password_shown_once(self, keeper: Client) -> None:
        told = {"act": "add", "name": "lea", "full_name": "Lea L", "identity": "passport"}
        page = keeper.post("/accounts/", told).content.decode()
        assert "The first password of lea" in page
        assert [one.by for one in events("lea")] == ["kim", "kim"]
        assert keeper.post("/accounts/", told).status_code == 422

    def test_reset_and_deactivation_need_a_reason_and_never_hit_oneself(self, keeper: Client) -> None:
        for act in ("reset", "deactivate"):
            assert keeper.post("/accounts/", {"act": act, "name": NAME, "reason": ""}).status_code == 422
            own = keeper.post("/accounts/", {"act": act, "name": "kim", "reason": "why"})
            assert own.status_code == 422 and "your own account" in own.content.decode()
        assert keeper.post("/accounts/", {"act": "deactivate", "name": NAME, "reason": "left"}).status_code == 303
        assert kinds()[-1] == "deactivated"

    def test_the_log_shows_who_did_what(self, keeper: Client) -> None:
        page = keeper.get("/accounts/log/?person=nora").content.decode()
        assert "account made" in page and "chain of these events is whole" in page

    def test_others_see_none_of_it(self, client: Client) -> None:
        enter(client)
        for address in ("/accounts/", "/accounts/log/", "/stsinj/people/"):
            assert client.get(address).status_code == 403

    def test_grants_are_made_and_revoked_on_the_page_of_the_study(self, keeper: Client) -> None:
        told = {"act": "grant", "person": NAME, "role": "monitor", "site": "", "since": "2026-03-01", "reason": "more"}
        assert keeper.post("/stsinj/people/", told | {"reason": ""}).status_code == 422
        assert keeper.post("/stsinj/people/", told).status_code == 303
        assert keeper.post("/stsinj/people/", told).status_code == 303, "the same again changes nothing"
        page = keeper.get("/stsinj/people/").content.decode()
        assert "monitor" in page and "study_nurse" in page
        gone = {"act": "revoke", "person": NAME, "role": "monitor", "site": "", "reason": "enough"}
        assert keeper.post("/stsinj/people/", gone).status_code == 303
        assert {(r.role, r.why_not) for r in people.rights("stsinj")} >= {("monitor", "revoked"), ("study_nurse", "")}
        past = keeper.get("/stsinj/people/?at=2020-01-01").content.decode()
        assert "Nobody has a role here" in past
        assert "is no moment" in keeper.get("/stsinj/people/?at=soon").content.decode()

    def test_a_monitor_sees_the_people_and_changes_none(self, client: Client) -> None:
        sign_in_by_grant(client, "stsinj", "monitor", person="mona")
        assert client.get("/stsinj/people/").status_code == 200
        told = {"act": "grant", "person": "mona", "role": "data_manager", "since": "2026-03-01", "reason": "me"}
        assert client.post("/stsinj/people/", told).status_code == 403
        assert not [right for right in people.rights("stsinj") if right.role == "data_manager"]


class TestTokens:
    def test_a_token_reaches_no_further_than_it_was_made_for(self, client: Client) -> None:
        enter(client)
        told = {"study": "stsinj", "capabilities": "see_participants lock", "label": "export", "days": "30"}
        assert client.post("/account/", told).status_code == 422, "a nurse may not lock, so no token of hers may"
        page = client.post("/account/", told | {"capabilities": "see_participants"}).content.decode()
        token = re.search(r"calcitrial_[\w-]{40,}", page)
        assert token
        script = Client(headers={"host": "127.0.0.1", "authorization": f"Bearer {token[0]}"})
        assert script.get("/api/v1/stsinj/forms").status_code == 200
        entry = {"drafts": [{"form": "screening", "participant": "A", "values": {"screening_date": "2026-03-01"}}]}
        refused = script.post("/api/v1/stsinj/entries", entry, content_type="application/json")
        assert refused.status_code == 422 and "may not enter" in refused.content.decode()
        assert token[0] not in client.get("/account/").content.decode()
        digest = people.tokens_of(NAME)[0].digest
        assert client.post("/account/", {"revoke": digest}).status_code == 303
        assert script.get("/api/v1/stsinj/forms").status_code == 401

    def test_a_token_opens_no_page(self, client: Client) -> None:
        token = people.issue_token(NAME, "stsinj", ["see_participants"], "x", 1, now())
        script = Client(headers={"host": "127.0.0.1", "authorization": f"Bearer {token}"})
        assert script.get("/stsinj/").status_code == 302

    def test_a_script_with_a_browsers_session_needs_the_token_of_a_page(self, client: Client) -> None:
        strict = DjangoClient(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
        strict.force_login(people.user_named(NAME), backend="django.contrib.auth.backends.ModelBackend")
        assert strict.post("/api/v1/stsinj/entries", {}, content_type="application/json").status_code == 403

    def test_a_token_ends_with_its_day_and_with_its_owner(self, client: Client) -> None:
        token = people.issue_token(NAME, "stsinj", ["see_participants"], "x", 1, now())
        assert people.person_of_token(token, now()) is not None
        assert people.person_of_token(token, now() + timedelta(days=1, seconds=1)) is None
        assert people.person_of_token("calcitrial_other", now()) is None
        deactivate(NAME, "ada", "left")
        assert people.person_of_token(token, now()) is None
