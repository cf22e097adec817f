"""The second check: another person confirms concentration, volume and vial of an injection (EU Annex 11, 6).

Who confirms enters their own name into `checked_by`, in an act of their own; a dose that is corrected afterwards is
to be confirmed again.
"""

from collections.abc import Iterator

import polars as pl

from calcitrial.pharmacy.dose import checked, given
from calcitrial.protocol import Problem, Protocol
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, trail_of

DOSE = ("concentration", "volume", "vial")


def demanded(protocol: Protocol) -> bool:
    """Return whether the protocol asks for a second check: the fact `second_check` under `dose` is true."""
    fact = protocol.dose.get("second_check")
    return fact is not None and fact.value is True


def second_check_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why somebody cannot have confirmed a dose, and what a correction of a confirmed dose lacks."""
    if draft.place.form != "injection":
        return []
    rows = current_rows(gateway.study, draft.place.participant, ["injection"])
    now = {line[5]: (line[7], line[9]) for line in rows.iter_rows() if Place(*line[:5]) == draft.place}
    after = checked(gateway.protocol, draft)
    name, before = after.get("checked_by", ""), now.get("checked_by", ("", 0))[0]
    changed = [item for item in DOSE if after.get(item, "") != now.get(item, ("", 0))[0]]
    where = f"{draft.place}.checked_by"
    if name and changed:
        what = f"{name} cannot have confirmed values that are entered only now ({', '.join(changed)})."
        return [Problem(where, what, "Leave it empty; the second person confirms afterwards.")]
    if not name or name == before:
        return []
    return list(_by_another(gateway, name, [now[item][1] for item in DOSE if item in now], where))


def _by_another(gateway: Gateway, name: str, numbers: list[int], where: str) -> Iterator[Problem]:
    by = gateway.by.name if gateway.by else ""
    if by and name != by:
        yield Problem(where, f"{by} enters that {name} confirmed the dose.", "Each confirms in their own name.")
    if name in {step.author for step in trail_of(gateway.study, numbers)}:
        yield Problem(where, f"{name} entered the dose.", "Another person must confirm it.")


def confirm(gateway: Gateway, place: Place, expected: int, by: Author) -> Receipt:
    """Enter that a second person confirms the dose of an injection as it stands at version `expected`."""
    reason = "second check of concentration, volume and vial"
    return gateway.enter([Draft(place, {"checked_by": by.name}, expected, reason)], by)


def unconfirmed(protocol: Protocol, rows: pl.DataFrame) -> list[Place]:
    """Return the injections whose dose nobody has confirmed, where the protocol asks for it."""
    if not demanded(protocol):
        return []
    found: dict[Place, dict[str, str]] = {}
    for line in rows.filter(pl.col("form") == "injection").iter_rows():
        found.setdefault(Place(*line[:5]), {})[line[5]] = line[7]
    return [place for place, values in found.items() if given(values) and not values.get("checked_by")]
