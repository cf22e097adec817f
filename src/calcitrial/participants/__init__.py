"""People in a trial: from a name on a phone call to a code, a consent, a screening in three values, and visits.

`prescreening` keeps the log of everybody who was thought of, without a name; `codes` gives a person the code under
which the record knows them (`register`), while name and contact lie in the `vault`. `consent` says who decided what
about which version of which text, and whether that is enough today; `withdrawal` what may no longer be entered.
`screening` answers the criteria and lets nobody be enrolled before every one is met; `visits` knows the windows.
"""

from calcitrial.participants.by_hand import consent_by_hand_problems
from calcitrial.participants.codes import code_problems, make_code, register, sites_known, sound
from calcitrial.participants.consent import (
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
from calcitrial.participants.consent_ages import AgeRule, age_rule, years_between
from calcitrial.participants.consent_documents import (
    Document,
    Release,
    add_document,
    current_releases,
    documents,
    documents_in,
    marked_template,
    read_text,
    release,
    releases_in,
    templates,
)
from calcitrial.participants.consent_files import (
    LARGEST,
    check_drawing,
    check_scan,
    digest_of,
    keep_signed,
    read_signed,
    type_of,
)
from calcitrial.participants.identity import FIELDS, Identity
from calcitrial.participants.prescreening import LogCounts, count_log, log_person, prescreening_problems
from calcitrial.participants.screening import (
    Assessment,
    Screening,
    Verdict,
    assess,
    enrol,
    enrolment_problems,
    screen,
    screening_of,
)
from calcitrial.participants.vault import REASONS, Looker, Vault, open_vault
from calcitrial.participants.vault_file import Look
from calcitrial.participants.visits import Window, baseline_visit, begin_visit, windows
from calcitrial.participants.withdrawal import (
    SCOPES,
    Withdrawal,
    withdraw,
    withdrawal_problems,
    withdrawals_in,
    withdrawn,
)

__all__ = [
    "FIELDS",
    "LARGEST",
    "REASONS",
    "SCOPES",
    "SIGNERS",
    "Act",
    "AgeRule",
    "Assessment",
    "Document",
    "Identity",
    "LogCounts",
    "Look",
    "Looker",
    "Need",
    "Release",
    "Screening",
    "Vault",
    "Verdict",
    "Window",
    "Withdrawal",
    "acts_in",
    "add_document",
    "age_rule",
    "assess",
    "baseline_visit",
    "begin_visit",
    "check_drawing",
    "check_scan",
    "code_problems",
    "consent_by_hand_problems",
    "consent_problems",
    "consented",
    "count_log",
    "current_releases",
    "digest_of",
    "documents",
    "documents_in",
    "enrol",
    "enrolment_problems",
    "keep_signed",
    "log_person",
    "make_code",
    "marked_template",
    "needs",
    "needs_of",
    "open_vault",
    "prescreening_problems",
    "read_signed",
    "read_text",
    "register",
    "release",
    "releases_at",
    "releases_in",
    "screen",
    "screening_of",
    "sites_known",
    "sound",
    "take_consent",
    "templates",
    "type_of",
    "windows",
    "withdraw",
    "withdrawal_problems",
    "withdrawals_in",
    "withdrawn",
    "years_between",
]
