"""The desk of consent: the pre-screening log, consent and its documents, screening, names and contacts.

Names and contacts lie in the vault of `participants`; every other page knows people by their codes.
"""

from calcitrial.consent_desk.persons import Visitor
from calcitrial.consent_desk.screening_sheet import Judgement, Sheet, drafts_of, filled_in, unexplained

__all__ = ["Judgement", "Sheet", "Visitor", "drafts_of", "filled_in", "unexplained"]
