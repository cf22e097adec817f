"""A whole trial by script alone: from the log of callers to the lock, each step by somebody with a token."""

import base64
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from calcitrial import verbs
from calcitrial.protocol import load
from calcitrial.record import now, read_head, verify_study
from tests.api.scripts import Script
from tests.consents.drawing import png
from tests.participants.test_screening import WELL

STUDY, SITE = "limoges", "LIMOGES"
SCAN = base64.b64encode(png(strokes=True)).decode()
THUMB = {"body_site": "thumb, distal phalanx", "side": "left", "role": "target", "kind": "calcification"}
LIMITS = {
    "volume_per_lesion": {"value": 1, "reason": "small lesions"},
    "injections": {"value": 3, "reason": "as reported"},
}
DOSE = {"injected": True, "concentration": 150, "volume": 0.5, "guidance": "ultrasound", "needle_gauge": 25}
DOSE |= {"needle_length": 16, "pain_before": 2, "pain_during": 5, "pain_after": 1}


def someone(role: str, site: str = SITE) -> Script:
    return Script(STUDY, role, site)


def today() -> str:
    return now().date().isoformat()


@pytest.fixture
def nurse(home: Path) -> Script:
    """The nurse of an open study on each database."""
    return opened()


def opened() -> Script:
    """Return the nurse of a new study whose consent document is in use and whose allocation is committed to."""
    verbs.open_study(load(STUDY, "untreated_lesion"))
    admin = someone("administrator", "")
    text = {"document": "adult", "version": "1", "language": "en", "title": "Consent", "kind": "adult consent"}
    text |= {"valid_from": "2026-01-01", "reconsent": "not needed", "text": "# Consent\n\nThis study injects.\n"}
    admin.do("release-version", site=SITE, approval="EC 1", on="2026-01-01")
    admin.do("add-consent-document", **text)
    admin.do("release-consent-document", document="adult", version="1", site=SITE, on="2026-01-01")
    someone("data_manager", "").do("activate-allocation")
    return someone("study_nurse")


def registered(nurse: Script) -> str:
    line = {"prescreening_site": SITE, "prescreened_on": today(), "found_by": "referral"}
    number = nurse.do("prescreen", values=line | {"prescreening_outcome": "to be screened"}, ticket="one")["made"]
    code = str(nurse.do("register", number=number)["made"])
    assert nurse.do("register", number=number)["made"] == code
    return code


def consented(nurse: Script, code: str) -> dict[str, Any]:
    (document,) = nurse.read("forms?form=consent_document")
    paper = {"participant": code, "kind": "adult consent", "language": "en", "signer": "participant", "age": 44}
    paper |= {"decision": "given", "on": today(), "explained_by": "nora", "understood": True}
    return paper | {"text_sha256": document["values"]["text_sha256"], "scan": SCAN, "ticket": "paper"}


def screened(nurse: Script, code: str) -> dict[str, Any]:
    answers = {name: value for name, value in WELL.items() if name not in ("site", "consent_signed")}
    return {"participant": code, "answers": answers | {"screening_date": today()}}


def enrolled(nurse: Script) -> str:
    code = registered(nurse)
    nurse.do("consent-on-paper", **consented(nurse, code))
    nurse.do("screen", **screened(nurse, code))
    nurse.do("enrol", participant=code, on=today())
    return code


def drawn(nurse: Script, code: str) -> dict[str, str]:
    """Place two lesions, freeze and draw; return the arms."""
    lesions = [nurse.do("place-lesion", participant=code, values=THUMB)["made"] for _ in range(2)]
    doctor = someone("investigator")
    before = read_head(STUDY)
    wrong = {"password": "not the pass phrase", "code": doctor.person}
    frozen = {"participant": code, "lesions": lesions}
    assert "password is not right" in doctor.refused("freeze-lesions", **frozen, proof=wrong)
    half = doctor.proof | {"code": "somebody else"}
    assert "two components" in doctor.refused("freeze-lesions", **frozen, proof=half)
    assert read_head(STUDY) == before
    doctor.do("freeze-lesions", **frozen, proof=doctor.proof)
    first = nurse.do("draw", participant=code)
    again = nurse.do("draw", participant=code)
    assert first["arms"] == again["arms"] != {}
    assert first["sequence"] == again["sequence"]
    return dict(first["arms"])


def test_from_the_log_to_an_injection_by_tokens_alone(nurse: Script) -> None:
    code = enrolled(nurse)
    arms = drawn(nurse, code)
    treated = next(lesion for lesion, arm in arms.items() if arm == "STS")
    other = next(lesion for lesion, arm in arms.items() if arm == "CTL")
    nurse.do("begin-visit", participant=code, visit="BL", on=today())
    doctor, before = someone("investigator"), read_head(STUDY).sequence
    session = {"participant": code, "visit": "BL", "judged": LIMITS, "injections": {treated: DOSE}}
    assert "not injected" in doctor.refused("inject", **session | {"injections": {other: DOSE}})
    assert doctor.do("inject", **session)["sequence"] == before + 1
    (shot,) = nurse.read(f"forms?participant={code}&form=injection")
    assert (shot["lesion"], shot["values"]["volume"]) == (treated, "0.5")
    assert nurse.read("allocation")["faults"] == []
    assert [one["key"] for one in nurse.read(f"timeline?participant={code}")]


def test_consent_comes_before_enrolment_and_the_criteria_too(nurse: Script) -> None:
    code = registered(nurse)
    assert nurse.refused("enrol", participant=code, on=today())
    paper = consented(nurse, code)
    assert "scan" in nurse.refused("consent-on-paper", **paper | {"scan": ""}).casefold()
    assert "not in use" in nurse.refused("consent-on-paper", **paper | {"text_sha256": "0" * 64})
    assert nurse.do("consent-on-paper", **paper)["made"] == nurse.do("consent-on-paper", **paper)["made"] == "C1"
    strange = screened(nurse, code) | {"judged": {"A-I1": {"result": "true", "reason": "he looks well"}}}
    assert "no criterion 'A-I1' to judge" in nurse.refused("screen", **strange)


def test_query_verification_signature_and_lock_by_tokens_alone(nurse: Script) -> None:
    code = enrolled(nurse)
    monitor, manager, doctor = someone("monitor"), someone("data_manager", ""), someone("investigator")
    place = {"form": "enrolment"}
    name = monitor.do("raise-query", participant=code, place=place, item="enrolment_date", text="Is this right?")[
        "made"
    ]
    assert [one["state"] for one in nurse.read("queries")] == ["open"]
    nurse.do("answer-query", participant=code, query=name, text="Yes.", expected=1)
    monitor.do("close-query", participant=code, query=name, text="Thanks.", expected=2)
    (form,) = doctor.read(f"forms?participant={code}&form=enrolment")
    monitor.do("verify-source", participant=code, place=place, entries=form["entries"])
    signed = {"place": place, "last": max(form["entries"].values())}
    stale = signed | {"last": signed["last"] - 1}
    body = {"participant": code, "meaning": "reviewed", "proof": doctor.proof}
    assert "changed since you looked" in doctor.refused("sign", **body, forms=[stale])
    doctor.do("sign", **body, forms=[signed])
    manager.do("lock", site=SITE, reason="clean", despite="one visit is open", proof=manager.proof)
    assert "lock" in nurse.refused("withdraw", participant=code, values={"withdrawn_on": today()}).casefold()
    manager.do("unlock", site=SITE, reason="one more value", expected=1, proof=manager.proof)
    assert verify_study(STUDY).ok


def test_an_event_is_reported_judged_signed_and_handed_on(nurse: Script) -> None:
    code, doctor = enrolled(nurse), someone("investigator")
    event = {"term": "Injection site reaction", "grade": 2, "serious": False, "related": "related"}
    event |= {"onset_date": today(), "outcome": "not recovered"}
    name = nurse.do("report-event", participant=code, values=event)["made"]
    assert name == "AE1"
    worse = {"participant": code, "event": name, "values": event | {"grade": 3}, "expected": 1}
    assert "reason" in nurse.refused("report-event", **worse)
    nurse.do("report-event", **worse, reason="looked again")
    judged = {"causality_drug": "yes", "causality_procedure": "no", "expectedness": "expected"}
    doctor.do("assess-event", participant=code, event=name, values=judged | {"serious_confirmed": False})
    doctor.do("sign-event", participant=code, event=name, proof=doctor.proof)
    nurse.do("hand-on-report", participant=code, event=name, to="sponsor")


def test_the_drug_is_received_moved_counted_and_explained(nurse: Script) -> None:
    petra = someone("pharmacist")
    lot = {"site": SITE, "product": "Sodium thiosulfate", "lot": "A1", "strength": 250, "vial_volume": 50}
    lot |= {"expiry": "2030-12-31", "vials": 4, "received_on": "2026-01-02", "temperature_ok": True}
    vials = petra.do("receive-drug", values=lot)["vials"]
    assert len(vials) == 4
    petra.do("move-drug", movement="released", vials=" ".join(vials), on="2026-01-03")
    petra.do("count-drug", site=SITE, lot="A1", counted=3, on=today())
    petra.do("explain-count", count="C1", explanation="One lay in the other fridge.")
    (line,) = petra.read("drug")
    assert (line["received"], line["in_stock"], line["awaiting"]) == (4, 4, 0)
    other = Script(STUDY, "pharmacist", "Elsewhere", "paul")
    assert other.read("drug") == []
    assert other.answer("receive-drug", values=lot)[0] == 403


def test_a_diary_link_is_issued_once_and_revoked(nurse: Script) -> None:
    code = enrolled(nurse)
    phone = Client(
        headers={"host": "127.0.0.1"}, REMOTE_ADDR="192.0.2.71"
    )  # wrong links of other tests do not count here
    link = nurse.do("issue-diary-link", participant=code)
    assert phone.get(link["address"]).status_code == 200
    nurse.do("revoke-diary-link", participant=code, link=link["made"], reason="lost telephone")
    assert phone.get(link["address"]).status_code == 404
    assert "no such questionnaire" in nurse.refused(
        "take-down-answers",
        participant=code,
        occasion="none",
        answers=[{"item": "a", "answer": 1}],
        told_by="participant",
        way="telephone",
    )
