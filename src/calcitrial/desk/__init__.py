"""The counter that every desk of the clinic works at: forms drawn and read, who enters, what is due, signing.

A page names the capability it needs, reads through the scope of the person who asks, and enters through the one
gateway; what is shared by the pages of all desks to do so is here.
"""

from calcitrial.desk.acting import Outcome, attempt, author, place_in, see, site_of, summary
from calcitrial.desk.asking import confirmations, confirmed_in, questions_for, saved_for_later
from calcitrial.desk.due import Due, gone, link_to
from calcitrial.desk.form_fields import Field, Options, fields_of, problems_by_item, summary_of, values_of
from calcitrial.desk.marks import NO_MARKS, FormMarks, Marks, marks_at, marks_of
from calcitrial.desk.signing import prove

__all__ = [
    "NO_MARKS",
    "Due",
    "Field",
    "FormMarks",
    "Marks",
    "Options",
    "Outcome",
    "attempt",
    "author",
    "confirmations",
    "confirmed_in",
    "fields_of",
    "gone",
    "link_to",
    "marks_at",
    "marks_of",
    "place_in",
    "problems_by_item",
    "prove",
    "questions_for",
    "saved_for_later",
    "see",
    "site_of",
    "summary",
    "summary_of",
    "values_of",
]
