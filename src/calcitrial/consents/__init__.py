"""Consents: which text was read by whom, who signed it, whether that is enough today, and what a withdrawal forbids.

`documents` are the texts with their versions and languages, `release` puts one into use at a site. `take_consent`
enters who decided what about which version; `needs` says what is still open, by the rules of age of the country
(`age_rule`). What was signed, drawn or on paper, is kept sealed (`keep_signed`). `withdraw` ends what its scope says,
and `withdrawal_problems` refuses what may no longer be entered.
"""

from calcitrial.consents.ages import AgeRule, age_rule
from calcitrial.consents.consent import (
    ASSENT,
    PARENT,
    SIGNERS,
    Act,
    Need,
    acts_in,
    consent_problems,
    consented,
    needs,
    needs_of,
    releases_at,
    take_consent,
)
from calcitrial.consents.documents import (
    Document,
    Release,
    add_document,
    add_documents,
    current_releases,
    documents,
    documents_in,
    marked_template,
    read_text,
    release,
    releases_in,
    templates,
)
from calcitrial.consents.files import (
    LARGEST,
    check_drawing,
    check_scan,
    digest_of,
    heic_words,
    keep_signed,
    read_signed,
    type_of,
)
from calcitrial.consents.withdrawal import SCOPES, Withdrawal, withdraw, withdrawal_problems, withdrawals_in, withdrawn

__all__ = [
    "ASSENT",
    "LARGEST",
    "PARENT",
    "SCOPES",
    "SIGNERS",
    "Act",
    "AgeRule",
    "Document",
    "Need",
    "Release",
    "Withdrawal",
    "acts_in",
    "add_document",
    "add_documents",
    "age_rule",
    "check_drawing",
    "check_scan",
    "consent_problems",
    "consented",
    "current_releases",
    "digest_of",
    "documents",
    "documents_in",
    "heic_words",
    "keep_signed",
    "marked_template",
    "needs",
    "needs_of",
    "read_signed",
    "read_text",
    "release",
    "releases_at",
    "releases_in",
    "take_consent",
    "templates",
    "type_of",
    "withdraw",
    "withdrawal_problems",
    "withdrawals_in",
    "withdrawn",
]
