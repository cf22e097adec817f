"""What is said about data is said by the verbs of this room, and by no form sent in by hand."""

from calcitrial.protocol import Problem
from calcitrial.quality.marks import ABOUT_DATA
from calcitrial.record import Draft, Gateway


def by_hand_problems(_gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why a signature, query, verification, endorsement or lock cannot be entered as a plain form."""
    form = draft.place.form
    if form not in (*ABOUT_DATA, "policy", "policy_acknowledgement"):
        return []
    what = f"A form {form!r} is not entered by hand: it says something about data and needs a right of its own."
    return [Problem(str(draft.place), what, "Use the pages of queries, review and locks.")]
