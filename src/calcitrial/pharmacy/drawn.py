"""The rule of vials: an injection draws from a vial that is here, released, in date and not used up."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import polars as pl

from calcitrial.pharmacy.dose import checked, given
from calcitrial.pharmacy.label import read_vial
from calcitrial.pharmacy.ledger import FORMS, Ledger, ledger_of
from calcitrial.pharmacy.limit import plain
from calcitrial.pharmacy.vial import AVAILABLE, USED, Draw, Vial
from calcitrial.protocol import Problem, Protocol, RefusedError, house_forms
from calcitrial.record import Draft, Gateway, Place, current_rows

TAKE_ANOTHER = "Take another vial, and put this one aside."


def vial_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why an injection cannot have come from its vial; nothing where no drug accounts are kept.

    A correction that leaves vial and dose as they are is not judged again: what became of the vial since is no matter.
    """
    place = draft.place
    if place.form != "injection":
        return []
    values = checked(gateway.protocol, draft)
    name, drug = values.get("vial", ""), current_rows(gateway.study, forms=FORMS)
    if not given(values) or drug.is_empty():
        return []
    rows = pl.concat([drug, _around(gateway, place.participant, name)])
    ledger = ledger_of(gateway.study, gateway.protocol, rows)
    if not ledger.kept or _unchanged(rows, place, values):
        return []
    if not name:
        return [] if draft.partial else [Problem(f"{place}.vial", "No vial is named.", "Scan the label of the vial.")]
    try:
        vial = ledger.vials.get(read_vial(gateway.study, name))
    except RefusedError as error:
        return [Problem(f"{place}.vial", problem.what, problem.instead) for problem in error.problems]
    if vial is None:
        return [Problem(f"{place}.vial", f"No receipt has the vial {name}.", "Receive it first, or read it again.")]
    if vial.id != name:
        return [Problem(f"{place}.vial", f"The vial is written {name!r}.", f"Write {vial.id}.")]
    found = [*_not_here(rows, gateway.protocol, place, vial), *_not_usable(vial, _day(gateway, rows, place))]
    return [Problem(f"{place}.vial", what, TAKE_ANOTHER) for what in [*found, *_not_left(gateway, vial, draft)]]


def _around(gateway: Gateway, participant: str, vial: str) -> pl.DataFrame:
    """Return the injections, visits and sites of a participant and of everybody else who was injected from a vial."""
    named = current_rows(gateway.study, forms=["injection"], items=["vial"])
    people = {participant, *named.filter(pl.col("value") == vial)["participant"]}
    return current_rows(gateway.study, forms=["injection", "visit", *openers(gateway.protocol)], among=people)


def _unchanged(rows: pl.DataFrame, place: Place, values: dict[str, str]) -> bool:
    now = _of_form(rows, place)
    return given(now) and all(now.get(name) == values.get(name) for name in ("vial", "volume", "concentration"))


def _of_form(rows: pl.DataFrame, place: Place) -> dict[str, str]:
    same = [pl.col(name) == value for name, value in place._asdict().items()]
    return dict(rows.filter(pl.all_horizontal(same)).select("item", "value").iter_rows())


def openers(protocol: Protocol) -> list[str]:
    """Return the forms that open a participant, which name the participant's site."""
    return [form.id for form in (*protocol.forms, *house_forms().values()) if form.opens == "participant"]


def site_of(rows: pl.DataFrame, protocol: Protocol, participant: str) -> str:
    """Return the site of a participant; '' where none is named."""
    wanted = (pl.col("participant") == participant) & (pl.col("item") == "site")
    found = rows.filter(wanted & pl.col("form").is_in(openers(protocol)))
    return str(found["value"][0]) if found.height else ""


def _not_here(rows: pl.DataFrame, protocol: Protocol, place: Place, vial: Vial) -> Iterator[str]:
    site = site_of(rows, protocol, place.participant)
    if vial.of.site != site:
        yield f"{vial.id} belongs to the site {vial.of.site}, not to {site or 'a participant without a site'}."


def _not_usable(vial: Vial, on: date | None) -> Iterator[str]:
    if vial.state not in (AVAILABLE, USED):
        why = f" ({vial.why})" if vial.why else ""
        yield f"{vial.id} is {vial.state}{why}."
    if on is not None and vial.of.expiry < on:
        yield f"{vial.id} expired on {vial.of.expiry}."


def _day(gateway: Gateway, rows: pl.DataFrame, place: Place) -> date | None:
    """Return the day of the visit, also when it begins in the same act."""
    visit = Place(place.participant, "visit", place.visit)
    values = _of_form(rows, visit)
    for one in gateway.entering:
        values |= checked(gateway.protocol, one) if one.place == visit else {}
    return date.fromisoformat(values["visit_date"]) if values.get("visit_date") else None


def _not_left(gateway: Gateway, vial: Vial, draft: Draft) -> Iterator[str]:
    """Yield that the vial was used by others, or does not hold what this session draws."""
    place, entering = draft.place, gateway.entering or (draft,)
    now = {one.place for one in entering}
    earlier = [one for one in vial.draws if Place(one.participant, "injection", one.visit, one.lesion) not in now]
    others = [one for one in earlier if (one.participant, one.visit) != (place.participant, place.visit)]
    if vial.of.single_use and others:
        yield f"{vial.id} is for a single use and was used for {others[0].participant} {others[0].visit}."
    fresh = [_draw(gateway.protocol, one, vial.id) for one in entering]
    masses = [one.mass or Decimal() for one in (*earlier, *fresh) if one is not None]
    if sum(masses, Decimal()) > vial.of.content:
        yield f"{vial.id} holds {plain(vial.of.content)} mg, and {plain(sum(masses, Decimal()))} mg would be drawn."
    strength = Decimal(checked(gateway.protocol, draft).get("concentration") or 0)
    if strength > vial.of.strength:
        yield f"{vial.id} is of {plain(vial.of.strength)} mg/mL, less than the {plain(strength)} mg/mL entered."


def _draw(protocol: Protocol, one: Draft, vial: str) -> Draw | None:
    values = checked(protocol, one) if one.place.form == "injection" else {}
    if not given(values) or values.get("vial") != vial:
        return None
    mass = Decimal(values.get("volume") or 0) * Decimal(values.get("concentration") or 0)
    return Draw(one.place.participant, one.place.visit, one.place.lesion, vial, mass)


def kept(ledger: Ledger, site: str, on: date) -> list[Vial]:
    """Return the vials that a site may use on a day, the earliest expiry first."""
    here = [v for v in ledger.vials.values() if v.of.site == site and not list(_not_usable(v, on)) and v.state != USED]
    return sorted(here, key=lambda vial: (vial.of.expiry, vial.id))
