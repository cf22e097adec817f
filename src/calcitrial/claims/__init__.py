"""Whether a public page may say what it says: every sentence is held against the protocol and the evidence base.

A `Page` is parts of sentences; each sentence points at what it rests on (`facts.sample_size`, `criteria.B-I1`,
`evidence.IL01/response`, or a text of the house). `check_page` returns every `Defect` with its reason: wrong route,
no denominator, superseded, spelled two ways, condition not in the criteria, empty criteria and the others of REASONS.
`check_frame` reads titles, footer and sources, which may claim nothing. `check_text` reads a page that points at
nothing, such as somebody else's, for the defects that its words alone show.
"""

from calcitrial.claims.bases import Ground, trial_conditions, trial_route
from calcitrial.claims.check import check_page
from calcitrial.claims.defect import REASONS, Defect, problem_of
from calcitrial.claims.frame import check_frame
from calcitrial.claims.names import two_spellings
from calcitrial.claims.page import Page, Part, Sentence, page_in, words_of
from calcitrial.claims.text import check_text
from calcitrial.claims.wording import MONTHS, conditions_in, numbers_in, routes_in, says

__all__ = [
    "MONTHS",
    "REASONS",
    "Defect",
    "Ground",
    "Page",
    "Part",
    "Sentence",
    "check_frame",
    "check_page",
    "check_text",
    "conditions_in",
    "numbers_in",
    "page_in",
    "problem_of",
    "routes_in",
    "says",
    "trial_conditions",
    "trial_route",
    "two_spellings",
    "words_of",
]
