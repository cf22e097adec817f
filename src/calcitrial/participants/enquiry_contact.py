"""How to reach somebody who sent an enquiry: kept in the vault, carried over with the code, destroyed at the end.

The contact lies under a random key that the record holds beside the answers, and is destroyed when the line is closed,
with an entry that says so. A contact that no line leads to was left by a program that ended between vault and record.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from calcitrial.identity import Looker, Vault
from calcitrial.protocol import Problem, Protocol, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Row, current_rows, form_rows

KEPT_AS = "enquiry-"
SWEEPER = Looker("program", "program", "to enter or correct the details")
# An enquiry is in the vault before it is in the record; after so long it will not come into the record any more.
UNDER_WAY = timedelta(hours=1)
CLOSED = {"not eligible": "not_eligible_reason", "declined": "declined_reason"}


def takes_enquiries(protocol: Protocol) -> bool:
    """Return whether a study can be sent enquiries: one opened under an older program may lack the form."""
    return protocol.form("enquiry") is not None


def enquiry_of(gateway: Gateway, number: str) -> Row | None:
    """Return the answers that came with a line of the log; None where the line was entered by the site."""
    if not takes_enquiries(gateway.protocol):
        return None
    return next((row for row in form_rows(gateway, "enquiry") if row["repeat"] == number), None)


def enquirer(sent: Row) -> str:
    """Return the name under which the contact of an enquiry lies in the vault; before there were keys, its number."""
    return f"{KEPT_AS}{sent['enquiry_key'] or sent['repeat']}"


def carry_over(gateway: Gateway, vault: Vault, number: str, code: str, by: Looker) -> None:
    """Move the contact of an enquiry to the participant it became, and destroy it where it was."""
    sent = enquiry_of(gateway, number)
    there = enquirer(sent) if sent is not None else ""
    contact = vault.look(gateway.study, there, by) if there in vault.known(gateway.study) else None
    if contact is not None:
        vault.keep(gateway.study, code, contact, by)
        vault.erase(gateway.study, there, by)


def erase_contact(gateway: Gateway, vault: Vault, number: str, author: Author, by: Looker, on: date) -> None:
    """Destroy the contact of an enquiry, with an entry that says on which day; RefusedError when there is none."""
    _erase(gateway, vault, number, [], author, by, on)


def close_enquiry(
    gateway: Gateway, vault: Vault, number: str, outcome: str, why: str, author: Author, by: Looker, on: date
) -> None:
    """Close a line with its outcome ('not eligible' or 'declined') and its reason, and destroy the contact.

    Both are one submission, so no line is closed whose contact stays. Raises RefusedError when the line is closed
    already, or the reason is none of the outcome's.
    """
    if outcome not in CLOSED:
        refuse([Problem("outcome", f"{outcome!r} closes no enquiry.", f"Choose {' or '.join(CLOSED)}.")])
    place = Place("", "prescreening", repeat=number)
    values = {"prescreening_outcome": outcome, CLOSED[outcome]: why}
    line = Draft(place, values, expected=_version(gateway, place), reason="enquiry closed")
    _erase(gateway, vault, number, [line], author, by, on)


def _erase(
    gateway: Gateway, vault: Vault, number: str, beside: Sequence[Draft], author: Author, by: Looker, on: date
) -> None:
    sent = enquiry_of(gateway, number)
    if sent is None or sent["contact_erased_on"]:
        what = f"Line {number} has no contact that could be destroyed."
        refuse([Problem("enquiry", what, "It was destroyed before, or the site entered the line.")])
    place = Place("", "enquiry", repeat=number)
    said = {"contact_erased_on": on.isoformat()}
    with transaction.atomic():
        gateway.enter([*beside, Draft(place, said, _version(gateway, place), "contact destroyed")], author)
        # Last: if the program ends in between, the contact is gone and the line still asks for it; it can be repeated.
        if sent is not None and not vault.erased(gateway.study, enquirer(sent)):
            vault.erase(gateway.study, enquirer(sent), by)


def _version(gateway: Gateway, place: Place) -> int:
    rows = current_rows(gateway.study, "", [place.form], among=[""])
    return int(max((row["version"] for row in rows.iter_rows(named=True) if row["repeat"] == place.repeat), default=0))


def sweep_contacts(gateway: Gateway, vault: Vault) -> int:
    """Destroy the contacts that no enquiry of the record leads to, once none can be under way; return how many."""
    kept = {name for name in vault.known(gateway.study) if name.startswith(KEPT_AS)}
    orphans = kept - {enquirer(row) for row in form_rows(gateway, "enquiry")} if kept else set()
    swept = 0
    for name in sorted(orphans):
        last = max(datetime.fromisoformat(look.at) for look in vault.log(gateway.study, name))
        if vault.clock() - last > UNDER_WAY:
            vault.erase(gateway.study, name, SWEEPER)
            swept += 1
    return swept
