"""The pages: what people see of a study in the browser, all of it read from the record and none of it stored.

`serve` shows a home on this computer. `pages` has one function per page; `reading` turns the values that are
current now into rows; `participants`, `lesion_rows`, `timeline` and `protocol_page` arrange them. These pages
take no entries. `scoping` says what the person who asks may open and read, `access` turns everybody else away,
`sessions` ends what is too old, `sign_in_pages` and `people_pages` are those of accounts.

The reading room is the exception: a reader comes in by a link (`access`), finds the list of cases and one case
(`reading_pages`), whose picture, outlines and answer pass through `reading_api`. `cases` and `stills` make a picture
ready without what would unblind, `masks` and `calipers` take what was drawn, `answers` measures and enters it.
The viewer itself is plain JavaScript under `static/viewer`. `agreement_page` is for those who run the study.
"""

from calcitrial.web.access import LINK_DAYS, Pass, door, make_link
from calcitrial.web.headers import REPORT_POLICY
from calcitrial.web.home import home
from calcitrial.web.participants import participant_rows
from calcitrial.web.reading import Reading, history_link, visit_marks, written
from calcitrial.web.saying import colon, number, spoken, spoken_svg, told
from calcitrial.web.scoping import (
    address_of,
    for_signed_in,
    has_token,
    needs,
    open_to,
    read_for,
    reading_of,
    refused,
    scope_of,
    sight,
)
from calcitrial.web.serve import serve
from calcitrial.web.signing import prove_both, reauthenticate
from calcitrial.web.timeline import timeline as timeline_of

__all__ = [
    "LINK_DAYS",
    "REPORT_POLICY",
    "Pass",
    "Reading",
    "address_of",
    "colon",
    "door",
    "for_signed_in",
    "has_token",
    "history_link",
    "home",
    "make_link",
    "needs",
    "number",
    "open_to",
    "participant_rows",
    "prove_both",
    "read_for",
    "reading_of",
    "reauthenticate",
    "refused",
    "scope_of",
    "serve",
    "sight",
    "spoken",
    "spoken_svg",
    "timeline_of",
    "told",
    "visit_marks",
    "written",
]
