"""The report of one serious event as a sheet: the fields of the CIOMS form that a coded record can fill.

The blinded version has neither arm nor anything that was injected; who may know the arm may ask for the other one.
Names, initials and dates of birth are in no version: the code stands for the person (ICH E6(R3) 3.16.1(s)).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from calcitrial.participants import told_age
from calcitrial.safety_desk.event_view import EventView
from calcitrial.web import Reading

Line = tuple[str, str]
NOT_SHOWN = "not shown in the blinded version"


@dataclass(frozen=True)
class Sheet:
    """The report of one event: sections of labelled lines, whether it is blinded, and a digest over all of it."""

    sections: tuple[tuple[str, tuple[Line, ...]], ...]
    blinded: bool

    @property
    def text(self) -> str:
        """Return the content as one text."""
        return orjson.dumps([self.sections, self.blinded], option=orjson.OPT_INDENT_2).decode()

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the content."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def sheet_of(reading: Reading, view: EventView, *, blinded: bool) -> Sheet:
    """Return the report of an event; a reading that is blinded itself must be asked for the blinded one."""
    sections = (
        ("Report", tuple(_head(reading, view))),
        ("Person", tuple(_person(reading, view))),
        ("Event", tuple(_event(view))),
        ("Study treatment", tuple(_treatment(reading, view, blinded))),
        ("Judgement", tuple(_judgement(view, blinded))),
    )
    return Sheet(sections, blinded)


def _head(reading: Reading, view: EventView) -> Iterator[Line]:
    sent = [one for one in view.notices if one["notice_way"] == "report"]
    yield "Study", f"{reading.study}: {reading.protocol.name}"
    yield "Case", f"{reading.study} {view.participant} {view.name}"
    yield "Kind of report", f"follow-up {len(sent)}" if sent else "first report"
    aware = " ".join(part for part in (view.row["aware_date"], view.row["aware_time"]) if part)
    yield "The site became aware", f"{aware} UTC" if aware else "not entered"


def _person(reading: Reading, view: EventView) -> Iterator[Line]:
    screened = reading.by_participant("screening").get(view.participant, {})
    yield "Code", view.participant
    yield "Site", screened.get("site") or "not entered"
    age = screened.get("age_years") or ""
    # Ages above 89 identify (HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C)).
    yield "Age at screening", (told_age(int(age)) if age.isdecimal() else age) or "not entered"
    yield "Sex", screened.get("sex") or "not entered"
    yield "Diagnosis", screened.get("diagnosis") or "not entered"


def _event(view: EventView) -> Iterator[Line]:
    row = view.row
    yield "Term (CTCAE v5.0)", view.term
    yield "Grade", f"{view.grade or '(redacted)'}. {view.grade_words}"
    yield "Onset", row["onset_date"] or "(redacted)"
    yield "End", row["ae_end_date"] or "none entered"
    yield "Outcome", row["outcome"] or "none yet"
    yield "Serious because", ", ".join(view.criteria) or "no criterion entered"
    if view.special:
        yield "Special interest", view.special
    yield "Course", row["narrative"] or "not entered"
    yield "Treatment of the event", row["event_treatment"] or "not entered"


def _treatment(reading: Reading, view: EventView, blinded: bool) -> Iterator[Line]:
    if blinded:
        yield "Arm", NOT_SHOWN
        yield "Injections", NOT_SHOWN
        return
    arm_id = reading.arm_of(view.participant, view.row["ae_lesion"] or "")
    arm = reading.protocol.arm(arm_id)
    yield "Arm", arm.label if arm else "none yet"
    yield "Lesion", view.row["ae_lesion"] or "none named"
    yield "Route", "intralesional"
    given = [row for row in reading.table("injection") if row["injected"] == "true"]
    for row in sorted(given, key=lambda row: (row["visit"], row["lesion"])):
        if view.row["ae_lesion"] in (None, "", row["lesion"]):
            on = reading.visit_dates.get((row["participant"], row["visit"]), "day not entered")
            dose = f"{row['concentration'] or '?'} mg/mL, {row['volume'] or '?'} mL, vial {row['vial'] or '?'}"
            yield f"{row['visit']} {row['lesion']}", f"{on}: {dose}"
    if not given:
        yield "Injections", "none"
    yield "Days since the injection", str(view.days) if view.days is not None else "not known"
    yield "Action taken with the injections", view.row["action"] or "not entered"


def _judgement(view: EventView, blinded: bool) -> Iterator[Line]:
    judged = view.judgement
    yield "Reporter: related to the treatment", NOT_SHOWN if blinded else view.row["related"] or "not entered"
    if judged is None:
        yield "Investigator", "not judged yet"
        return
    yield "Investigator: caused by the drug", judged["causality_drug"] or "(redacted)"
    yield "Investigator: caused by the procedure", judged["causality_procedure"] or "(redacted)"
    yield "Investigator: expectedness", judged["expectedness"] or "(redacted)"
    if judged["assessment_comment"]:
        yield "Investigator: comment", judged["assessment_comment"]
