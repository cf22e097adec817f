"""The public face of a trial: a page for people who wonder whether to join, made from the protocol and the evidence.

`trial_page` composes a page of sentences in English or French, each of which points at what it rests on; `easy_page`
the short one, `fit_page` the words beside the questions, `base_page` the page of all reports. `typeset` writes a page
as one HTML file without scripts and requests, with schema.org data in it. `publish` writes all pages of a trial into a
folder for any web host, and refuses while `claims.check_page` finds anything in them; `stale` says which of them are
not what would be written now. `file_of` gives one of the files; the room `public` serves it.
"""

from calcitrial.leaflet.base_page import base_page
from calcitrial.leaflet.compose import LANGUAGES, desk_of, easy_page, fit_page, trial_page
from calcitrial.leaflet.desk import Desk
from calcitrial.leaflet.document import POLICY, Frame, Link, document
from calcitrial.leaflet.publish import Published, checked, file_of, publish, stale, study_in
from calcitrial.leaflet.readability import Readability, readability
from calcitrial.leaflet.structured import structured_data
from calcitrial.leaflet.texts import texts_in
from calcitrial.leaflet.typeset import typeset

__all__ = [
    "LANGUAGES",
    "POLICY",
    "Desk",
    "Frame",
    "Link",
    "Published",
    "Readability",
    "base_page",
    "checked",
    "desk_of",
    "document",
    "easy_page",
    "file_of",
    "fit_page",
    "publish",
    "readability",
    "stale",
    "structured_data",
    "study_in",
    "texts_in",
    "trial_page",
    "typeset",
]
