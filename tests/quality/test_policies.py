"""Policies: versions under control, acknowledged with two components before anything else is signed."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client

from calcitrial import verbs
from calcitrial.protocol import RefusedError
from calcitrial.quality import (
    Policy,
    acknowledge,
    add_policy,
    in_force,
    lock,
    policies,
    policy_text,
    sign,
    signatures_in,
    unacknowledged,
    unlock,
)
from calcitrial.record import Author, Draft, Gateway, Place, acts_of, current_rows, now, read_head
from tests.api.scripts import Script
from tests.clinic.safety_study import SITE, begun, browser, words
from tests.signing_in import proof

ADA, INES = Author("ada", "administrator"), Author("ines", "investigator")
TODAY = now().date()
FIRST = Policy("signatures", "1", "What a signature binds to", TODAY - timedelta(days=2))
FORM = Place("PIT-001", "enrolment")
PAGE, LIST = "/stsinj/policies/signatures/1/", "/stsinj/policies/"


@pytest.fixture
def door(home: Path) -> Gateway:
    return begun()


def released(door: Gateway, folder: Path, one: Policy = FIRST, text: str = "I am held to it.\n") -> Policy:
    add_policy(door, folder, one, text, ADA)
    return next(each for each in policies(current_rows("stsinj")) if each.key == one.key)


@pytest.mark.requirement("21 CFR 11.10(j)")
def test_nobody_signs_before_they_acknowledged_the_policy_in_force(door: Gateway, tmp_path: Path) -> None:
    sign(door, [FORM], "reviewed", Author("max", "monitor"))  # a study without policies asks for none
    policy = released(door, tmp_path)
    before = read_head("stsinj").sequence
    for attempt in (
        lambda: sign(door, [FORM], "reviewed", INES),
        lambda: lock(door, "", "clean", INES, "Ines", 0, "open points are known"),
    ):
        with pytest.raises(RefusedError, match="ines has not acknowledged the policy “What a signature binds to”"):
            attempt()
    assert read_head("stsinj").sequence == before
    acknowledge(door, policy, INES, "Ines Roy")
    assert read_head("stsinj").sequence == before + 1  # the acknowledgement and the signature under it
    (act, *_) = acts_of("stsinj", "ines", "")
    assert {place.form for place in act.places} == {"policy_acknowledgement", "study_signature"}
    sign(door, [FORM], "reviewed", INES)
    given = [one for one in signatures_in(current_rows("stsinj", "PIT-001")) if one.meaning == "reviewed"]
    assert [one.void for one in given] == [False, False]
    with pytest.raises(RefusedError, match="waits for no signature"):
        acknowledge(door, policy, INES, "Ines Roy")


@pytest.mark.requirement("21 CFR 11.10(k)")
def test_a_new_version_asks_again_from_its_day_and_the_old_stays(door: Gateway, tmp_path: Path) -> None:
    acknowledge(door, released(door, tmp_path), INES, "Ines Roy")
    later = Policy("signatures", "2", FIRST.title, TODAY + timedelta(days=1))
    released(door, tmp_path, later, "I am held to it, and to more.\n")
    rows = current_rows("stsinj")
    assert [one.version for one in in_force(rows, TODAY)] == ["1"]
    assert unacknowledged(rows, "ines", TODAY) == ()
    assert [one.version for one in unacknowledged(rows, "ines", later.since)] == ["2"]
    assert [one.version for one in policies(rows)] == ["1", "2"]


@pytest.mark.requirement("21 CFR 11.10(k)")
def test_a_version_has_one_text_and_an_altered_file_is_not_shown(door: Gateway, tmp_path: Path) -> None:
    policy, before = released(door, tmp_path), read_head("stsinj")
    with pytest.raises(RefusedError, match="has another text"):
        add_policy(door, tmp_path, FIRST, "something else", ADA)
    for wrong in (Policy("", "1", "x", TODAY), Policy("a b", "1", "x", TODAY), Policy("a", "1", " ", TODAY)):
        with pytest.raises(RefusedError):
            add_policy(door, tmp_path, wrong, "text", ADA)
    with pytest.raises(RefusedError, match="whole policy"):
        add_policy(door, tmp_path, Policy("a", "1", "x", TODAY), " ", ADA)
    assert read_head("stsinj") == before and policy_text(tmp_path, policy) == "I am held to it.\n"
    (tmp_path / f"{policy.sha256}.txt").write_text("I am held to nothing.\n")
    with pytest.raises(RefusedError, match="missing or was changed"):
        policy_text(tmp_path, policy)


def test_a_lock_can_be_undone_though_a_policy_waits(door: Gateway, tmp_path: Path) -> None:
    lock(door, "", "clean", ADA, "Ada", 0, "open points are known")
    with pytest.raises(RefusedError, match="is locked"):
        released(door, tmp_path)
    unlock(door, "", "one more value", ADA, "Ada", 1)
    released(door, tmp_path)


def test_acknowledgements_are_not_entered_by_hand(door: Gateway) -> None:
    made = {"ack_person": "ines", "ack_policy": "signatures 1", "ack_sha256": "0", "ack_name": "I", "ack_at": "now"}
    with pytest.raises(RefusedError, match="not entered by hand"):
        verbs.enter("stsinj", [Draft(Place("", "policy_acknowledgement", repeat="ines/signatures 1"), made)], INES)


@pytest.mark.requirement("21 CFR 11.10(j)")
def test_an_administrator_releases_and_each_person_signs_on_the_page(door: Gateway) -> None:
    admin = browser("administrator", "", "ada")
    form = {"_name": "signatures", "_version": "1", "_title": FIRST.title, "_since": str(FIRST.since)}
    assert admin.post(LIST, form | {"_text": ""}).status_code == 422
    assert admin.post(LIST, form | {"_text": "I am held to it."}).status_code == 303
    doctor: Client = browser("investigator", SITE, "ines")
    assert doctor.post(LIST, form | {"_text": "I am held to it."}).status_code == 403
    assert "Read and sign the policy “What a signature binds to”" in words(doctor.get("/stsinj/today/"))
    assert "I am held to it." in words(doctor.get(PAGE))
    before = read_head("stsinj").sequence
    assert doctor.post(PAGE, {"_password": proof("ines")["_password"], "_code": ""}).status_code == 422
    assert read_head("stsinj").sequence == before  # the password alone does not sign
    assert doctor.post(PAGE, proof("ines")).status_code == 303
    assert read_head("stsinj").sequence == before + 1
    assert "ines (simulated)</strong> (ines), policy read and accepted" in words(admin.get(LIST))
    assert "Read and sign the policy" not in words(doctor.get("/stsinj/today/"))
    assert doctor.get("/stsinj/policies/none/1/").status_code == 404


def test_a_script_releases_and_acknowledges_and_is_refused_before(door: Gateway) -> None:
    admin, board = Script("stsinj", "administrator", "", "ada"), Script("stsinj", "safety_board", "", "bo")
    key = {"name": "signatures", "version": "1"}
    admin.do("release-policy", **key, title="Signatures", since=str(date(2026, 1, 1)), text="I am held to it.")
    said = {"values": {"recommendation": "continue", "recommendation_date": str(TODAY)}, "proof": board.proof}
    assert "bo has not acknowledged the policy" in board.refused("recommend", **said)
    assert "There is no policy" in board.refused("acknowledge-policy", name="x", version="1", proof=board.proof)
    board.do("acknowledge-policy", **key, proof=board.proof)
    board.do("recommend", **said)
