"""Which arm a participant or a lesion is in, and the entries that say so."""

from collections.abc import Callable

from calcitrial.record import Cut

Assigned = tuple[str, list[int]]


def arms_of(cut: Cut) -> Callable[[str, str], Assigned]:
    """Return a function from (participant, lesion) to the arm's id and the entries that assigned it.

    The arm is the lesion's, the participant's or, in a trial that allocates nobody, the only one ('' without
    entries when there is none, or none yet; a participant as such has no arm where lesions are allocated).
    """
    unit = cut.protocol.allocation.unit
    if unit == "none":
        only = cut.protocol.arms[0].id if cut.protocol.arms else ""
        return lambda participant, lesion: (only, [])
    form, item = ("allocation", "arm") if unit == "participant" else ("lesion_allocation", "lesion_arm")
    key = 0 if unit == "participant" else 1
    rows = cut.table(form).iter_rows(named=True)
    known: dict[str, Assigned] = {row[unit]: (row[item], row["entries"]) for row in rows if row[item]}
    return lambda *who: known.get(who[key], ("", []))
