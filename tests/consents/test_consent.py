"""Consent: who must decide what before anything is done, what a new version asks, and what a withdrawal ends."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from calcitrial import verbs
from calcitrial.consents import consented, documents, needs, read_text, releases_at, take_consent, withdraw, withdrawn
from calcitrial.consents.ages import age_rules
from calcitrial.consents.documents import add_document, marked_template, text_file
from calcitrial.participants import begin_visit, enrol, screen
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Gateway, Place, current_rows, read_head
from calcitrial.record.numbering import form_rows
from tests.participants.test_screening import WELL

from .consent_study import FIRST, KINDS, NURSE, SITE, gateway_of, put_into_use, registered

ON = date(2026, 5, 20)
LIMOGES = {**WELL, "site": SITE, "parent_consent_signed": True, "assent_if_able": True}


def act(gateway: Gateway, name: str = "adult", age: int = 44, **change: Any) -> dict[str, object]:
    """The values of a consent that was given and drawn."""
    version = change.get("consent_version", "1")
    text = next(d for d in documents(gateway) if (d.id, d.version, d.language) == (name, version, "fr"))
    signer = {"adult": "participant", "parent": "parent", "assent": "participant"}[name]
    values = {
        "consent_kind": KINDS[name],
        "signer": signer,
        "decision": "given",
        "consent_document_id": name,
        "consent_version": "1",
        "consent_language": "fr",
        "consent_text_sha256": text.sha256,
        "consented_on": ON.isoformat(),
        "age_at_consent": age,
        "consent_method": "drawn",
        "signature_sha256": "0" * 64,
        "explained_by": "Dr Doe",
    }
    return values | change


def problems(gateway: Gateway, code: str, on: date = ON) -> str:
    return " ".join(problem.what for problem in consented(gateway, code, on))


def study(home: Path) -> tuple[Gateway, str]:
    gateway = gateway_of()
    put_into_use(gateway, home)
    return gateway, registered(gateway)


def test_an_adult_consents_alone(home: Path) -> None:
    gateway, code = study(home)
    assert problems(gateway, code) == "The adult consent is missing."
    assert take_consent(gateway, code, act(gateway), NURSE) == "C1"
    assert consented(gateway, code, ON) == []
    assert problems(gateway, code, ON - timedelta(days=1)) == "The adult consent is missing."


def test_a_refusal_and_a_later_yes_are_both_kept(home: Path) -> None:
    gateway, code = study(home)
    no = act(gateway, decision="refused", consent_method="not signed", signature_sha256=None)
    take_consent(gateway, code, no, NURSE)
    assert "was refused on 2026-05-20" in problems(gateway, code)
    assert take_consent(gateway, code, act(gateway), NURSE) == "C2"
    assert consented(gateway, code, ON) == []
    assert [row["decision"] for row in form_rows(gateway, "consent", code)] == ["refused", "given"]


def test_a_child_needs_both_parents_and_assent(home: Path) -> None:
    gateway, code = study(home)
    take_consent(gateway, code, act(gateway, "parent", 9), NURSE)
    assert problems(gateway, code) == "The parental consent (second parent) is missing. The assent is missing."
    take_consent(gateway, code, act(gateway, "parent", 9, signer="second parent"), NURSE)
    take_consent(gateway, code, act(gateway, "assent", 9), NURSE)
    assert consented(gateway, code, ON) == []


def test_one_parent_is_enough_who_alone_holds_authority(home: Path) -> None:
    gateway, code = study(home)
    take_consent(gateway, code, act(gateway, "parent", 2, signer="only holder of parental authority"), NURSE)
    unable = {"decision": "not able to assent", "not_able_reason": "too young", "consent_method": "not signed"}
    take_consent(gateway, code, act(gateway, "assent", 2, signature_sha256=None, **unable), NURSE)
    assert consented(gateway, code, ON) == []


def test_a_child_who_says_no_is_never_overridden(home: Path) -> None:
    gateway, code = study(home)
    take_consent(gateway, code, act(gateway, "parent", 9, signer="legal guardian"), NURSE)
    no = act(gateway, "assent", 9, decision="refused", consent_method="not signed", signature_sha256=None)
    take_consent(gateway, code, no, NURSE)
    assert problems(gateway, code) == "The assent was refused on 2026-05-20."


def test_who_comes_of_age_consents_again(home: Path) -> None:
    gateway, code = study(home)
    take_consent(gateway, code, act(gateway, "parent", 17, signer="legal guardian"), NURSE)
    take_consent(gateway, code, act(gateway, "assent", 17), NURSE)
    assert consented(gateway, code, ON) == []
    assert problems(gateway, code, date(2027, 5, 20)) == "The adult consent is missing."
    known = needs(gateway, code, ON, age=18)
    assert [(need.kind, need.state) for need in known] == [("adult consent", "missing")]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"age_at_consent": 17}, "At 17 years a person is a minor here (18)."),
        ({"signer": "parent"}, "The adult consent is not given by 'parent'"),
        ({"decision": "not able to assent", "not_able_reason": "other"}, "is not 'not able to assent'"),
        ({"signature_sha256": None}, "The signature is missing"),
        ({"consent_method": "not signed", "signature_sha256": None}, "The signature is missing"),
        ({"consented_on": "2027-01-01"}, "lies in the future"),
        ({"consented_on": "2025-12-31"}, "adult 1 was not in use here on 2025-12-31"),
        ({"consent_version": "7"}, "adult 7 was not in use here"),
        ({"consent_text_sha256": "f" * 64}, "was not in use here"),
        ({"consent_language": "en"}, "was not in use here"),
        ({"not_able_reason": "other"}, "The reason does not fit"),
    ],
)
def test_a_consent_that_cannot_stand_is_refused(home: Path, change: dict[str, Any], sentence: str) -> None:
    gateway, code = study(home)
    values = act(gateway) | change
    with pytest.raises(RefusedError) as refused:
        take_consent(gateway, code, values, NURSE)
    assert sentence in str(refused.value)
    assert not form_rows(gateway, "consent", code)


def test_a_version_that_is_not_released_at_the_site_is_refused(home: Path) -> None:
    gateway = gateway_of("stsinj")
    put_into_use(gateway, home, site="ELSEWHERE")
    code = registered(gateway, "PITTSBURGH")
    with pytest.raises(RefusedError, match="was not in use here"):
        take_consent(gateway, code, act(gateway), NURSE)
    assert problems(gateway, code) == f"No consent document is in use at the site of {code}."


@pytest.mark.parametrize(
    ("reconsent", "state", "stands"),
    [
        ("not needed", "given", True),
        ("at the next visit", "renew", True),
        ("required before the next visit", "renew", False),
    ],
)
def test_a_new_version_asks_what_it_says(home: Path, reconsent: str, state: str, stands: bool) -> None:
    gateway, code = study(home)
    take_consent(gateway, code, act(gateway), NURSE)
    put_into_use(gateway, home, "2", date(2026, 5, 25), reconsent, ["adult"])
    after = date(2026, 5, 26)
    assert needs(gateway, code, after)[0].state == state
    assert (consented(gateway, code, after) == []) is stands
    assert consented(gateway, code, ON) == []
    put_into_use(gateway, home, "3", date(2026, 5, 27), "not needed", ["adult"])
    assert needs(gateway, code, date(2026, 5, 28))[0].state == state, "a later version does not undo the question"
    take_consent(gateway, code, act(gateway, consent_version="3", consented_on="2026-05-30"), NURSE)
    assert needs(gateway, code, date(2026, 5, 30))[0].state == "given"


def test_the_next_visit_waits_for_a_required_version(home: Path) -> None:
    gateway, code = study(home)
    take_consent(gateway, code, act(gateway), NURSE)
    begin_visit(gateway, code, "BL", ON, NURSE)
    put_into_use(gateway, home, "2", date(2026, 5, 25), "required before the next visit", ["adult"])
    gateway.enter([Draft(Place(code, "pain", "BL"), {"pain_nrs": 4})], NURSE)
    with pytest.raises(RefusedError, match="adult 2 is required before the next visit"):
        begin_visit(gateway, code, "W04", date(2026, 5, 28), NURSE)
    take_consent(gateway, code, act(gateway, consent_version="2", consented_on="2026-05-28"), NURSE)
    begin_visit(gateway, code, "W04", date(2026, 5, 28), NURSE)


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_nobody_is_enrolled_seen_or_injected_before_consent(home: Path) -> None:
    gateway, code = study(home)
    screen(gateway, code, LIMOGES, NURSE)
    sequence = read_head("limoges").sequence
    for enter in (lambda: enrol(gateway, code, ON, NURSE), lambda: begin_visit(gateway, code, "BL", ON, NURSE)):
        with pytest.raises(RefusedError, match="The adult consent is missing"):
            enter()
    with pytest.raises(RefusedError, match="The adult consent is missing"):
        verbs.enter("limoges", [Draft(Place(code, "enrolment"), {"enrolment_date": ON.isoformat()})], NURSE)
    assert read_head("limoges").sequence == sequence
    take_consent(gateway, code, act(gateway), NURSE)
    enrol(gateway, code, ON, NURSE)


def test_a_study_without_documents_asks_the_screening(home: Path) -> None:
    gateway = gateway_of()
    code = registered(gateway)
    assert "does not say that consent was signed" in problems(gateway, code)
    screen(gateway, code, LIMOGES, NURSE)
    assert consented(gateway, code) == []


def entered(home: Path) -> tuple[Gateway, str]:
    """Somebody with consent, a visit and a pain score."""
    gateway, code = study(home)
    take_consent(gateway, code, act(gateway), NURSE)
    begin_visit(gateway, code, "BL", ON, NURSE)
    gateway.enter([Draft(Place(code, "pain", "BL"), {"pain_nrs": 4})], NURSE)
    return gateway, code


def leave(gateway: Gateway, code: str, scope: str) -> None:
    values = {"withdrawn_on": "2026-05-25", "withdrawal_scope": scope, "withdrawn_by": "participant"}
    assert withdraw(gateway, code, values, NURSE) == "W1"


EVENT = {"term": "Pain", "grade": 1, "serious": False, "related": "unknown", "onset_date": "2026-05-24"}


@pytest.mark.requirement("ICH E6(R3) 3.16.1(u)")
@pytest.mark.parametrize(
    ("scope", "visit", "event"),
    [
        ("treatment only", True, True),
        ("visits, safety follow-up goes on", False, True),
        ("all further data", False, False),
    ],
)
def test_after_a_withdrawal_nothing_more_is_taken_in_and_nothing_is_lost(
    home: Path, scope: str, visit: bool, event: bool
) -> None:
    gateway, code = entered(home)
    before = current_rows("limoges", code)
    leave(gateway, code, scope)
    forms = [
        (visit, Draft(Place(code, "visit", "W04"), {"visit_date": "2026-05-28"})),
        (event, Draft(Place(code, "adverse_event", repeat="AE1"), {**EVENT, "outcome": "recovered"})),
        (False, Draft(Place(code, "enrolment"), {"enrolment_date": "2026-05-28"})),
        (True, Draft(Place(code, "end_of_study"), {"end_date": "2026-05-28", "end_reason": "withdrew consent"})),
    ]
    for possible, draft in forms:
        for enter in (lambda one: gateway.enter(one, NURSE), lambda one: verbs.enter("limoges", one, NURSE)):
            if not possible:
                with pytest.raises(RefusedError, match=rf"{code} withdrew on 2026-05-25 \({scope}\)"):
                    enter([draft])
        if possible:
            gateway.enter([draft], NURSE)
    assert set(before.iter_rows()) <= set(current_rows("limoges", code).iter_rows())


@pytest.mark.parametrize("forbidden", [False, True])
def test_pictures_of_earlier_visits_may_be_read_unless_that_is_forbidden_too(home: Path, forbidden: bool) -> None:
    gateway, code = entered(home)
    lesion = f"{code}-L1"
    spot = {"body_site": "knee", "side": "left", "view": "front", "map_x": 0.5, "map_y": 0.7, "role": "target"}
    verbs.enter("limoges", [Draft(Place(code, "lesion", lesion=lesion), spot)], NURSE)
    values = {"withdrawn_on": "2026-05-25", "withdrawal_scope": "all further data", "withdrawn_by": "participant"}
    withdraw(gateway, code, {**values, "samples_and_images": forbidden}, NURSE)
    measured = {"threshold": 130, "software": "test", "series_uid": "1.2", "series_digest": "0" * 64}
    draft = Draft(Place(code, "ct_measurement", "BL", lesion), measured)
    if forbidden:
        with pytest.raises(RefusedError, match="withdrew on 2026-05-25"):
            gateway.enter([draft], NURSE)
    else:
        gateway.enter([draft], NURSE)


def test_what_was_entered_before_a_withdrawal_can_be_put_right(home: Path) -> None:
    gateway, code = entered(home)
    leave(gateway, code, "all further data")
    place = Place(code, "pain", "BL")
    gateway.enter([Draft(place, {"pain_nrs": 5}, expected=1, reason="misread")], NURSE)
    with pytest.raises(RefusedError, match="withdrew on"):
        take_consent(gateway, code, act(gateway), NURSE)


def test_a_withdrawal_has_a_day_and_a_scope(home: Path) -> None:
    gateway, code = entered(home)
    assert withdrawn(gateway, code) is None
    leave(gateway, code, "treatment only")
    assert withdrawn(gateway, code) is None
    assert withdrawn(gateway, code, "treatment only") == date(2026, 5, 25)
    more = {"withdrawn_on": "2026-05-26", "withdrawal_scope": "all further data", "withdrawn_by": "participant"}
    assert withdraw(gateway, code, more, NURSE) == "W2"
    assert withdrawn(gateway, code) == date(2026, 5, 26)


@pytest.mark.parametrize("form", ["registration", "consent", "consent_document", "consent_release", "prescreening"])
def test_forms_of_the_program_do_not_come_by_hand(home: Path, form: str) -> None:
    gateway, code = study(home)
    place = Place("" if "consent_" in form or form == "prescreening" else code, form, repeat="1")
    with pytest.raises(RefusedError, match=f"The form {form} is not entered by hand"):
        verbs.enter(gateway.study, [Draft(place, {})], NURSE)


def test_a_text_is_shown_only_while_it_is_the_one_that_was_entered(home: Path) -> None:
    gateway, _code = study(home)
    document = documents(gateway)[0]
    assert marked_template(read_text(home, document.sha256)) and document.template
    text_file(home, document.sha256).write_text("Another text.")
    with pytest.raises(RefusedError, match="is not the one that was entered"):
        read_text(home, document.sha256)
    text_file(home, document.sha256).unlink()
    with pytest.raises(RefusedError, match="is not there"):
        read_text(home, document.sha256)


def test_a_version_keeps_its_text(home: Path) -> None:
    gateway, _code = study(home)
    document = documents(gateway)[0]
    with pytest.raises(RefusedError, match="Version 0 was expected"):
        add_document(gateway, home, document, "Another text.", NURSE)
    with pytest.raises(RefusedError, match="The text is empty"):
        add_document(gateway, home, document, " ", NURSE)


def test_the_templates_say_that_they_are_templates() -> None:
    from calcitrial.consents import templates

    assert len(templates()) == 6
    assert all(marked_template(text) for text in templates().values())
    for language in ("en", "fr"):
        letters = [f"({letter}" for letter in "fghijlmnrstv"]
        assert all(mark in templates()["adult consent", language] for mark in letters)


def test_every_country_of_a_shipped_site_has_its_ages() -> None:
    assert {"France", "United States", ""} <= set(age_rules())
    assert all(rule.status == "assumed" and rule.note for rule in age_rules().values())


def test_releases_are_in_the_order_in_which_they_came_into_use(home: Path) -> None:
    gateway, _code = study(home)
    put_into_use(gateway, home, "2", FIRST + timedelta(days=9), names=["adult"])
    assert [one.version for one in releases_at(gateway, SITE) if one.document == "adult"] == ["1", "2"]
