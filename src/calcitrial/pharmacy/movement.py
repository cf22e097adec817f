"""What the pharmacist enters: vials received, moved and counted; and what the accounts refuse, from every door."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from calcitrial.pharmacy.ledger import DRAWN, FORMS, Ledger, ledger_of, merged, replay
from calcitrial.pharmacy.vial import IN_STOCK, Movement
from calcitrial.protocol import Problem, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, tabulate

# Movements that need their reason, and those that need a second person.
REASONED = frozenset({"quarantined", "freed", "returned", "destroyed", "written off"})
WITNESSED = frozenset({"destroyed", "written off"})
KINDS = ("drug_receipt", "drug_movement", "drug_count")


def ledger(gateway: Gateway) -> Ledger:
    """Return the drug accounts of a study as the record stands now."""
    return ledger_of(gateway.study, gateway.protocol, _rows(gateway))


def _rows(gateway: Gateway) -> pl.DataFrame:
    """Return the values that the accounts are derived from, and no others: a study may have many injections."""
    drawn = current_rows(gateway.study, forms=["injection"], items=DRAWN)
    return pl.concat([current_rows(gateway.study, forms=FORMS), drawn])


def receive(gateway: Gateway, values: Mapping[str, object], by: Author) -> list[str]:
    """Enter vials received (items of the form `drug_receipt` but the first number); return what they are called."""
    known = ledger(gateway)
    first = next_vial(known)
    place = Place("", "drug_receipt", repeat=next_id(known, "R"))
    gateway.enter([Draft(place, {"single_use": True, **values, "first_vial": first})], by)
    here = next(one for one in ledger(gateway).consignments if one.id == place.repeat)
    return here.vials(gateway.study)


def move(
    gateway: Gateway, kind: str, vials: Sequence[str], on: date, by: Author, *, reason: str = "", second: str = ""
) -> Receipt:
    """Enter a movement of vials; RefusedError, naming each vial that cannot be moved so."""
    known = ledger(gateway)
    site = next((known.vials[name].of.site for name in vials if name in known.vials), "")
    values = {"movement": kind, "site": site, "vials_moved": " ".join(vials), "moved_on": on.isoformat()}
    place = Place("", "drug_movement", repeat=next_id(known, "M"))
    draft = Draft(place, {**values, "movement_reason": reason, "second_person": second})
    refuse([] if drug_problems in gateway.rules else drug_problems(replace(gateway, by=by), draft))
    return gateway.enter([draft], by)


def count(gateway: Gateway, site: str, lot: str, counted: int, on: date, by: Author) -> Receipt:
    """Enter how many vials of a lot a site has; what differs from the ledger is open until it is explained."""
    known = ledger(gateway)
    values = {"site": site, "count_lot": lot, "counted_on": on.isoformat(), "counted": counted}
    place = Place("", "drug_count", repeat=next_id(known, "C"))
    return gateway.enter([Draft(place, {**values, "ledger_said": known.in_stock(site, lot)})], by)


def explain(gateway: Gateway, count_id: str, explanation: str, by: Author) -> Receipt:
    """Enter what explains the difference at a count."""
    place = Place("", "drug_count_explanation", repeat=count_id)
    return gateway.enter([Draft(place, {"explanation": explanation})], by)


def next_vial(known: Ledger) -> int:
    """Return the number of the first vial of the next receipt."""
    return max((one.first + one.count for one in known.consignments), default=1)


def next_id(known: Ledger, letter: str) -> str:
    """Return the name of the next receipt (R), movement (M) or count (C)."""
    ids = {
        "R": [one.id for one in known.consignments],
        "M": [one.id for one in known.movements],
        "C": [one.id for one in known.counts],
    }[letter]
    return f"{letter}{max((int(name[1:]) for name in ids if name[1:].isdecimal()), default=0) + 1}"


def drug_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why vials cannot have been received, moved or counted so (ICH E6(R3) 3.15)."""
    form = draft.place.form
    if form == "drug_count_explanation":
        return _unknown_count(gateway, draft)
    if form not in KINDS:
        return []
    before = _rows(gateway)
    rows = merged(gateway.protocol, before, draft)
    if rows is None or _same(gateway, before, rows, form):
        return []
    known = ledger_of(gateway.study, gateway.protocol, before)
    if form == "drug_count":
        return list(_miscounted(known, draft))
    place = str(draft.place)
    after = ledger_of(gateway.study, gateway.protocol, rows)
    _vials, problems = replay(after.study, after.consignments, after.movements)
    found = [Problem(place, what, "Check the labels.") for _id, what in problems]
    if form == "drug_movement":
        here = next((one for one in after.movements if one.id == draft.place.repeat), None)
        found += _movement(known, here, gateway.by, place) if here else []
    return found + list(_lost(known, after, place))


def _same(gateway: Gateway, before: object, after: object, form: str) -> bool:
    """Return whether a form says what the record says already, as when a page is sent twice."""
    first, second = (tabulate(gateway.protocol, rows, form).drop("entries") for rows in (before, after))  # type: ignore[arg-type]
    return first.sort("repeat").equals(second.sort("repeat"))


def _movement(known: Ledger, here: Movement, by: Author | None, place: str) -> Iterator[Problem]:
    """Yield what speaks against one movement apart from the states of its vials."""
    earlier = next((one for one in known.movements if one.id == here.id), None)
    fresh = [name for name in here.vials if earlier is None or name not in earlier.vials]
    for name in fresh:
        vial = known.vials.get(name)
        if vial is not None and vial.draws and vial.state not in IN_STOCK:
            yield Problem(place, f"{name} was used for {vial.why}.", "A used vial stays used; leave it out.")
    sites = sorted({known.vials[name].of.site for name in here.vials if name in known.vials})
    if sites not in ([], [here.site]):
        what = f"Vials are at {' and '.join(sites)}, not {here.site}."
        yield Problem(place, what, "Enter one movement for each site.")
    if here.kind in REASONED and not here.reason:
        yield Problem(f"{place}.movement_reason", f"Vials are {here.kind} without a reason.", "Say why.")
    if here.kind in WITNESSED and not here.second:
        yield Problem(
            f"{place}.second_person", f"Vials are {here.kind} by one person alone.", "Name the second person."
        )
    elif here.kind in WITNESSED and by is not None and here.second.casefold() == by.name.casefold():
        what = f"The second person is {here.second}, who enters this."
        yield Problem(f"{place}.second_person", what, "Name somebody else who was there.")


def _lost(known: Ledger, after: Ledger, place: str) -> Iterator[Problem]:
    """Yield a problem for each used vial that no receipt would have any more."""
    for name, vial in known.vials.items():
        if vial.draws and name not in after.vials:
            yield Problem(place, f"{name} was used for {vial.why}.", "Keep it in the receipt.")


def _miscounted(known: Ledger, draft: Draft) -> Iterator[Problem]:
    site, lot = str(draft.values.get("site", "")), str(draft.values.get("count_lot", ""))
    if not any((line.site, line.lot) == (site, lot) for line in known.lines):
        yield Problem(str(draft.place), f"{site} has received nothing of lot {lot!r}.", "Choose a lot from the stock.")
        return
    stock = known.in_stock(site, lot)
    if str(draft.values.get("ledger_said", "")) != str(stock):
        what = f"The ledger has {stock} in stock now, not {draft.values.get('ledger_said')}."
        yield Problem(str(draft.place), what, "Vials were moved or used meanwhile; count again.")


def _unknown_count(gateway: Gateway, draft: Draft) -> list[Problem]:
    if any(one.id == draft.place.repeat for one in ledger(gateway).counts):
        return []
    return [Problem(str(draft.place), f"There is no count {draft.place.repeat}.", "Choose one from the list.")]
