"""Every act makes exactly one submission, or none where it touches no record: told for each act by name.

Each act is done through the program interface, which calls the same verbs as the page; `Script.do` counts. What the
program itself enters afterwards (what became of a message) is its own, and no part of the act.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from calcitrial.protocol import find, load
from calcitrial.record import close, connect, protocol_of
from tests.api import test_acts_story as story
from tests.api.scripts import YIELDED, Script
from tests.api.test_acts_story import DOSE, LIMITS, SITE, STUDY, THUMB, someone, today
from tests.api.test_acts_table import acts_in, table

# Names lie in the vault and tokens beside the studies: these touch no record.
NONE = {"keep-identity", "erase-identity", "revoke-token"}
# Raises one query per value that the checks of today would refuse, all at once; here they refuse none.
NONE |= {"check-values"}
LIM_DAY = "2026-01-02"


def people(nurse: Script) -> None:
    admin, doctor = someone("administrator", ""), someone("investigator")
    admin.do("train", person=nurse.person, topic="GCP", on=LIM_DAY)
    admin.do("grant", person=nurse.person, role="study_nurse", site=SITE, since=LIM_DAY, reason="works here")
    someone("principal_investigator").do("delegate", person=nurse.person, task="injection", site=SITE, since=LIM_DAY)
    admin.do("revoke", person=nurse.person, role="study_nurse", site=SITE, reason="left")
    newer = find(STUDY).read_text("utf-8").replace('version = "1"', 'version = "2"', 1)
    seen = protocol_of(STUDY).digest
    someone("data_manager", "").do("amend", definition=newer, seen=seen, reason="The board asked", on=LIM_DAY)
    admin.do("set-people-rule", what="delegation", says="required", reason="ICH E6(R3) 2.3.2")
    admin.do("release-policy", name="signatures", version="1", title="Signatures", since=LIM_DAY, text="I mean it.")
    doctor.do("acknowledge-policy", name="signatures", version="1", proof=doctor.proof)
    admin.do("keep-contact", values=CONTACT)
    admin.do("withdraw-release", site=SITE, reason="a mistake in the text")
    admin.do("revoke-token", digest=admin.read("tokens")[0]["digest"])


CONTACT = {"contact_email": "safety@sponsor.example", "contact_role": "sponsor", "contact_for": "serious events"}
CONTACT |= {"contact_active": "true"}


def before_enrolment(nurse: Script) -> None:
    code = story.registered(nurse)
    nurse.do("keep-identity", participant=code, values={"given_name": "A", "family_name": "B"})
    someone("investigator").do("erase-identity", participant=code, code_again=code)
    nurse.do("screen-failure", participant=code, on=today(), reason="screen failure")
    nurse.do("register-again", participant=code)


def in_the_trial(nurse: Script) -> None:
    code = story.enrolled(nurse)
    doctor, manager = someone("investigator"), someone("data_manager", "")
    lesion = nurse.do("place-lesion", participant=code, values=THUMB)["made"]
    doctor.do("freeze-lesions", participant=code, lesions=[lesion], proof=doctor.proof)
    doctor.do("unfreeze-lesions", participant=code, reason="one was overlooked", expected=1)
    second = nurse.do("place-lesion", participant=code, values=THUMB)["made"]
    doctor.do("freeze-lesions", participant=code, lesions=[lesion, second], proof=doctor.proof, expected=2)
    arms = nurse.do("draw", participant=code)["arms"]
    nurse.do("begin-visit", participant=code, visit="BL", on=today())
    nurse.do(
        "laboratory-ranges",
        site=SITE,
        lines=[{"analyte": "sodium", "low": "135", "high": "145", "age_from": "18", "source": "the laboratory"}],
    )
    nurse.do("laboratory", participant=code, visit="BL", drawn_on=today(), values={"sodium": "140"})
    treated = next(one for one, arm in arms.items() if arm == "STS")
    doctor.do("inject", participant=code, visit="BL", judged=LIMITS, injections={treated: DOSE})
    nurse.do("check-dose", participant=code, visit="BL", lesion=treated, expected=1)
    nurse.do("lesion-state", participant=code, lesion=treated, values={"state": "ulcerated", "state_date": today()})
    why = {"unblinding_category": "medical emergency", "unblinding_reason": "allergy", "unblinding_told": "doctor"}
    doctor.do("unblind", participant=code, values=why)
    event = an_event(nurse, code)
    nurse.do("tell-event-again", participant=code, event=event)
    doctor.do("assess-event", participant=code, event=event, values=JUDGED)
    (hold, *_more) = [one["name"] for one in nurse.read("holds") if one["in_force"]]
    doctor.do("set-hold", participant=code, lesion=treated, reason="the skin is thin")
    doctor.do("lift-hold", participant=code, hold=hold, reason="healed")
    in_time = next(one.id for one in load(STUDY, "untreated_lesion").visits if one.day > 0)
    nurse.do("miss-visit", participant=code, visit=in_time, why="other", text="snow")
    scale = {"occasion": "physician_global:BL", "answers": [{"item": "global", "answer": 3}]}
    doctor.do("take-down-answers", participant=code, **scale, told_by="physician", way="in the clinic")
    link = nurse.do("issue-diary-link", participant=code)["made"]
    nurse.do("revoke-diary-link", participant=code, link=link, reason="lost telephone")
    review(nurse, manager)
    manager.do("reveal-allocation", reason="for the test")
    ended = {"withdrawn_on": today(), "withdrawal_scope": "all further data", "withdrawn_by": "participant"}
    nurse.do("withdraw", participant=code, values=ended)
    doctor.do("endorse", site=SITE, proof=doctor.proof)


JUDGED = {"causality_drug": "yes", "causality_procedure": "no", "expectedness": "expected", "serious_confirmed": True}


def an_event(nurse: Script, code: str) -> str:
    values = {"term": "Skin infection", "grade": 3, "serious": True, "serious_important": True, "related": "related"}
    values |= {"onset_date": today(), "aware_date": today(), "outcome": "not recovered"}
    return str(nurse.do("report-event", participant=code, values=values)["made"])


def review(nurse: Script, manager: Script) -> None:
    board, monitor = someone("safety_board", ""), someone("monitor")
    said = {"recommendation": "continue", "recommendation_date": today()}
    board.do("recommend", values=said, proof=board.proof)
    sample = monitor.read(f"trail-review?site={SITE}")
    span = {"site": SITE, "first": sample["first"], "last": sample["last"]}
    monitor.do("review-trail", **span, finding="nothing", proof=monitor.proof)
    code = nurse.read("forms?form=enrolment")[0]["participant"]
    text = {"participant": code, "place": {"form": "enrolment"}, "item": "enrolment_date", "text": "Is this right?"}
    name = monitor.do("raise-query", **text)["made"]
    monitor.do("close-query", participant=code, query=name, text="Seen.", expected=1)
    monitor.do("reopen-query", participant=code, query=name, text="No.", expected=2)
    manager.do("check-values")


STORIES: tuple[Callable[[Script], None], ...] = (
    story.test_from_the_log_to_an_injection_by_tokens_alone,
    story.test_query_verification_signature_and_lock_by_tokens_alone,
    story.test_an_event_is_reported_judged_signed_and_handed_on,
    story.test_the_drug_is_received_moved_counted_and_explained,
    people,
    before_enrolment,
    in_the_trial,
)


@pytest.mark.requirement("ICH E6(R3) 4.2.2a")
def test_every_act_yields_exactly_one_submission(tmp_path: Path) -> None:
    for number, one in enumerate(STORIES):
        connect(tmp_path / str(number), create=True)
        one(story.opened())
        close()
    acts = {act for known, _reason in table().values() for act in acts_in(known) if " " not in act}
    assert {name for name in acts if max(YIELDED.get(name, [9])) != 1} == NONE
    assert {name for name in NONE if max(YIELDED[name])} == set()
