"""Adverse events: their words and grades, what they are counted against, and when injections must stop.

`check_event` admits a CTCAE v5.0 term and a grade that exists for it. From a cut, `adverse_events` makes the
tidy table (with the days since the injections of the linked lesion), `summarise` the counts per arm and term
with every denominator, `doses` the mL and mg of each injection, and `holds` the participants and lesions that
must not be injected, with the entries behind each. Necrosis, ulcer and infection are events of special interest.
Intervals are the analysis room's.
"""

from calcitrial.safety.ctcae import VERSION, Term, check_event, find_terms, grade_text, term, terms
from calcitrial.safety.doses import Dose, DoseUnits, dose_units, doses
from calcitrial.safety.exposure import UNASSIGNED, Denominator, Exposure, Injection, exposure, visit_days
from calcitrial.safety.holds import Hold, holds
from calcitrial.safety.special_interest import SpecialInterest, special_interest, special_interests
from calcitrial.safety.summary import ANY, adverse_events, summarise

__all__ = [
    "ANY",
    "UNASSIGNED",
    "VERSION",
    "Denominator",
    "Dose",
    "DoseUnits",
    "Exposure",
    "Hold",
    "Injection",
    "SpecialInterest",
    "Term",
    "adverse_events",
    "check_event",
    "dose_units",
    "doses",
    "exposure",
    "find_terms",
    "grade_text",
    "holds",
    "special_interest",
    "special_interests",
    "summarise",
    "term",
    "terms",
    "visit_days",
]
