"""Serious adverse events: who must be told until when, what was told, and what people judge.

`deadlines` are the clocks that run from the moment the site knew of an event; `expected` is the reference list that
makes a reaction unexpected. `queue_notices` enters the messages about an event with it, `deliver` sends them, and
`record_report` enters what was handed on. `assess` is the investigator's judgement, `recommend` the safety board's.
"""

from calcitrial.vigilance.expected import Expected, expected, expected_events
from calcitrial.vigilance.judgement import assess, recommend
from calcitrial.vigilance.notices import Contact, Kind, contacts, enter_contact, message, record_report
from calcitrial.vigilance.outbox import Waiting, deliver, link_to, queue_notices, send_queued, tell_again, waiting
from calcitrial.vigilance.serious import Deadline, aware_at, criteria_of, deadlines, is_susar

__all__ = [
    "Contact",
    "Deadline",
    "Expected",
    "Kind",
    "Waiting",
    "assess",
    "aware_at",
    "contacts",
    "criteria_of",
    "deadlines",
    "deliver",
    "enter_contact",
    "expected",
    "expected_events",
    "is_susar",
    "link_to",
    "message",
    "queue_notices",
    "recommend",
    "record_report",
    "send_queued",
    "tell_again",
    "waiting",
]
