"""Who is told of an event, what a message says, and what was handed on as a report, each an entry of its own.

A message holds codes and a link, never a name, a date of birth or a finding. `outbox` sends it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from calcitrial.protocol import Problem, Protocol, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, stamp, tabulate
from calcitrial.safety import next_name

NOTICE = "event_notice"
PROGRAM = Author("calcitrial", "program")
Kind = Literal["first report", "follow-up report", "special interest", "hold"]
WORDS = {
    "first report": "A serious adverse event was entered",
    "follow-up report": "A serious adverse event was changed",
    "special interest": "An event of special interest was entered",
    "hold": "An event was entered that holds injections",
}
ALL_OF_IT = "serious events, special interest and holds"


@dataclass(frozen=True)
class Contact:
    """Somebody who is told of events: the name of the entry, the address, who that is, and of what they are told."""

    name: str
    email: str
    role: str
    told_of: str
    active: bool


def contacts(protocol: Protocol, rows: pl.DataFrame) -> tuple[Contact, ...]:
    """Return everybody on the list of the study, in its order, those too who are not told any more."""
    return tuple(
        Contact(row["repeat"], row["contact_email"] or "", row["contact_role"] or "", row["contact_for"] or "", active)
        for row in tabulate(protocol, rows, "safety_contact").iter_rows(named=True)
        for active in (row["contact_active"] == "true",)
    )


def enter_contact(
    gateway: Gateway, name: str, values: dict[str, str], expected: int, reason: str, by: Author
) -> Receipt:
    """Enter or change who is told; RefusedError when the address is none."""
    address = values.get("contact_email", "").strip()
    if (
        address.count("@") != 1
        or not all(address.split("@"))
        or any(sign.isspace() or sign in ",;<>" for sign in address)
    ):
        what = f"The address is {address!r}."
        refuse([Problem("safety_contact.contact_email", what, "Write one e-mail address.")])
    return gateway.enter([Draft(Place("", "safety_contact", repeat=name), dict(values), expected, reason)], by)


def record_report(
    gateway: Gateway, participant: str, event: str, kind: Kind, to: str, text: str, by: Author
) -> Receipt:
    """Enter that the report of an event was handed on (to the sponsor, the authorities …), with its digest."""
    if not to.strip():
        refuse([Problem("notice_to", "It does not say to whom.", "Say to whom the report was sent.")])
    draft = notice_draft(gateway, (participant, event), (kind, "report", to.strip()), "sent", "", text)
    return gateway.enter([draft], by)


def message(study: str, participant: str, event: str, kind: Kind, link: str) -> tuple[str, str]:
    """Return subject and text of a message, in English and in French: codes and a link only."""
    french = {
        "first report": "Un événement indésirable grave a été saisi",
        "follow-up report": "Un événement indésirable grave a été modifié",
        "special interest": "Un événement d’intérêt particulier a été saisi",
        "hold": "Un événement qui suspend les injections a été saisi",
    }
    subject = f"{study} {participant} {event}: {kind}"
    lines = (
        f"{WORDS[kind]}.",
        "",
        f"Study: {study}",
        f"Participant: {participant}",
        f"Event: {event}",
        "",
        f"Open it after signing in: {link}",
        "",
        "This message holds codes only. Please answer in the study, not by e-mail.",
        "",
        f"{french[kind]} ({study}, {participant}, {event}).",
        f"À ouvrir après connexion\N{NO-BREAK SPACE}: {link}",
        "Ce message ne contient que des codes. Merci de répondre dans l’étude, non par courriel.",
    )
    return subject, "\n".join(lines) + "\n"


def told_of(gateway: Gateway, kind: Kind) -> Sequence[Contact]:
    """Return who is told of events of this kind now."""
    listed = contacts(gateway.protocol, current_rows(gateway.study, "", ("safety_contact",)))
    serious = kind in ("first report", "follow-up report")
    return [one for one in listed if one.active and (serious or one.told_of == ALL_OF_IT)]


def notice_draft(
    gateway: Gateway, about: tuple[str, str], what: tuple[Kind, str, str], result: str, problem: str, text: str
) -> Draft:
    """Return the form of what was sent, or waits, about an event (participant and its name), under its next number."""
    (participant, event), (kind, way, to) = about, what
    rows = tabulate(gateway.protocol, current_rows(gateway.study, participant, (NOTICE,)), NOTICE)
    values = {
        "notice_kind": kind,
        "notice_way": way,
        "notice_at": stamp(gateway.clock()),
        "notice_to": to,
        "notice_result": result,
        "notice_problem": problem,
        "notice_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    name = next_name([repeat for repeat in rows["repeat"] if repeat.startswith(f"{event}.")], f"{event}.")
    return Draft(Place(participant, NOTICE, repeat=name), values)
