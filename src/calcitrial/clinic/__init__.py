"""The clinic's hall: the menu, today's page, and the addresses of every desk.

The desks are rooms of their own: consent_desk, visit_desk, treatment_desk, diary_desk, safety_desk and data_desk, each
with its pages, and desk with what they share. Every page names the capability it needs (`needs`), reads through the
scope of the person who asks (`read_for`), and enters through the one gateway (`verbs.enter` or a verb of a room). One
file per topic, with its own `urlpatterns`. `dues` says what waits for a person, to the page and to a script (`api`);
`warm` works out beforehand what the first pages need.
"""

from calcitrial.clinic.today_pages import dues
from calcitrial.clinic.warming import warm

__all__ = ["dues", "warm"]
