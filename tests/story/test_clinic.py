"""Both trials in the browser, from the first line of the log to the lock: who does what and what is refused."""

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client

from calcitrial.lesions import arms_of_participant
from calcitrial.pharmacy import vial_id
from calcitrial.protocol import load
from calcitrial.record import now, open_study
from calcitrial.verbs import RULES
from tests.clinic.consent_home import DRAWING
from tests.signing_in import proof, sign_in_by_grant
from tests.story.conftest import calcitrial
from tests.story.seat import Seat

STAFF = {
    "study_nurse": "nora",
    "investigator": "ines",
    "pharmacist": "paul",
    "monitor": "mona",
    "data_manager": "dana",
    "safety_board": "bea",
    "administrator": "ada",
    "assessor": "axel",
}
AT_SITE = ("study_nurse", "investigator", "pharmacist", "assessor")
PARENTS = ("parent", "second parent")
Consents = list[tuple[str, dict[str, str]]]
LINE = {"found_by": "clinic list", "prescreening_outcome": "to be screened"}
WELL = {
    "age_years": "44",
    "diagnosis": "SSc",
    "lesion_type": "calcification",
    "capacity_to_consent": "true",
    "symptomatic": "true",
    "measurable_lesion": "true",
    "calcinosis_on_xray": "true",
    "calcinosis_on_ultrasound": "false",
    "allergy_sts": "false",
    "allergy_excipient": "false",
    "pregnant": "false",
    "breastfeeding": "false",
}

JUDGED = {"_judge_B-I5": "true", "_judge_B-E0": "false", "_why_B-I5": "seen", "_why_B-E0": "none"}
NOT_SERIOUS = {"serious": "false", "related": "related"}
LIMITS = [
    (limit, part, text)
    for limit, value in {"volume_per_lesion": "1", "injections": "4", "spacing": "21"}.items()
    for part, text in (("value", value), ("reason", "as reported"))
]


def seats(study: str, site: str) -> dict[str, Seat]:
    """Everybody of the study, each signed in by a grant of the record."""
    made = {}
    for role, name in STAFF.items():
        client = Client(headers={"host": "127.0.0.1"})
        sign_in_by_grant(client, study, role, site if role in AT_SITE else "", name)
        made[name] = Seat(client, study)
    return made


def release_documents(ada: Seat, study: str) -> None:
    ada.look("consents/", "There is no document yet")
    ada.sends({}, "TEMPLATE", by="templates/")
    while "consents/release" in ada.text:
        ada.sends({}, by="release/")


def give_a_code(nora: Seat) -> str:
    nora.look("screening/", "Nobody is in the log yet")
    nora.sends(LINE, "Give a code")
    nora.sends({}, by="register/")
    return nora.path.split("/participants/")[1].split("/")[0]


def consents(nora: Seat, here: str, kind: str, **more: str) -> None:
    values = {"decision": "given", "signer": "participant", "_drawing": DRAWING} | more
    nora.look(f"{here}consent/sign/?kind={quote(kind)}", "TEMPLATE")
    nora.sends(values, "C")


def place_lesion(nora: Seat, here: str, site: str, x: str) -> str:
    nora.look(here + "map/")
    point = {"_view": "front", "_map_x": x, "_map_y": "0.7"}
    known = {"body_site": site, "side": "right", "role": "target", "kind": "calcification", "found": "at baseline"}
    nora.sends(known | point, "Saved.", by="_map_x")
    return nora.path.split("/map/")[1].split("/")[0]


def stock(paul: Seat) -> str:
    """Receive two vials, look at their labels, release them; return the first."""
    paul.look("drug/receive/")
    lot = {"product": "Sodium thiosulfate", "lot": "A1", "strength": "250", "vial_volume": "50"}
    lot |= {"expiry": "2030-12-31", "vials": "2", "temperature_ok": "true"}
    paul.sends(lot, "For clinical trial use only")
    paul.look("drug/move/?to=released")
    paul.sends({"movement": "released", "vials_moved": "R1"}, "A1")
    return vial_id(paul.study, 1)


def inject(ines: Seat, here: str, visit: str, lesion: str, vial: str) -> None:
    """Refused where the protocol gives no limit and nobody judged one; then entered as one session."""
    ines.look(f"{here}injections/{visit}/")
    dose = {"injected": "true", "concentration": "150", "volume": "0.5", "vial": vial, "guidance": "ultrasound"}
    dose |= {"needle_gauge": "25", "needle_length": "16", "pain_before": "2", "pain_during": "5", "pain_after": "1"}
    values = {f"{lesion}:{name}": value for name, value in dose.items()}
    ines.is_refused(values, "the protocol does not say", by=f"{lesion}:volume")
    judged = {f"_{limit}.{part}": text for limit, part, text in LIMITS if f"_{limit}.{part}" in ines.text}
    if "body:weight" in ines.text:
        ines.is_refused(values | judged, "The limit of a child goes by body surface", by=f"{lesion}:volume")
        judged |= {"body:weight": "30", "body:height": "135"}
    ines.sends(values | judged, "mg", by=f"{lesion}:volume")


def report_event(nora: Seat, here: str, lesion: str, today: str) -> None:
    nora.look(here + "events/new/?term=Skin%20infection")
    event = {"grade": "2", "onset_date": today, "ae_lesion": lesion, "ae_visit": "BL", "outcome": "not recovered"}
    # The second submission is the program's own: whom it told of an event of special interest, or why it could not.
    nora.sends(event | NOT_SERIOUS, "Skin infection", by="grade")
    nora.look(here, "Skin infection")


def query_and_sign(nora: Seat, mona: Seat, ines: Seat, here: str, visit: str = "BL") -> None:
    """Pain is entered, asked about, corrected with a reason, answered, closed, verified and signed."""
    form = f"{here}forms/pain/?visit={visit}"
    nora.look(form)
    nora.sends({"pain_nrs": "3", "_action": "finish"})
    page = f"{here}review/form/?form=pain&visit={visit}"
    mona.look(page, "Raise the query")
    mona.sends({"_item": "pain_nrs", "_text": "The source says 8."}, "Q1", by="_item")
    nora.look("today/", "Q1")
    nora.look(form)
    nora.is_refused({"pain_nrs": "8", "_action": "finish"}, "has no reason")
    nora.sends({"pain_nrs": "8", "_reason": "misread", "_action": "finish"})
    nora.look(here + "queries/Q1/")
    nora.sends({"_text": "Corrected.", "_act": "answer"}, "Corrected.")
    mona.look(here + "queries/Q1/", "Corrected.")
    mona.sends({"_text": "Agrees.", "_act": "close"}, "closed")
    mona.look(page)
    seen = re.findall(r'name="_seen" value="([^"]*)"', mona.text)
    mona.sends({"_seen": seen}, "verified", by="_seen")
    ines.look(page)
    ines.is_refused({"_password": "wrong", "_code": "ines"}, "Nothing was signed", by="_meaning")
    ines.sends(proof("ines"), "ines (simulated)", by="_meaning")


def lock(ines: Seat, dana: Seat, nora: Seat, here: str, visit: str = "BL") -> None:
    """Without the endorsement no final cut; with it and the lock nobody enters anything more."""
    study = dana.study
    ines.look("locks/", "Endorse all data of this site")
    ines.sends(proof("ines"), by="_act")
    dana.look("locks/")
    dana.is_refused({"_act": "lock", "_reason": "end", **proof("dana")}, by="_act")
    dana.look("locks/")
    why = {"_reason": "end of the story", "_despite": "the story ends here"}
    dana.sends({"_act": "lock", **why, **proof("dana")}, "locked", by="_act")
    nora.look(f"{here}forms/pain/?visit={visit}")
    nora.is_refused({"pain_nrs": "1", "_reason": "late", "_action": "finish"}, f"Study {study} is locked")


def screen_and_enrol(nora: Seat, here: str, answers: dict[str, str], signers: Consents) -> None:
    """Nobody is enrolled before every consent that the age asks for is signed."""
    nora.look(here + "screening/")
    nora.sends(answers, "Not yet possible to enrol")
    for kind, more in signers:
        consents(nora, here, kind, **more)
    nora.look(here + "screening/", "Every criterion is met")
    nora.sends({}, "Enrolled on", by="enrol/")


def final_cut_and_report(home: Path, address: str, study: str, cut: bool) -> None:
    where = {"home": home, "database": address}
    if not cut:
        assert "lock" in calcitrial("cut", study, "--final", fails=True, **where)
        return
    made = json.loads(calcitrial("cut", study, "--final", "--json", "-", **where))
    assert made["tables"]["injection"] == 1 and made["tables"]["pain"] == 1
    calcitrial("report", study, **where)
    assert made["digest"] in (home / "reports" / study / "report.html").read_text("utf-8")


@pytest.mark.requirement("ICH E6(R3) 4.2.6")
def test_stsinj_from_the_log_to_the_lock(home: Path, address: str) -> None:
    open_study(load("stsinj"), "test", rules=RULES)
    one = seats("stsinj", "PITTSBURGH")
    nora, ines, paul, mona, dana, ada = (one[name] for name in ("nora", "ines", "paul", "mona", "dana", "ada"))
    nora.look("today/", "Nothing waits for you")
    release_documents(ada, "stsinj")
    code = give_a_code(nora)
    here, today = f"participants/{code}/", now().date().isoformat()
    screen_and_enrol(nora, here, WELL | JUDGED, [("adult consent", {"age_at_consent": "44"})])
    lesion = place_lesion(nora, here, "knee", "0.41")
    nora.look(here + "visits/BL/begin/")
    nora.sends({"visit_date": today})
    inject(ines, here, "BL", lesion, stock(paul))
    nora.look(here + "injections/BL/")
    nora.sends({}, "Dose confirmed by nora", by="check/")
    report_event(nora, here, lesion, today)
    query_and_sign(nora, mona, ines, here)
    nora.look(here + "forms/end_of_study/")
    nora.sends({"end_date": today, "end_reason": "physician decision", "_action": "finish"})
    final_cut_and_report(home, address, "stsinj", cut=False)
    lock(ines, dana, nora, here)
    final_cut_and_report(home, address, "stsinj", cut=True)
    one["bea"].look("board/", "Open part", "Closed part")


@pytest.mark.requirement("ICH E6(R3) 4.2.6")
def test_limoges_with_a_child_from_the_log_to_the_lock(home: Path, address: str) -> None:
    protocol = load("limoges", "untreated_lesion")
    gateway = open_study(protocol, "test", rules=RULES)
    one = seats("limoges", "LIMOGES")
    nora, ines, paul, mona, dana, ada = (one[name] for name in ("nora", "ines", "paul", "mona", "dana", "ada"))
    release_documents(ada, "limoges")
    dana.look("allocation/", "none yet")
    dana.sends({}, by="activate/")
    code = give_a_code(nora)
    here, today = f"participants/{code}/", now().date().isoformat()
    # In France both parents sign for a child.
    signers: Consents = [("parental consent", {"signer": one, "age_at_consent": "9"}) for one in PARENTS]
    screen_and_enrol(nora, here, WELL | {"age_years": "9"}, [*signers, ("assent", {"age_at_consent": "9"})])
    for site, x in (("knee", "0.41"), ("thigh, anterior", "0.45")):
        place_lesion(nora, here, site, x)
    ines.look(here + "allocation/", "Freeze and sign the list")
    # The list, and then the signature, which is bound to the list as it stands in the record.
    ines.sends(proof("ines"), "Draw now", by="freeze/")
    ines.sends({}, by="draw/")
    ines.finds(*(arm.label for arm in protocol.arms))
    one["axel"].look(here)
    assert not any(arm.label in one["axel"].text for arm in protocol.arms)
    treated = {arm.id for arm in protocol.arms if arm.treated}
    lesion = next(lesion for lesion, arm in arms_of_participant(gateway, code).items() if arm in treated)
    visit = next(one.id for one in protocol.visits if "injection" in one.forms)
    nora.look(f"{here}visits/{visit}/begin/")
    nora.sends({"visit_date": today})
    inject(ines, here, visit, lesion, stock(paul))
    query_and_sign(nora, mona, ines, here, visit)
    lock(ines, dana, nora, here, visit)
    final_cut_and_report(home, address, "limoges", cut=True)
