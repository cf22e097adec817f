"""The trail: for any value, who entered it, when, in which role, and what it replaced and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from calcitrial.record import store
from calcitrial.record.entry import REDACTION, Place


@dataclass(frozen=True)
class Step:
    """One entry as an inspector reads it; a redaction has the form `_redaction` and replaces what it took out."""

    number: int
    sequence: int
    at: str
    author: str
    role: str
    place: Place
    item: str
    version: int
    value: str
    unit: str
    replaces: int
    reason: str


QUERY = """SELECT e.number, e.sequence, s.at, s.author, s.role,
    e.participant, e.form, e.visit, e.lesion, e.repeat, e.item, e.version, e.value, e.unit, e.replaces, e.reason
    FROM record_entry e JOIN record_submission s ON s.study = e.study AND s.sequence = e.sequence
    WHERE e.study = %s AND {} ORDER BY e.number"""


def _step(row: store.Row) -> Step:
    return Step(*(*row[:5], Place(*row[5:10]), *row[10:]))


def trail_of(study: str, numbers: Sequence[int]) -> list[Step]:
    """Return these entries in order; numbers that are not there are left out."""
    found: list[Step] = []
    for start in range(0, len(numbers), 5_000):
        part = list(numbers[start : start + 5_000])
        marks = ", ".join(["%s"] * len(part))
        found += [_step(row) for row in store.rows(QUERY.format(f"e.number IN ({marks})"), [study, *part])]
    return sorted(found, key=lambda step: step.number)


def digests_of(study: str, numbers: Sequence[int]) -> dict[int, str]:
    """Return the digest of each of these entries, which covers place, item, unit and the seal of the value.

    A signature is bound to these: who changed one letter of what was signed would change the digest.
    """
    return store.digests(study, numbers)


def history(study: str, place: Place, item: str = "") -> list[Step]:
    """Return everything ever entered at one place, or for one item of it, and its redactions, in order."""
    where = "participant = %s AND form = %s AND visit = %s AND lesion = %s AND repeat = %s"
    return _with_redactions(study, where + (" AND item = %s" if item else ""), [*place] + ([item] if item else []))


def changes(study: str, first: int, last: int) -> list[Step]:
    """Return every entry of these submissions that replaced another, and every redaction, in order."""
    where = "e.sequence BETWEEN %s AND %s AND e.replaces > 0"
    return [_step(row) for row in store.rows(QUERY.format(where), [study, first, last])]


@dataclass(frozen=True)
class Act:
    """One submission as its author did it: when, in which role, and which forms it entered or changed."""

    sequence: int
    at: str
    role: str
    places: tuple[Place, ...]


def acts_of(study: str, author: str, since: str) -> list[Act]:
    """Return what somebody entered since a moment (`stamp`), the last first."""
    query = f"""SELECT DISTINCT s.sequence, s.at, s.role, {", ".join(f"e.{name}" for name in Place._fields)}
        FROM record_submission s JOIN record_entry e ON e.study = s.study AND e.sequence = s.sequence
        WHERE s.study = %s AND s.author = %s AND s.at >= %s"""
    found: dict[tuple[int, str, str], list[Place]] = {}
    for row in store.rows(query, [study, author, since]):
        found.setdefault((int(row[0]), row[1], row[2]), []).append(Place(*row[3:8]))
    return [Act(*key, tuple(sorted(places))) for key, places in sorted(found.items(), reverse=True)]


def entry_counts(
    study: str, leave_out: Collection[str] = (), among: Collection[str] = ()
) -> dict[str, tuple[int, int]]:
    """Return (values entered first, corrections) by participant, without the forms left out; perhaps of some only."""
    forms = sorted({*leave_out, REDACTION})
    marks = ", ".join(["%s"] * len(forms))
    where, named = store.named("participant", among)
    query = f"""SELECT participant, SUM(CASE WHEN replaces = 0 THEN 1 ELSE 0 END),
        SUM(CASE WHEN replaces > 0 THEN 1 ELSE 0 END) FROM record_entry
        WHERE study = %s AND participant <> '' AND form NOT IN ({marks}){where} GROUP BY participant"""
    return {code: (int(first), int(again)) for code, first, again in store.rows(query, [study, *forms, *named])}


def first_entered(study: str, among: Collection[str] = ()) -> dict[tuple[str, str], list[str]]:
    """Return when each form of a visit was first entered (UTC), by participant and visit; perhaps of some only."""
    where, named = store.named("e.participant", among)
    query = f"""SELECT e.participant, e.visit, MIN(s.at) FROM record_entry e
        JOIN record_submission s ON s.study = e.study AND s.sequence = e.sequence
        WHERE e.study = %s AND e.visit <> '' AND e.version = 1{where}
        GROUP BY e.participant, e.visit, e.form, e.lesion, e.repeat"""
    found: dict[tuple[str, str], list[str]] = {}
    for code, visit, at in store.rows(query, [study, *named]):
        found.setdefault((code, visit), []).append(at)
    return found


def participant_trail(study: str, participant: str) -> list[Step]:
    """Return everything ever entered about one participant, and its redactions, in order."""
    return _with_redactions(study, "participant = %s", [participant])


def changed_items(study: str, participant: str) -> tuple[int, frozenset[tuple[Place, str]]]:
    """Return how many entries there are about a participant, and which items were ever changed, with their place."""
    about = [study, participant]
    (count,) = store.rows("SELECT COUNT(*) FROM record_entry WHERE study = %s AND participant = %s", about)[0]
    where = "study = %s AND participant = %s AND replaces > 0"
    found = store.rows(f"SELECT DISTINCT {store.PLACE}, item FROM record_entry WHERE {where}", about)
    return int(count), frozenset((store.place_of(row), str(row[5])) for row in found)


def _with_redactions(study: str, where: str, values: list[str]) -> list[Step]:
    """Return the entries that the condition names, and the redactions of any of them."""
    numbers = f"SELECT number FROM record_entry WHERE study = %s AND {where}"
    # Two statements rather than an OR, which would read the whole study.
    own = store.rows(QUERY.format(f"e.number IN ({numbers})"), [study, study, *values])
    redacted = "e.participant = '' AND e.form = %s AND e.replaces IN"
    why = store.rows(QUERY.format(f"{redacted} ({numbers})"), [study, REDACTION, study, *values])
    return sorted({step.number: step for step in map(_step, own + why)}.values(), key=lambda step: step.number)
