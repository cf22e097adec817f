"""What did not go by the protocol, as sentences: late visits, missed injections, exclusions, unmet criteria."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from calcitrial.participants import windows
from calcitrial.record import Cut
from calcitrial.sections.tables import REDACTED, baseline_visit, enrolled, rows_of


def deviations(cut: Cut, data: pl.DataFrame | None) -> tuple[str, ...]:
    """Return what did not go by the protocol, as sentences: visits, injections, measurements, criteria."""
    return (*_late_visits(cut), *_missed(cut), *_not_injected(cut), *_left_out(data), *_unmet(cut), *_redacted(cut))


def _redacted(cut: Cut) -> Iterable[str]:
    """Say what was taken out of the record, without the value: the numbers here are counted without it."""
    for row in cut.redacted.iter_rows(named=True):
        where = " ".join(row[name] for name in ("lesion", "visit", "repeat") if row[name])
        place = ", ".join(part for part in (row["participant"], where) if part)
        yield f"{place}: {row['item']} of form {row['form']} (entry {row['number']}) was redacted and is not counted."


def _late_visits(cut: Cut) -> Iterable[str]:
    dated = [row for row in rows_of(cut, "visit") if row["visit_date"]]
    seen = {(row["participant"], row["visit"]): row["visit_date"] for row in dated}
    baseline = baseline_visit(cut)
    for (participant, visit), on in sorted(seen.items()):
        start = seen.get((participant, baseline))
        if start is None:
            continue
        known = {window.visit.id: window for window in windows(cut.protocol, date.fromisoformat(start))}
        window = known.get(visit)  # none for a visit that was not planned, which no window can miss
        if window is not None and not window.holds(date.fromisoformat(on)):
            yield (
                f"{participant}, visit {visit}: {on} lies outside the window {window.earliest} to {window.latest} "
                f"({(date.fromisoformat(on) - window.planned).days:+d} days from the planned day)."
            )


def _missed(cut: Cut) -> Iterable[str]:
    """Name planned visits that were missed: as somebody entered, or as a later visit or the end of the study tells."""
    seen = {(row["participant"], row["visit"]): row["visit_date"] for row in rows_of(cut, "visit")}
    said = {(row["participant"], row["repeat"]): row for row in rows_of(cut, "missed_visit") if row["missed"] == "true"}
    ends = {row["participant"]: row["end_date"] for row in rows_of(cut, "end_of_study") if row["end_date"]}
    baseline = baseline_visit(cut)
    for participant in sorted(enrolled(cut)):
        start, end = seen.get((participant, baseline)), ends.get(participant, "")
        later = max((on for (who, _visit), on in seen.items() if who == participant and on), default="")
        for window in windows(cut.protocol, date.fromisoformat(start)) if start else ():
            visit, latest = window.visit, window.latest.isoformat()
            row = said.get((participant, visit.id))
            gone = latest < max(later, end)
            if visit.kind == "screening" or (participant, visit.id) in seen or not (row or gone):
                continue
            why = ": ".join(filter(None, (row["missed_reason"], row["missed_text"]))) if row else ""
            yield f"{participant}, visit {visit.id}: missed ({why or 'no reason entered'})."


def _not_injected(cut: Cut) -> Iterable[str]:
    for row in rows_of(cut, "injection"):
        if row["injected"] == "false":
            reason = row["not_injected_reason"] or "no reason given"
            yield f"{row['lesion']}, visit {row['visit']}: not injected ({reason})."


def _left_out(data: pl.DataFrame | None) -> Iterable[str]:
    if data is None:
        return
    for row in data.iter_rows(named=True):
        if row["excluded"]:
            thing = row["lesion"] or row["participant"]
            yield f"{thing}, visit {row['visit']}: left out of the primary analysis because {row['excluded']}."


def _unmet(cut: Cut) -> Iterable[str]:
    speaks = {"inclusion": "true", "exclusion": "false"}
    wanted = {criterion.id: speaks[criterion.type] for criterion in cut.protocol.criteria}
    people = enrolled(cut)
    for row in rows_of(cut, "criterion"):
        if row["participant"] in people and row["result"] != wanted.get(row["repeat"], row["result"]):
            yield f"{row['participant']}: enrolled while criterion {row['repeat']} was {row['result'] or REDACTED}."
