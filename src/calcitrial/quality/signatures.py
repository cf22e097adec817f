"""Electronic signatures: a person's name, the moment and a meaning, bound to the entries that were signed.

21 CFR 11.50 asks for printed name, date and time and meaning; 11.70 that a signature cannot be cut out and put under
something else. So a signature names every form with the mark of its entries, and holds one SHA-256 over the digests
of all of them; it stands for exactly these entries, and is void as soon as one of them is not current any more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import orjson
import polars as pl

from calcitrial.protocol import Problem, RefusedError, house_forms, refuse
from calcitrial.quality.marks import Numbers, laid_over, mark, numbers_of, sha256, table
from calcitrial.quality.missing import missing_items
from calcitrial.record import Author, Draft, Entry, Gateway, Place, Receipt, current_rows, digests_of, read_head, stamp

FORMS = ("signature", "study_signature")


def meanings() -> tuple[str, ...]:
    """Return what a signature may mean."""
    item = house_forms()["signature"].item("meaning")
    return item.choices if item else ()


@dataclass(frozen=True)
class Signature:
    """One signature: who signed which forms when and with which meaning, and what changed since.

    `forms` holds the mark of each form as it was signed, `changed` those that are not so any more.
    """

    place: Place
    meaning: str
    name: str
    at: str
    site: str
    forms: Mapping[Place, str]
    digest: str
    number: int
    changed: tuple[Place, ...] = ()

    @property
    def void(self) -> bool:
        """Return whether anything that was signed has changed since."""
        return bool(self.changed)

    def only(self, *places: Place) -> "Signature":
        """Return this signature as far as it concerns these forms."""
        return replace(self, changed=tuple(place for place in self.changed if place in places))

    @cached_property
    def words(self) -> str:
        """Return the manifest (21 CFR 11.50) as a sentence, and why it is void when it is."""
        said = f"Signed by {self.name} on {self.at[:10]} at {self.at[11:19]} UTC, meaning: {self.meaning}."
        if not self.void:
            return said
        return f"{said} VOID: changed since: {'; '.join(str(place) for place in self.changed)}."


def signatures_in(rows: pl.DataFrame, numbers: Numbers | None = None) -> list[Signature]:
    """Return every signature that the rows hold, in the order they were made, each held against the rows.

    The rows must be complete for the participants concerned (`current_rows`): what a blinded reader does not see
    would look as if it had been taken away.
    """
    now = numbers_of(rows) if numbers is None else numbers
    found = [_made(place, values, now) for form in FORMS for place, values in table(rows, form).items()]
    return sorted(found, key=lambda one: one.number)


def _made(place: Place, values: Mapping[str, Any], now: Numbers) -> Signature:
    listed = orjson.loads(values["signed_forms"] or "[]")
    forms = {Place(place.participant, *one[:4]): str(one[4]) for one in listed}
    changed = tuple(one for one, old in forms.items() if mark(now.get(one, {}).values()) != old)
    return Signature(
        place,
        values["meaning"],
        values["printed_name"],
        values["signed_at"],
        values["at_site"],
        forms,
        values["signed_digest"],
        values["number"],
        changed,
    )


def signature_of(rows: pl.DataFrame, places: Sequence[Place], meaning: str = "") -> Signature | None:
    """Return the signature under these forms: the last that stands for all of them, else the last that did.

    None when no signature names them all; `.void` and `.changed` tell which of these forms changed since. What was
    signed with them and changed does not count here. With `meaning`, only signatures of that meaning do. `rows` as
    in `signatures_in`.
    """
    wanted = set(places)
    named = [one for one in signatures_in(rows) if wanted <= one.forms.keys() and meaning in ("", one.meaning)]
    found = [one.only(*wanted) for one in named]
    return next(reversed([one for one in found if not one.void] or found), None)


def sign(
    gateway: Gateway,
    places: Sequence[Place],
    meaning: str,
    by: Author,
    at_site: str = "",
    printed_name: str = "",
) -> Receipt:
    """Sign forms as they stand now, as one submission; signing the same content again makes no entry.

    It trusts that the caller has asked for both components of the signature (21 CFR 11.200). Raises RefusedError
    for a form that is not there or not complete, and for a meaning that is none.
    """
    if not places:
        refuse([Problem("signature", "No form was chosen.", "Choose the forms to be signed.")])
    drafts, problems = [], []
    for participant in sorted({place.participant for place in places}):
        rows = current_rows(gateway.study, participant)
        own = sorted({place for place in places if place.participant == participant})
        now = numbers_of(rows)
        problems += list(_unsignable(gateway, rows, own, now))
        if not problems:
            drafts.append(_draft(gateway, own, now, meaning, by, (at_site, printed_name or by.name)))
    refuse(problems)
    new = [draft for draft in drafts if not _stands(gateway.study, draft)]
    head = read_head(gateway.study)
    if not new:
        return Receipt(head.sequence, head.hash, ())
    try:
        return gateway.enter(new, by)
    except RefusedError:
        # The same signature from a second tab: whoever came first has made it.
        if all(_stands(gateway.study, draft) for draft in new):
            return Receipt(head.sequence, head.hash, ())
        raise


def enter_signed(
    gateway: Gateway,
    drafts: Sequence[Draft],
    meaning: str,
    by: Author,
    at_site: str = "",
    printed_name: str = "",
) -> Receipt:
    """Enter forms and sign them in one and the same submission: both or neither.

    It trusts that the caller has asked for both components of the signature. RefusedError as of the gateway.
    """
    places = sorted({draft.place for draft in drafts})

    def close(here: Gateway) -> list[Draft]:
        found = []
        for participant in sorted({place.participant for place in places}):
            own = [place for place in places if place.participant == participant]
            now = laid_over(numbers_of(current_rows(here.study, participant)), here.made)
            signed = _draft(here, own, now, meaning, by, (at_site, printed_name or by.name))
            found += [] if _stands(here.study, signed) else [signed]
        return found

    return gateway.enter(drafts, by, closes=(close,))


def _unsignable(gateway: Gateway, rows: pl.DataFrame, places: Sequence[Place], now: Numbers) -> Iterator[Problem]:
    for place in places:
        if place not in now:
            yield Problem(str(place), "Nothing is entered there, so there is nothing to sign.", "Enter the form first.")
            continue
        for label in missing_items(gateway.protocol, rows, place):
            yield Problem(str(place), f"The form is a draft: {label} is missing.", "Complete the form, then sign it.")


def signature_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return which forms are not as a signature says: somebody changed them while it was being made.

    A rule of the gateway, so it is asked while nobody else can enter.
    """
    if draft.place.form not in FORMS:
        return []
    signed = orjson.loads(str(draft.values.get("signed_forms") or "[]"))
    now = laid_over(numbers_of(current_rows(gateway.study, draft.place.participant)), gateway.made)
    places = {Place(draft.place.participant, *one[:4]): one[4] for one in signed}
    return [
        Problem(str(place), "The form was changed while you signed.", "Read it again, then sign it.")
        for place, old in places.items()
        if mark(now.get(place, {}).values()) != old
    ]


def _draft(
    gateway: Gateway,
    places: Sequence[Place],
    now: Numbers,
    meaning: str,
    by: Author,
    where: tuple[str, str],
) -> Draft:
    """Return the form of a signature. Its repeat comes from what is signed, so that it can be made only once."""
    site, name = where
    signed = [[*place[1:], mark(now[place].values())] for place in places]
    listed = orjson.dumps(signed).decode()
    entries = sorted(number for place in places for number in now[place].values())
    values = {
        "meaning": meaning,
        "printed_name": name,
        "signed_at": stamp(gateway.clock()),
        "at_site": site,
        "signed_forms": listed,
        "signed_digest": digest_of(gateway.study, entries, gateway.made),
    }
    key = sha256(orjson.dumps([by.name, meaning, site, listed]))[:12]
    participant = places[0].participant
    return Draft(Place(participant, FORMS[0] if participant else FORMS[1], repeat=f"S-{key}"), values)


def _stands(study: str, draft: Draft) -> bool:
    """Return whether this signature is in the record already."""
    rows = current_rows(study, draft.place.participant, [draft.place.form])
    there = table(rows, draft.place.form).get(draft.place)
    return there is not None and there["signed_digest"] == draft.values["signed_digest"]


def digest_of(study: str, numbers: Sequence[int], made: Sequence[Entry] = ()) -> str:
    """Return SHA-256 over the digests of these entries, in the order of their numbers.

    `made` are entries of the act that is being entered, which the record does not hold yet.
    """
    digests = digests_of(study, numbers) | {one.number: one.digest() for one in made if one.number in numbers}
    return sha256("\n".join(digests[number] for number in sorted(digests)).encode())


def is_authentic(study: str, rows: pl.DataFrame, signature: Signature) -> bool:
    """Return whether a signature that is not void is bound to the very entries that stand there now."""
    now = numbers_of(rows)
    entries = [number for place in signature.forms for number in now.get(place, {}).values()]
    return not signature.void and digest_of(study, entries) == signature.digest


__all__ = [
    "Signature",
    "digest_of",
    "enter_signed",
    "is_authentic",
    "meanings",
    "sign",
    "signature_of",
    "signature_problems",
    "signatures_in",
]
