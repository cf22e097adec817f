"""Adverse events: their words and grades, what they are counted against, and when injections must stop.

`check_event` admits a CTCAE v5.0 term and a grade that exists for it. From a cut, `adverse_events` makes the
tidy table (with the days since the injections of the linked lesion), `exposure` and `doses` what it is counted
against, and `holds` the participants and lesions that must not be injected, with the entries behind each. Necrosis,
ulcer and infection are events of special interest. Counts, rates and intervals are the analysis room's.

At the gateway `event_problems` admits an event, `follow_holds` enters the hold that it calls for in the same
submission, `set_hold` one that a person decides, and `hold_problems` refuses injections until somebody may `lift` it.
Who is told of a serious event, and until when, is the room `vigilance`.
"""

from calcitrial.safety.ctcae import VERSION, Term, check_event, find_terms, grade_text, term, terms
from calcitrial.safety.doses import Dose, DoseUnits, dose_units, doses
from calcitrial.safety.event_rules import event_problems
from calcitrial.safety.events import adverse_events
from calcitrial.safety.exposure import UNASSIGNED, Exposure, Injection, exposure, visit_days
from calcitrial.safety.reported import CRITERIA, YES, events_now, next_name
from calcitrial.safety.reported import FORM as EVENT_FORM
from calcitrial.safety.set_by_hand import next_hold, set_hold
from calcitrial.safety.special_interest import SpecialInterest, Step, special_interest, special_interests, steps_for
from calcitrial.safety.standing import (
    HOLD_FORMS,
    Standing,
    entered_holds,
    follow_holds,
    hold_problems,
    holds_against,
    lift,
    safety_by_hand_problems,
    unheld,
    words,
)
from calcitrial.safety.stopping import Hold, Level, holds

__all__ = [
    "CRITERIA",
    "EVENT_FORM",
    "HOLD_FORMS",
    "UNASSIGNED",
    "VERSION",
    "YES",
    "Dose",
    "DoseUnits",
    "Exposure",
    "Hold",
    "Injection",
    "Level",
    "SpecialInterest",
    "Standing",
    "Step",
    "Term",
    "adverse_events",
    "check_event",
    "dose_units",
    "doses",
    "entered_holds",
    "event_problems",
    "events_now",
    "exposure",
    "find_terms",
    "follow_holds",
    "grade_text",
    "hold_problems",
    "holds",
    "holds_against",
    "lift",
    "next_hold",
    "next_name",
    "safety_by_hand_problems",
    "set_hold",
    "special_interest",
    "special_interests",
    "steps_for",
    "term",
    "terms",
    "unheld",
    "visit_days",
    "words",
]
