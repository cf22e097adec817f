"""Adverse events: their words and grades, what they are counted against, and when injections must stop.

`check_event` admits a CTCAE v5.0 term and a grade that exists for it. From a cut, `adverse_events` makes the
tidy table (with the days since the injections of the linked lesion), `exposure` and `doses` what it is counted
against, and `holds` the participants and lesions that must not be injected, with the entries behind each. Necrosis,
ulcer and infection are events of special interest. Counts, rates and intervals are the analysis room's.

At the gateway `event_problems` admits an event, `follow_holds` enters the hold that it calls for in the same
submission, and `hold_problems` refuses injections until somebody may `lift` it. `deadlines` are the clocks of a
serious event, `queue_notices` and `deliver` the messages about it, `record_report` what was handed on, `assess` and
`recommend` what people judge.
"""

from calcitrial.safety.ctcae import VERSION, Term, check_event, find_terms, grade_text, term, terms
from calcitrial.safety.doses import Dose, DoseUnits, dose_units, doses
from calcitrial.safety.event_rules import event_problems
from calcitrial.safety.events import adverse_events
from calcitrial.safety.expected import Expected, expected, expected_events
from calcitrial.safety.exposure import UNASSIGNED, Exposure, Injection, exposure, visit_days
from calcitrial.safety.judgement import assess, recommend
from calcitrial.safety.notices import Contact, Kind, contacts, enter_contact, message, record_report
from calcitrial.safety.outbox import Waiting, deliver, link_to, queue_notices, send_queued, tell_again, waiting
from calcitrial.safety.reported import events_now, next_name
from calcitrial.safety.serious import CRITERIA, Deadline, aware_at, criteria_of, deadlines, is_susar
from calcitrial.safety.set_by_hand import next_hold, set_hold
from calcitrial.safety.special_interest import SpecialInterest, Step, special_interest, special_interests, steps_for
from calcitrial.safety.standing import (
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
    "UNASSIGNED",
    "VERSION",
    "Contact",
    "Deadline",
    "Dose",
    "DoseUnits",
    "Expected",
    "Exposure",
    "Hold",
    "Injection",
    "Kind",
    "Level",
    "SpecialInterest",
    "Standing",
    "Step",
    "Term",
    "Waiting",
    "adverse_events",
    "assess",
    "aware_at",
    "check_event",
    "contacts",
    "criteria_of",
    "deadlines",
    "deliver",
    "dose_units",
    "doses",
    "enter_contact",
    "entered_holds",
    "event_problems",
    "events_now",
    "expected",
    "expected_events",
    "exposure",
    "find_terms",
    "follow_holds",
    "grade_text",
    "hold_problems",
    "holds",
    "holds_against",
    "is_susar",
    "lift",
    "link_to",
    "message",
    "next_hold",
    "next_name",
    "queue_notices",
    "recommend",
    "record_report",
    "safety_by_hand_problems",
    "send_queued",
    "set_hold",
    "special_interest",
    "special_interests",
    "steps_for",
    "tell_again",
    "term",
    "terms",
    "unheld",
    "visit_days",
    "waiting",
    "words",
]
