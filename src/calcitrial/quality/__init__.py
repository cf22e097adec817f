"""From query to lock: what is said about the data, and never changes them.

`sign` puts a signature under forms as they stand; a later edit voids it. `raise_query` asks about a value, the site
answers, who asked closes. `verify_source` says that values agree with the source. `state_of` derives from all of
this where each form stands. `endorse` is the investigator's responsibility for a site, `lock` shuts it, and
`review_trail` signs that changes were looked at. `figures` compares the sites. Everything is an entry of its own.
"""

from calcitrial.quality.by_hand import by_hand_problems
from calcitrial.quality.edit_checks import broken as broken_edit_checks
from calcitrial.quality.edit_checks import edit_check_problems, soft_questions
from calcitrial.quality.endorsements import Endorsement, endorse, endorsements, final_problems
from calcitrial.quality.locks import Lock, is_locked, lock, locks, open_points, open_points_of, unlock
from calcitrial.quality.marks import ABOUT_DATA, numbers_of
from calcitrial.quality.policies import (
    Acknowledgement,
    Policy,
    acknowledge,
    acknowledgements,
    add_policy,
    in_force,
    policies,
    policy_problems,
    policy_text,
    unacknowledged,
)
from calcitrial.quality.queries import (
    Query,
    answer_query,
    asked_now,
    check_values_again,
    close_query,
    conversation,
    next_query,
    queries_in,
    raise_query,
    raised_at,
    reopen_query,
)
from calcitrial.quality.signatures import (
    Signature,
    enter_signed,
    is_authentic,
    meanings,
    sign,
    signature_of,
    signature_problems,
    signatures_in,
)
from calcitrial.quality.sites import sites_now, sites_of
from calcitrial.quality.states import FormState, locked_sites, state_of, states
from calcitrial.quality.tally import Tally, tallies, tallies_now
from calcitrial.quality.trail_review import Review, next_span, review_trail, reviews, sample, to_review
from calcitrial.quality.verification import is_chosen, is_critical, verified_in, verify_source

__all__ = [
    "ABOUT_DATA",
    "Acknowledgement",
    "Endorsement",
    "FormState",
    "Lock",
    "Policy",
    "Query",
    "Review",
    "Signature",
    "Tally",
    "acknowledge",
    "acknowledgements",
    "add_policy",
    "answer_query",
    "asked_now",
    "broken_edit_checks",
    "by_hand_problems",
    "check_values_again",
    "close_query",
    "conversation",
    "edit_check_problems",
    "endorse",
    "endorsements",
    "enter_signed",
    "final_problems",
    "in_force",
    "is_authentic",
    "is_chosen",
    "is_critical",
    "is_locked",
    "lock",
    "locked_sites",
    "locks",
    "meanings",
    "next_query",
    "next_span",
    "numbers_of",
    "open_points",
    "open_points_of",
    "policies",
    "policy_problems",
    "policy_text",
    "queries_in",
    "raise_query",
    "raised_at",
    "reopen_query",
    "review_trail",
    "reviews",
    "sample",
    "sign",
    "signature_of",
    "signature_problems",
    "signatures_in",
    "sites_now",
    "sites_of",
    "soft_questions",
    "state_of",
    "states",
    "tallies",
    "tallies_now",
    "to_review",
    "unacknowledged",
    "unlock",
    "verified_in",
    "verify_source",
]
