"""The public face of a trial: a page for people who wonder whether to join, made from the protocol and the evidence.

`trial_page` composes a page of sentences in English or French, each of which points at what it rests on; `easy_page`
the short one, and `base_page` the page of all reports. `typeset` writes a page as one HTML file without scripts and
requests, with schema.org data in it. `publish` writes all pages of a trial into a folder for any web host, and refuses
while `claims.check_page` finds anything in them. `file_of` gives one of the files; the room `public` serves it.
"""

from calcitrial.leaflet.base_page import base_page
from calcitrial.leaflet.compose import LANGUAGES, easy_page, trial_page
from calcitrial.leaflet.document import POLICY, Link
from calcitrial.leaflet.publish import Published, checked, file_of, publish
from calcitrial.leaflet.readability import Readability, readability
from calcitrial.leaflet.structured import structured_data
from calcitrial.leaflet.texts import texts_in
from calcitrial.leaflet.typeset import typeset

__all__ = [
    "LANGUAGES",
    "POLICY",
    "Link",
    "Published",
    "Readability",
    "base_page",
    "checked",
    "easy_page",
    "file_of",
    "publish",
    "readability",
    "structured_data",
    "texts_in",
    "trial_page",
    "typeset",
]
