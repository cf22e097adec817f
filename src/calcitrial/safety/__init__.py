"""Adverse events: their words and grades, what they are counted against, and when injections must stop.

`check_event` admits a CTCAE v5.0 term and a grade that exists for it. From a cut, `adverse_events` makes the
tidy table (with the days since the injections of the linked lesion), `exposure` and `doses` what it is counted
against, and `holds` the participants and lesions that must not be injected, with the entries behind each. Necrosis,
ulcer and infection are events of special interest. Counts, rates and intervals are the analysis room's.
"""

from calcitrial.safety.ctcae import VERSION, Term, check_event, find_terms, grade_text, term, terms
from calcitrial.safety.doses import Dose, DoseUnits, dose_units, doses
from calcitrial.safety.events import adverse_events
from calcitrial.safety.exposure import UNASSIGNED, Exposure, Injection, exposure, visit_days
from calcitrial.safety.holds import holds
from calcitrial.safety.reported import events_now, next_name
from calcitrial.safety.special_interest import SpecialInterest, special_interest, special_interests
from calcitrial.safety.standing import (
    Standing,
    safety_by_hand_problems,
    entered_holds,
    follow_holds,
    hold_problems,
    holds_against,
    lift,
    words,
)
from calcitrial.safety.stopping import Hold

__all__ = [
    "UNASSIGNED",
    "VERSION",
    "Dose",
    "DoseUnits",
    "Exposure",
    "Hold",
    "Injection",
    "SpecialInterest",
    "Standing",
    "Term",
    "adverse_events",
    "safety_by_hand_problems",
    "check_event",
    "dose_units",
    "doses",
    "entered_holds",
    "events_now",
    "exposure",
    "find_terms",
    "follow_holds",
    "grade_text",
    "hold_problems",
    "holds",
    "holds_against",
    "lift",
    "next_name",
    "special_interest",
    "special_interests",
    "term",
    "terms",
    "visit_days",
    "words",
]
