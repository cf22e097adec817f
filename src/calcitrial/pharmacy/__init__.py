"""The drug: vials received, used, returned and destroyed as a ledger, and the limits of a dose.

`ledger` derives what became of every vial; `receive`, `move`, `count` and `explain` are what a pharmacist enters.
`dose_problems`, `vial_problems`, `second_check_problems` and `drug_problems` are rules that hold at every door;
`inject_session` enters all injections of a visit in one act. A limit that the protocol does not specify is asked of
the physician (`Doses.wanted`) and the answer is an entry.
"""

from calcitrial.pharmacy.dose import Doses, Shot, dose_problems, doses_of
from calcitrial.pharmacy.drawn import kept, site_of, vial_problems
from calcitrial.pharmacy.label import check_character, code_of, read_vial, vial_id
from calcitrial.pharmacy.ledger import Ledger, ledger_of
from calcitrial.pharmacy.limit import UNITS, Body, Judgement, Limit, limits, needs_surface, surface_of
from calcitrial.pharmacy.movement import (
    count,
    drug_problems,
    explain,
    ledger,
    move,
    next_id,
    next_vial,
    receive,
)
from calcitrial.pharmacy.naming import read_vials
from calcitrial.pharmacy.second import confirm, demanded, second_check_problems, unconfirmed
from calcitrial.pharmacy.session import (
    Reaction,
    Session,
    deviations,
    inject_session,
    injectable,
    session_drafts,
)
from calcitrial.pharmacy.vial import Consignment, Count, Draw, Line, Movement, Vial

__all__ = [
    "UNITS",
    "Body",
    "Consignment",
    "Count",
    "Doses",
    "Draw",
    "Judgement",
    "Ledger",
    "Limit",
    "Line",
    "Movement",
    "Reaction",
    "Session",
    "Shot",
    "Vial",
    "check_character",
    "code_of",
    "confirm",
    "count",
    "demanded",
    "deviations",
    "dose_problems",
    "doses_of",
    "drug_problems",
    "explain",
    "inject_session",
    "injectable",
    "kept",
    "ledger",
    "ledger_of",
    "limits",
    "move",
    "needs_surface",
    "next_id",
    "next_vial",
    "read_vial",
    "read_vials",
    "receive",
    "second_check_problems",
    "session_drafts",
    "site_of",
    "surface_of",
    "unconfirmed",
    "vial_id",
    "vial_problems",
]
