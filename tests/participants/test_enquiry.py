"""An enquiry becomes one line of the log with its answers, names stay in the vault, and it moves with the code."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from calcitrial.identity import Identity, Looker, Vault, open_vault
from calcitrial.participants import (
    Enquiry,
    answers_in,
    carry_over,
    close_enquiry,
    enquirer,
    enquiry_of,
    erase_contact,
    send_enquiry,
    sweep_contacts,
)
from calcitrial.protocol import RefusedError
from calcitrial.record import Author, Draft, Gateway, Place, current_rows, read_head
from calcitrial.record.numbering import form_rows
from calcitrial.verbs import BY_VERB_ONLY
from tests.consents.consent_study import gateway_of

ON = date(2026, 5, 3)
NORA = Author("nora", "study_nurse")
CALL = Looker("nora", "study_nurse", "to contact the person")


def asks(site: str = "LIMOGES", agreed: bool = True, phone: str = "+33 555 01 02 03", **answers: str) -> Enquiry:
    said = {"age_years": "44", "pregnant": "false", **answers}
    return Enquiry(site, said, Identity(given_name="Zoe", phone=phone), agreed)


def _kept(gateway: Gateway, number: str) -> str:
    sent = enquiry_of(gateway, number)
    assert sent is not None
    return enquirer(sent)


@pytest.fixture
def gateway(home: Path) -> Gateway:
    return gateway_of()


def test_one_submission_holds_the_line_and_the_answers_and_no_name(gateway: Gateway, home: Path) -> None:
    vault, before = open_vault(home), read_head("limoges")
    assert send_enquiry(gateway, vault, asks(), ON, "t1") == "1"
    assert read_head("limoges").sequence == before.sequence + 1
    (line,) = form_rows(gateway, "prescreening")
    assert (line["found_by"], line["prescreening_outcome"]) == ("own enquiry", "to be screened")
    sent = enquiry_of(gateway, "1")
    assert sent is not None and sent["enquiry_answers"] == "age_years=44; pregnant=false"
    assert answers_in(gateway.protocol, sent["enquiry_answers"]) == [("Age", "44"), ("Pregnant", "false")]
    assert not current_rows("limoges").filter(value="Zoe").height
    contact = vault.look("limoges", _kept(gateway, "1"), CALL)
    assert contact is not None and contact.given_name == "Zoe"


def test_the_same_sheet_twice_is_entered_once(gateway: Gateway, home: Path) -> None:
    for _ in range(2):
        assert send_enquiry(gateway, open_vault(home), asks(), ON, "t1") == "1"
    assert send_enquiry(gateway, open_vault(home), asks(), ON, "t2") == "2"


def test_everything_wrong_is_said_at_once_and_nothing_is_kept(gateway: Gateway, home: Path) -> None:
    vault, before = open_vault(home), read_head("limoges")
    with pytest.raises(RefusedError) as refused:
        send_enquiry(gateway, vault, asks("NOWHERE", False, "", age_years="-4", diagnosis="<b>"), ON, "t1")
    places = {problem.place for problem in refused.value.problems}
    assert places == {"agreed", "site", "email", "age_years", "diagnosis"}
    assert read_head("limoges") == before and not vault.known("limoges")


def test_a_contact_that_cannot_be_kept_leaves_nothing_in_the_record(gateway: Gateway, home: Path) -> None:
    before = read_head("limoges")
    wrong = Enquiry("LIMOGES", {}, Identity(email="no address"), True)
    with pytest.raises(RefusedError):
        send_enquiry(gateway, open_vault(home), wrong, ON, "t1")
    assert read_head("limoges") == before


def test_the_contact_moves_to_the_participant_and_is_destroyed_where_it_was(gateway: Gateway, home: Path) -> None:
    vault = open_vault(home)
    number = send_enquiry(gateway, vault, asks(), ON, "t1")
    carry_over(gateway, vault, number, "LIM-001", CALL)
    moved = vault.look("limoges", "LIM-001", CALL)
    assert moved is not None and moved.given_name == "Zoe"
    assert vault.erased("limoges", _kept(gateway, number))
    carry_over(gateway, vault, "99", "LIM-002", CALL)
    assert "LIM-002" not in vault.known("limoges")


class Crash(BaseException):
    """The program ends here."""


def test_a_crash_between_vault_and_record_never_gives_a_contact_to_another(
    gateway: Gateway, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, keep = open_vault(home), Vault.keep

    def crashes(*words: Any) -> None:
        keep(*words)
        raise Crash

    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(Vault, "keep", crashes)
        send_enquiry(gateway, vault, asks(), ON, "t1")
    (orphan,) = vault.known("limoges")
    assert not form_rows(gateway, "prescreening")
    other = Enquiry("LIMOGES", {}, Identity(given_name="Ada", phone="555 0100"), True)
    assert send_enquiry(gateway, vault, other, ON, "t2") == "1"
    contact = vault.look("limoges", _kept(gateway, "1"), CALL)
    assert contact is not None and contact.given_name == "Ada" and _kept(gateway, "1") != orphan
    # It may still be under way, until an hour later.
    assert not vault.erased("limoges", orphan) and sweep_contacts(gateway, vault) == 0
    later = replace(vault, clock=lambda: vault.clock() + timedelta(hours=2))
    assert sweep_contacts(gateway, later) == 1 and vault.erased("limoges", orphan)
    assert not vault.erased("limoges", _kept(gateway, "1"))


def test_a_closed_line_has_no_contact_and_the_entry_says_so(gateway: Gateway, home: Path) -> None:
    vault, before = open_vault(home), read_head("limoges").sequence
    number = send_enquiry(gateway, vault, asks(), ON, "t1")
    close_enquiry(gateway, vault, number, "declined", "too far", NORA, CALL, ON)
    (line,) = form_rows(gateway, "prescreening")
    sent = enquiry_of(gateway, number)
    assert (line["prescreening_outcome"], line["declined_reason"]) == ("declined", "too far")
    assert sent is not None and sent["contact_erased_on"] == ON.isoformat()
    assert vault.erased("limoges", enquirer(sent)) and read_head("limoges").sequence == before + 2
    with pytest.raises(RefusedError, match="no contact that could be destroyed"):
        close_enquiry(gateway, vault, number, "declined", "too far", NORA, CALL, ON)


def test_what_closes_no_enquiry_leaves_the_contact(gateway: Gateway, home: Path) -> None:
    vault = open_vault(home)
    number = send_enquiry(gateway, vault, asks(), ON, "t1")
    for outcome, why in (("to be screened", ""), ("declined", ""), ("declined", "<b>"), ("not eligible", "too far")):
        with pytest.raises(RefusedError):
            close_enquiry(gateway, vault, number, outcome, why, NORA, CALL, ON)
    assert not vault.erased("limoges", _kept(gateway, number))
    erase_contact(gateway, vault, number, NORA, CALL, ON)
    assert vault.erased("limoges", _kept(gateway, number))


def test_nobody_enters_an_enquiry_by_hand(gateway: Gateway) -> None:
    draft = Draft(Place("", "enquiry", repeat="1"), {"enquiry_agreed": True})
    assert [problem for rule in BY_VERB_ONLY for problem in rule(gateway, draft)]
