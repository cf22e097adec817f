"""How the values of a study came in: how many, how many were corrected, and how long after the visit."""

from collections.abc import Collection

from calcitrial.record import store


def entry_counts(study: str, leave_out: Collection[str] = ()) -> dict[str, tuple[int, int]]:
    """Return (values entered first, corrections) by participant, without the forms left out."""
    forms = sorted({*leave_out, "_redaction"})
    marks = ", ".join(["%s"] * len(forms))
    query = f"""SELECT participant, SUM(CASE WHEN replaces = 0 THEN 1 ELSE 0 END),
        SUM(CASE WHEN replaces > 0 THEN 1 ELSE 0 END)
        FROM record_entry WHERE study = %s AND participant <> '' AND form NOT IN ({marks}) GROUP BY participant"""
    return {code: (int(first), int(again)) for code, first, again in store.rows(query, [study, *forms])}


def first_entered(study: str) -> dict[tuple[str, str], list[str]]:
    """Return when each form of a visit was first entered (UTC), by participant and visit."""
    query = """SELECT e.participant, e.visit, MIN(s.at) FROM record_entry e
        JOIN record_submission s ON s.study = e.study AND s.sequence = e.sequence
        WHERE e.study = %s AND e.visit <> '' AND e.version = 1
        GROUP BY e.participant, e.visit, e.form, e.lesion, e.repeat"""
    found: dict[tuple[str, str], list[str]] = {}
    for code, visit, at in store.rows(query, [study]):
        found.setdefault((code, visit), []).append(at)
    return found
