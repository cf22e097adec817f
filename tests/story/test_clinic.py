"""Both trials in the browser, from the first line of the log to the lock: who does what, sees what, and is refused what."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client

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
}
AT_SITE = ("study_nurse", "investigator", "pharmacist")
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
    ada.sends({}, "TEMPLATE", by="templates/", entries=6)
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


def inject(ines: Seat, here: str, lesions: list[str], vial: str) -> None:
    """Refused where the protocol gives no limit and nobody judged one; then entered as one session."""
    ines.look(here + "injections/BL/")
    dose = {"injected": "true", "concentration": "150", "volume": "0.5", "vial": vial, "guidance": "ultrasound"}
    dose |= {"needle_gauge": "25", "needle_length": "16", "pain_before": "2", "pain_during": "5", "pain_after": "1"}
    values = {f"{lesion}:{name}": value for lesion in lesions for name, value in dose.items()}
    ines.is_refused(values, "the protocol does not say", by=f"{lesions[0]}:volume")
    judged = {f"_{limit}.{part}": text for limit, part, text in LIMITS if f"_{limit}.{part}" in ines.text}
    ines.sends(values | judged, "mg", by=f"{lesions[0]}:volume")


def report_event(nora: Seat, ines: Seat, here: str, lesion: str, today: str) -> None:
    nora.look(here + "events/new/?term=Skin%20infection")
    event = {"grade": "2", "onset_date": today, "ae_lesion": lesion, "ae_visit": "BL", "outcome": "not recovered"}
    # The second submission is the program's own: whom it told of an event of special interest, or why it could not.
    nora.sends(event | NOT_SERIOUS, "Skin infection", by="grade", entries=2)
    nora.look(here, "Skin infection")


def query_and_sign(nora: Seat, mona: Seat, ines: Seat, here: str) -> None:
    """Pain is entered, asked about, corrected with a reason, answered, closed, verified and signed."""
    form = here + "forms/pain/?visit=BL"
    nora.look(form)
    print(nora.sheet("pain_nrs"))
    nora.sends({"pain_nrs": "3", "_action": "finish"})
    page = here + "review/form/?form=pain&visit=BL"
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


def lock(ines: Seat, dana: Seat, nora: Seat, mona: Seat, here: str, site: str) -> None:
    """Without the endorsement no final cut; with it and the lock nobody enters anything more."""
    study = dana.study
    ines.look("locks/", "Endorse all data of this site")
    ines.sends(proof("ines"), by="_act")
    dana.look("locks/")
    dana.is_refused({"_act": "lock", "_reason": "end", **proof("dana")}, by="_act")
    dana.look("locks/")
    dana.sends({"_act": "lock", "_reason": "end of the story", "_despite": "the story ends here", **proof("dana")}, "locked", by="_act")
    nora.look(here + "forms/pain/?visit=BL")
    nora.is_refused({"pain_nrs": "1", "_reason": "late", "_action": "finish"}, f"Study {study} is locked")


def test_stsinj(home: Path, address: str) -> None:
    open_study(load("stsinj"), "test", rules=RULES)
    one = seats("stsinj", "PITTSBURGH")
    nora, ines, paul, mona, dana, ada = (one[name] for name in ("nora", "ines", "paul", "mona", "dana", "ada"))
    nora.look("today/", "Nothing waits for you")
    release_documents(ada, "stsinj")
    code = give_a_code(nora)
    here, today = f"participants/{code}/", now().date().isoformat()
    nora.look(here + "screening/")
    nora.sends(WELL | JUDGED, "Not yet possible to enrol")
    consents(nora, here, "adult consent", age_at_consent="44")
    nora.look(here + "screening/", "The consents say something else than the saved screening")
    nora.sends({"_reason": "consent came"}, "Every criterion is met", by="diagnosis")
    nora.sends({}, "Enrolled on", by="enrol/")
    lesion = place_lesion(nora, here, "knee", "0.41")
    nora.look(here + "visits/BL/begin/")
    nora.sends({"visit_date": today})
    inject(ines, here, [lesion], stock(paul))
    nora.look(here + "injections/BL/")
    nora.sends({}, "Dose confirmed by nora", by="check/")
    report_event(nora, ines, here, lesion, today)
    query_and_sign(nora, mona, ines, here)
    nora.look(here + "forms/end_of_study/")
    print(nora.sheet("end_date"))
    lock(ines, dana, nora, mona, here, "PITTSBURGH")
    print(calcitrial("cut", "stsinj", "--final", home=home, database=address))
    print(calcitrial("report", "stsinj", home=home, database=address))
    assert 0
