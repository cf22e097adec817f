"""What happened: one append-only list of entries, its hash chain, its cuts and its trail.

One gateway writes (`open_study`, then `Gateway.enter`); everybody reads a cut (`make_cut`) or the values
current now (`current_rows`); `verify_study` replays all of it.
"""

from calcitrial.record.admission import KEYS
from calcitrial.record.amendment import Decision, Preview, amend, held_in, preview
from calcitrial.record.cut import Cut, current_rows, forms_in, make_cut, tabulate
from calcitrial.record.database import SQLITE_FILE, close, connect, settings_for
from calcitrial.record.each import each, each_of
from calcitrial.record.entry import CONFIRMED, Author, Draft, Entry, Place, Receipt
from calcitrial.record.gateway import Close, Follow, Gateway, Rule, Told, gateway, open_study
from calcitrial.record.known import LONG, Known, known, record_here, rows_of
from calcitrial.record.numbering import Row, enter_numbered, form_rows, number_in
from calcitrial.record.standing import Standing, since, standing_of, values_at
from calcitrial.record.study import Head, in_turn, now, protocol_of, read_head, stamp, studies
from calcitrial.record.study_forms import study_forms
from calcitrial.record.trail import (
    Act,
    Step,
    acts_of,
    changed_items,
    changes,
    digests_of,
    entry_counts,
    first_entered,
    history,
    participant_trail,
    trail_of,
)
from calcitrial.record.verify import Verification, verify_study
from calcitrial.record.versions import (
    Amendment,
    EnteredUnder,
    Versions,
    begun_under,
    entered_under,
    protocol_at,
    protocol_for,
    running_at,
    versions_of,
)

__all__ = [
    "CONFIRMED",
    "KEYS",
    "LONG",
    "SQLITE_FILE",
    "Act",
    "Amendment",
    "Author",
    "Close",
    "Cut",
    "Decision",
    "Draft",
    "EnteredUnder",
    "Entry",
    "Follow",
    "Gateway",
    "Head",
    "Known",
    "Place",
    "Preview",
    "Receipt",
    "Row",
    "Rule",
    "Standing",
    "Step",
    "Told",
    "Verification",
    "Versions",
    "acts_of",
    "amend",
    "begun_under",
    "changed_items",
    "changes",
    "close",
    "connect",
    "current_rows",
    "digests_of",
    "each",
    "each_of",
    "enter_numbered",
    "entered_under",
    "entry_counts",
    "first_entered",
    "form_rows",
    "forms_in",
    "gateway",
    "held_in",
    "history",
    "in_turn",
    "known",
    "make_cut",
    "now",
    "number_in",
    "open_study",
    "participant_trail",
    "preview",
    "protocol_at",
    "protocol_for",
    "protocol_of",
    "read_head",
    "record_here",
    "rows_of",
    "running_at",
    "settings_for",
    "since",
    "stamp",
    "standing_of",
    "studies",
    "study_forms",
    "tabulate",
    "trail_of",
    "values_at",
    "verify_study",
    "versions_of",
]
