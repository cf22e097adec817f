"""An enquiry becomes one line of the log with its answers, names stay in the vault, and it moves with the code."""

from datetime import date
from pathlib import Path

import pytest

from calcitrial.identity import Identity, Looker, open_vault
from calcitrial.participants import Enquiry, answers_in, carry_over, enquirer, enquiry_of, send_enquiry
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Gateway, Place, current_rows, read_head
from calcitrial.record.numbering import form_rows
from calcitrial.verbs import BY_VERB_ONLY
from tests.consents.consent_study import gateway_of

ON = date(2026, 5, 3)
CALL = Looker("nora", "study_nurse", "to contact the person")


def asks(site: str = "LIMOGES", agreed: bool = True, phone: str = "+33 555 01 02 03", **answers: str) -> Enquiry:
    said = {"age_years": "44", "pregnant": "false", **answers}
    return Enquiry(site, said, Identity(given_name="Zoe", phone=phone), agreed)


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
    contact = vault.look("limoges", enquirer("1"), CALL)
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
    carry_over(vault, "limoges", number, "LIM-001", CALL)
    moved = vault.look("limoges", "LIM-001", CALL)
    assert moved is not None and moved.given_name == "Zoe"
    assert vault.erased("limoges", enquirer(number))
    carry_over(vault, "limoges", "99", "LIM-002", CALL)
    assert "LIM-002" not in vault.known("limoges")


def test_nobody_enters_an_enquiry_by_hand(gateway: Gateway) -> None:
    draft = Draft(Place("", "enquiry", repeat="1"), {"enquiry_agreed": True})
    assert [problem for rule in BY_VERB_ONLY for problem in rule(gateway, draft)]
