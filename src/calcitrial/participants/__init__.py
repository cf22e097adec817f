"""People in a trial: from a phone call to a code, a screening in three values, and visits.

`prescreening` keeps the log of everybody who was thought of, without a name; `enquiry` those who asked themselves;
`codes` gives a person the code under which the record knows them (`register`). `screening` answers the criteria, some
of them out of the consents (`consent_answers`), and lets nobody be enrolled before every one is met; `visits` knows
the windows, `laboratory` the ranges of each site. Ages above the oldest are told as a group (`told_age`).
"""

from calcitrial.participants.by_hand import consent_by_hand_problems
from calcitrial.participants.codes import code_problems, make_code, register, sites_known, sound
from calcitrial.participants.consent_answers import FROM_CONSENT, consent_answers
from calcitrial.participants.enquiry import Enquiry, answers_in, send_enquiry
from calcitrial.participants.enquiry_contact import (
    CLOSED,
    carry_over,
    close_enquiry,
    enquirer,
    enquiry_of,
    erase_contact,
    sweep_contacts,
    takes_enquiries,
)
from calcitrial.participants.laboratory import COLUMNS as RANGE_COLUMNS
from calcitrial.participants.laboratory import (
    Analyte,
    Range,
    analytes,
    example_ranges,
    laboratory_problems,
    laboratory_values,
    range_drafts,
    range_for,
    read_value,
    site_ranges,
    why_no_range,
    without_example,
)
from calcitrial.participants.oldest import AGE_ITEMS, OLDEST, OR_OLDER, grouped_age, told_age
from calcitrial.participants.prescreening import LogCounts, count_log, log_date, log_person, prescreening_problems
from calcitrial.participants.screening import (
    Assessment,
    Screening,
    Verdict,
    assess,
    enrol,
    enrolment_problems,
    follow_consents,
    screen,
    screening_of,
)
from calcitrial.participants.visits import (
    VisitStanding,
    VisitState,
    Window,
    baseline_visit,
    begin_visit,
    miss_visit,
    next_unscheduled,
    visit_problems,
    visit_standings,
    windows,
)

__all__ = [
    "AGE_ITEMS",
    "CLOSED",
    "FROM_CONSENT",
    "OLDEST",
    "OR_OLDER",
    "RANGE_COLUMNS",
    "Analyte",
    "Assessment",
    "Enquiry",
    "LogCounts",
    "Range",
    "Screening",
    "Verdict",
    "VisitStanding",
    "VisitState",
    "Window",
    "analytes",
    "answers_in",
    "assess",
    "baseline_visit",
    "begin_visit",
    "carry_over",
    "close_enquiry",
    "code_problems",
    "consent_answers",
    "consent_by_hand_problems",
    "count_log",
    "enquirer",
    "enquiry_of",
    "enrol",
    "enrolment_problems",
    "erase_contact",
    "example_ranges",
    "follow_consents",
    "grouped_age",
    "laboratory_problems",
    "laboratory_values",
    "log_date",
    "log_person",
    "make_code",
    "miss_visit",
    "next_unscheduled",
    "prescreening_problems",
    "range_drafts",
    "range_for",
    "read_value",
    "register",
    "screen",
    "screening_of",
    "send_enquiry",
    "site_ranges",
    "sites_known",
    "sound",
    "sweep_contacts",
    "takes_enquiries",
    "told_age",
    "visit_problems",
    "visit_standings",
    "why_no_range",
    "windows",
    "without_example",
]
