"""The clinic in the browser: the pages on which the people of a trial do their work, from screening to lock.

Every page names the capability it needs (`needs`), reads through the scope of the person who asks (`read_for`), and
enters through the one gateway (`verbs.enter` or a verb of a room). One file per topic, with its own `urlpatterns`.
What is named here does the same for a script (`api`).
"""

from calcitrial.clinic.due import Due
from calcitrial.clinic.event_entry import Sent as SentEvent
from calcitrial.clinic.event_entry import enter_event, event_address
from calcitrial.clinic.event_report import sheet_of
from calcitrial.clinic.event_view import EventView, event_views
from calcitrial.clinic.persons import Visitor
from calcitrial.clinic.review_rows import seen_queries
from calcitrial.clinic.screening_sheet import Judgement, Sheet, drafts_of, filled_in, unexplained, versions
from calcitrial.clinic.today_pages import dues
from calcitrial.clinic.visit_rows import standings_of

__all__ = [
    "Due",
    "EventView",
    "Judgement",
    "SentEvent",
    "Sheet",
    "Visitor",
    "drafts_of",
    "dues",
    "enter_event",
    "event_address",
    "event_views",
    "filled_in",
    "seen_queries",
    "sheet_of",
    "standings_of",
    "unexplained",
    "versions",
]
