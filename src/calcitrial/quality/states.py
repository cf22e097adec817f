"""The state of every form, derived from what is in the record: draft, complete, verified, signed, locked."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

import polars as pl

from calcitrial.protocol import Protocol
from calcitrial.quality.marks import ABOUT_DATA, numbers_of
from calcitrial.quality.missing import missing_of
from calcitrial.quality.queries import Query, queries_in
from calcitrial.quality.signatures import Signature, signatures_in
from calcitrial.quality.sites import sites_of
from calcitrial.quality.verification import Verified, how_verified, verified_in
from calcitrial.record import Place, current_rows, entered_under, protocol_of, study_forms

# What blinded readers say of pictures is theirs: no investigator signs it.
OF_READERS = frozenset({"read"})
Stage = Literal["draft", "complete", "verified", "signed", "locked"]


@dataclass(frozen=True)
class FormState:
    """Where one form stands, and what stands against it.

    `missing` are the labels of what makes it a draft; `signature` the last under it, which may be void; `queries`
    those that still wait.
    """

    place: Place
    stage: Stage
    missing: tuple[str, ...] = ()
    verified: Verified = ""
    signature: Signature | None = None
    queries: tuple[Query, ...] = ()

    @property
    def signed(self) -> bool:
        """Return whether a signature stands that is not void."""
        return self.signature is not None and not self.signature.void

    @property
    def to_sign(self) -> bool:
        """Return whether the form is complete and waits for the signature of the investigator."""
        return not (self.missing or self.signed or self.place.form in OF_READERS)

    @property
    def void(self) -> bool:
        """Return whether the last signature is void."""
        return self.signature is not None and self.signature.void


def state_of(protocol: Protocol, rows: pl.DataFrame, locked: Collection[str] = ()) -> dict[Place, FormState]:
    """Return the state of every form of the participants in the rows, by place, in the order of the protocol.

    `rows` are all current values of these participants; `locked` the sites that are locked ('' is the study). What
    an amendment asks only since a form was entered does not make it a draft.
    """
    now, seen = numbers_of(rows), verified_in(rows)
    signed: dict[Place, Signature] = {}
    for signature in signatures_in(rows, now):
        for place in signature.forms:
            if place not in signature.changed or place not in signed or signed[place].void:
                signed[place] = signature.only(place)
    asked: dict[Place, list[Query]] = {}
    for query in queries_in(rows, now):
        if query.pending:
            asked.setdefault(query.about, []).append(query)
    values = _values(rows)
    sites, under = sites_of(protocol, rows) if locked else {}, entered_under(protocol.id)
    forms = {form: protocol.form(form) for form in {place.form for place in now}}
    found = {}
    for place in sorted((place for place in now if place.participant), key=_order(protocol)):
        form, signature_here = forms[place.form], signed.get(place)
        if form and under:
            form = under.form(form, now[place].values())
        missing = tuple(missing_of(form, values[place])) if form else ()
        verified = how_verified(now[place], seen.get(place, {}))
        shut = "" in locked or sites.get(place.participant) in locked
        stage = _stage(missing, verified, signature_here, shut)
        found[place] = FormState(place, stage, missing, verified, signature_here, tuple(asked.get(place, ())))
    return found


def _stage(missing: tuple[str, ...], verified: Verified, signature: Signature | None, shut: bool) -> Stage:
    if shut:
        return "locked"
    if missing:
        return "draft"
    if signature is not None and not signature.void:
        return "signed"
    return "verified" if verified == "verified" else "complete"


def _values(rows: pl.DataFrame) -> dict[Place, dict[str, str]]:
    found: dict[Place, dict[str, str]] = {}
    held = rows.filter(~pl.col("form").is_in(ABOUT_DATA) & (pl.col("participant") != ""))
    columns = held.select("participant", "form", "visit", "lesion", "repeat", "item", "value")
    for *place, item, value in columns.iter_rows():
        found.setdefault(Place(*place), {})[item] = value
    return found


def _order(protocol: Protocol) -> Callable[[Place], tuple[object, ...]]:
    """Return how forms are ordered: participant, visit as planned, form as in the protocol, lesion, repeat."""
    forms = {form.id: number for number, form in enumerate(protocol.forms)}
    visits = {visit.id: number for number, visit in enumerate(protocol.visits, 1)} | {"": 0}

    def order(place: Place) -> tuple[object, ...]:
        visit, form = visits.get(place.visit, len(visits)), forms.get(place.form, len(forms))
        return place.participant, visit, form, place.form, len(place.lesion), place.lesion, place.repeat

    return order


def states(study: str, participant: str = "") -> dict[Place, FormState]:
    """Return the state of every form of one participant, or of all, as the record stands now."""
    return state_of(protocol_of(study), current_rows(study, participant), locked_sites(study))


def locked_sites(study: str) -> frozenset[str]:
    """Return which sites are locked now; '' stands for the study."""
    rows = study_forms(study, ("lock",)).rows
    held = rows.filter((pl.col("item") == "locked") & (pl.col("value") == "true"))
    return frozenset(held["repeat"])
