"""An enquiry: what a person who asks for a trial sends to a site, by their own act, from the pre-screener.

It becomes a line of the pre-screening log with the answers beside it, in one submission. The answers are choices,
numbers and truths of the criteria's items, so nothing in the record can name the person; how to reach them lies in the
vault under a random key that stands in the record (`enquiry_contact`), so no crash can lead from one line to the
contact of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from calcitrial.identity import Identity, Looker, Vault
from calcitrial.participants.codes import sites_known
from calcitrial.participants.enquiry_contact import KEPT_AS, enquiry_of, sweep_contacts
from calcitrial.protocol import Problem, Protocol, RefusedError, check_values, criterion_items, refuse
from calcitrial.record import Author, Draft, Gateway, Place, enter_numbered, form_rows, number_in

SENDER = Author("pre-screener", "public")
LOOKER = Looker("pre-screener", "public", "at the person's request")


@dataclass(frozen=True, repr=False)
class Enquiry:
    """What one person sends: to which site, answers by item, how to reach them, and that they agree to it."""

    site: str
    answers: Mapping[str, str]
    contact: Identity
    agreed: bool


def send_enquiry(gateway: Gateway, vault: Vault, enquiry: Enquiry, on: date, ticket: str) -> str:
    """Enter an enquiry and return its number in the pre-screening log; the same ticket twice is entered once.

    Raises RefusedError with every problem: no agreement, no such site, nothing to be reached by, a wrong answer.
    """
    said, wrong = _answers(gateway.protocol, enquiry.answers)
    refuse([*_problems(gateway, enquiry), *wrong])
    line = {"prescreening_site": enquiry.site, "prescreened_on": on.isoformat(), "found_by": "own enquiry"}
    line |= {"prescreening_outcome": "to be screened", "ticket": ticket}
    key = gateway.salt()
    sent = {"enquiry_agreed": True, "enquiry_answers": said, "enquiry_key": key}
    with transaction.atomic():
        place = enter_numbered(
            gateway,
            lambda number: Draft(Place("", "prescreening", repeat=str(number)), line),
            SENDER,
            lambda: (number_in(row["repeat"]) for row in form_rows(gateway, "prescreening")),
            ticket,
            beside=lambda number: [Draft(Place("", "enquiry", repeat=str(number)), sent)],
        )
        # Last, so that nothing is entered of a person whom nobody could reach. A sheet that was sent before has its
        # contact already. If the program ends before the record has the line, nothing ever leads to this contact.
        if (entered := enquiry_of(gateway, place.repeat)) is not None and entered["enquiry_key"] == key:
            vault.keep(gateway.study, f"{KEPT_AS}{key}", enquiry.contact, LOOKER)
    sweep_contacts(gateway, vault)
    return place.repeat


def answers_in(protocol: Protocol, text: str) -> list[tuple[str, str]]:
    """Return what an enquiry says as pairs of the item's label and the answer."""
    items = criterion_items(protocol)
    pairs = (one.partition("=") for one in text.split("; ") if one)
    return [(items[name].label if name in items else name, value) for name, _sign, value in pairs]


def _problems(gateway: Gateway, enquiry: Enquiry) -> list[Problem]:
    found = []
    if not enquiry.agreed:
        what = "You have not agreed that the site gets your answers, so nothing was sent."
        found.append(Problem("agreed", what, "Tick the box if you agree."))
    if enquiry.site not in sites_known(gateway.study, gateway.protocol):
        found.append(Problem("site", "No site of this trial was chosen.", "Choose one from the list."))
    if not (enquiry.contact.phone or enquiry.contact.email):
        found.append(Problem("email", "The site could not reach you.", "Give a telephone number or an e-mail address."))
    return found


def _answers(protocol: Protocol, answers: Mapping[str, str]) -> tuple[str, list[Problem]]:
    """Return the answers as one text, in the order of the items, and what is wrong with them."""
    items, said, wrong = criterion_items(protocol), [], []
    for name, item in items.items():
        given = answers.get(name, "").strip()
        if not given:
            continue
        if item.type not in ("boolean", "choice", "integer", "decimal"):
            wrong.append(Problem(name, f"{item.label} is not asked here.", "Leave it out."))
            continue
        form = next(form.id for form in protocol.forms if form.item(name))
        try:
            said += [f"{one.item}={one.value}" for one in check_values(protocol, form, {name: given}, partial=True)]
        except RefusedError as error:
            wrong += [Problem(name, one.what, one.instead) for one in error.problems]
    return "; ".join(said), wrong
