"""What the verbs of this room and of consents enter, and nobody by hand: numbers, codes and texts are the program's."""

from calcitrial.protocol import Problem
from calcitrial.record import Draft, Gateway

INSTEAD = {
    "prescreening": "Use the pre-screening log, which numbers its lines.",
    "enquiry": "It comes from the pre-screener, by the act of the person who asks.",
    "registration": "Register the person; the program makes the code.",
    "consent_document": "Add the document on the page of consents, with its text.",
    "consent_release": "Release the version on the page of consents.",
    "consent": "Take the consent on its page, with the signature.",
    "withdrawal": "Enter the withdrawal on the page of consent.",
}


def consent_by_hand_problems(_gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return that a form of these rooms comes from its verb alone."""
    instead = INSTEAD.get(draft.place.form)
    if instead is None:
        return []
    return [Problem(str(draft.place), f"The form {draft.place.form} is not entered by hand.", instead)]
