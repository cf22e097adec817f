"""The list of a participant's lesions that are to be allocated: frozen and signed in one act, then drawn from.

The list names the target lesions in their order, each with the digest of its entry on the body map, of its photograph
and of its baseline images. A lesion that is found later never joins it. Freezing
is one submission, the list and the signature under it: both or neither.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from calcitrial.protocol import Problem, Protocol, refuse
from calcitrial.quality import Signature, enter_signed, signature_of
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, in_turn, tabulate

FORM = "lesion_list"
MEANING = "lesion list frozen"
# What a frozen lesion keeps: what says which lesion it is. Its size and its states may still be entered.
KEPT = ("body_site", "side", "view", "map_x", "map_y", "role", "photo")
IMAGES = ("ct_measurement", "film_measurement", "ultrasound_measurement")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class LesionList:
    """The list as it stands: its lesions in order, whether it is frozen, its content, version and last signature."""

    lesions: tuple[str, ...]
    frozen: bool
    content: str
    version: int
    signature: Signature | None

    @property
    def signed(self) -> bool:
        """Return whether it is frozen and the signature under it stands for just this content."""
        return self.frozen and self.signature is not None and not self.signature.void

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the content, which names what was signed."""
        return hashlib.sha256(self.content.encode()).hexdigest()


def list_of(protocol: Protocol, rows: pl.DataFrame, participant: str) -> LesionList | None:
    """Return the list of a participant from rows of the record; None when none was ever frozen."""
    own = rows.filter(participant=participant, form=FORM)
    if own.is_empty():
        return None
    row = tabulate(protocol, own, FORM).row(0, named=True)
    lesions = tuple((row["listed_lesions"] or "").split())
    frozen, version = row["list_state"] == "frozen", int(str(own["version"].max()))
    signature = signature_of(rows.filter(participant=participant), [Place(participant, FORM)], MEANING)
    return LesionList(lesions, frozen, row["list_content"] or "", version, signature)


def number_of(lesion: str) -> int:
    """Return the number at the end of a lesion's identity, by which lists are ordered."""
    tail = lesion.rsplit("-L", 1)[-1]
    return int(tail) if tail.isdecimal() else 0


def targets(protocol: Protocol, rows: pl.DataFrame) -> list[str]:
    """Return the target lesions among rows of one participant, in the order of their numbers."""
    table = tabulate(protocol, rows, "lesion").filter(role="target")
    return sorted(table["lesion"], key=lambda lesion: (number_of(lesion), lesion))


def content_of(protocol: Protocol, rows: pl.DataFrame, lesions: list[str]) -> str:
    """Return one line per lesion: its identity, and the digests of map entry, photograph and baseline images."""
    entries = {row["lesion"]: row for row in tabulate(protocol, rows, "lesion").iter_rows(named=True)}
    images = _baseline_images(protocol, rows)
    return "\n".join(
        f"{lesion} map={map_digest(entries[lesion])} photo={entries[lesion].get('photo') or 'none'} "
        f"images={'+'.join(images.get(lesion, ())) or 'none'}"
        for lesion in lesions
    )


def map_digest(lesion: Row) -> str:
    """Return the SHA-256 of what makes a lesion this lesion: site, side, point on the map, role and photograph."""
    kept = {name: lesion[name] for name in KEPT if lesion.get(name)}
    return hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _baseline_images(protocol: Protocol, rows: pl.DataFrame) -> dict[str, list[str]]:
    first = next((visit.id for visit in protocol.visits if visit.kind == "baseline"), "")
    found: dict[str, list[str]] = {}
    for form in IMAGES:
        if protocol.form(form) is not None:
            for row in tabulate(protocol, rows.filter(visit=first), form).iter_rows(named=True):
                found.setdefault(row["lesion"], []).append(row["series_digest"] or "redacted")
    return found


def freeze(
    gateway: Gateway, participant: str, by: Author, *, expected: int = 0, at_site: str = "", printed_name: str = ""
) -> Receipt:
    """Freeze the list of target lesions as it stands and sign it; return the receipt.

    `expected` is the version of the list that the signer saw: 0 for the first, that of the opened list afterwards.
    It trusts that the caller has asked for both components of the signature. Raises RefusedError when there is no
    target lesion, the list is frozen, or lesions have arms already.
    """
    with in_turn(gateway.study):
        rows = current_rows(gateway.study, participant)
        lesions = targets(gateway.protocol, rows)
        there = list_of(gateway.protocol, rows, participant)
        refuse(list(_unfreezable(gateway.protocol, rows, participant, lesions, there)))
        values = {
            "list_state": "frozen",
            "listed_lesions": " ".join(lesions),
            "list_content": content_of(gateway.protocol, rows, lesions),
        }
        reason = "The list was opened and is frozen again." if there else ""
        place = Place(participant, FORM)
        drafts = [Draft(place, values, expected, reason)]
        return enter_signed(gateway, drafts, MEANING, by, at_site, printed_name)


def _unfreezable(
    protocol: Protocol, rows: pl.DataFrame, participant: str, lesions: list[str], there: LesionList | None
) -> Iterator[Problem]:
    if drawn(protocol, rows):
        what = f"The lesions of {participant} were allocated before."
        yield Problem(participant, what, "A lesion that is found later stays without an arm.")
    elif there and there.frozen:
        what = f"The list of {participant} is frozen already."
        yield Problem(participant, what, "Open it with a reason first; that is possible until the draw.")
    elif not lesions:
        what = f"{participant} has no target lesion."
        yield Problem(participant, what, "Put the lesions on the body map first.")


def unfreeze(gateway: Gateway, participant: str, reason: str, by: Author, *, expected: int) -> Receipt:
    """Open a frozen list again with a reason; RefusedError after the draw, or when it is not frozen."""
    with in_turn(gateway.study):
        rows = current_rows(gateway.study, participant)
        there = list_of(gateway.protocol, rows, participant)
        if drawn(gateway.protocol, rows):
            what = f"The lesions of {participant} have their arms."
            refuse([Problem(participant, what, "The list stays as it was drawn from.")])
        if there is None or not there.frozen:
            refuse([Problem(participant, f"The list of {participant} is not frozen.", "Nothing is left to do.")])
        return gateway.enter([Draft(Place(participant, FORM), {"list_state": "open"}, expected, reason)], by)


def drawn(protocol: Protocol, rows: pl.DataFrame) -> bool:
    """Return whether lesions among these rows have arms."""
    form = protocol.form("lesion_allocation")
    return form is not None and bool(tabulate(protocol, rows, form.id).height)


def frozen_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why a listed lesion cannot be moved or take another role: arms are drawn for what was signed."""
    if draft.place.form != "lesion" or not draft.expected:
        return []
    rows = current_rows(gateway.study, draft.place.participant)
    there = list_of(gateway.protocol, rows, draft.place.participant)
    if there is None or not there.frozen or draft.place.lesion not in there.lesions:
        return []
    table = tabulate(gateway.protocol, rows, "lesion").filter(lesion=draft.place.lesion)
    before = table.row(0, named=True) if table.height else {}
    changed = [name for name in KEPT if _differs(before.get(name), draft.values.get(name, before.get(name)))]
    if not changed:
        return []
    what = f"{draft.place.lesion} is on the frozen list, so its {', '.join(changed)} cannot change."
    instead = "Its arm was drawn for this place." if drawn(gateway.protocol, rows) else "Open the list first."
    return [Problem(str(draft.place), what, instead)]


def _differs(before: object, after: object) -> bool:
    one, other = str(before or "").strip(), str(after or "").strip()
    try:
        return float(one) != float(other)
    except ValueError:
        return one != other
