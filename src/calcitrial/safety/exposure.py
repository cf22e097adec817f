"""Who was exposed to what: arms, injections, lesions and days of observation, the denominators of safety."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import polars as pl

from calcitrial.record import Cut

UNASSIGNED = "unassigned"


@dataclass(frozen=True)
class Injection:
    """One injection that was given: whose, into which lesion, at which visit, on which day (None: no visit)."""

    participant: str
    lesion: str
    visit: str
    day: date | None


@dataclass(frozen=True)
class Exposure:
    """The exposure of a cut: the enrolled with their days, each one's arm, lesions with their arm, injections.

    `person_days` run from enrolment to the last visit, the date of which is entered by somebody who saw the person.
    When arms are given to lesions, a person has no single arm and `arms` maps everyone to 'unassigned'.
    """

    person_days: dict[str, int]
    arms: dict[str, str]
    lesion_arms: dict[tuple[str, str], str]
    injections: tuple[Injection, ...]
    by_lesion: bool

    def arm_of(self, participant: str, lesion: str) -> str:
        """Return the arm an event belongs to: the lesion's where lesions have arms, else the person's."""
        if self.by_lesion:
            return self.lesion_arms.get((participant, lesion), UNASSIGNED)
        return self.arms.get(participant, UNASSIGNED)

    def injections_of(self, participant: str, lesion: str) -> tuple[Injection, ...]:
        """Return the injections of one lesion."""
        return tuple(i for i in self.injections if (i.participant, i.lesion) == (participant, lesion))


def exposure(cut: Cut) -> Exposure:
    """Return the exposure of everybody in the cut who was screened; who is not enrolled is 'unassigned'."""
    visits = visit_days(cut)
    lesions = [(row["participant"], row["lesion"]) for row in rows_of(cut, "lesion")]
    by_lesion = cut.protocol.allocation.unit == "lesion"
    lesion_arms = {
        (r["participant"], r["lesion"]): r["lesion_arm"] or UNASSIGNED for r in rows_of(cut, "lesion_allocation")
    }
    arms = _arms(cut)
    given = tuple(
        Injection(r["participant"], r["lesion"], r["visit"], visits.get((r["participant"], r["visit"])))
        for r in rows_of(cut, "injection")
        if r["injected"] == "true"
    )
    own = {key: lesion_arms.get(key, UNASSIGNED) if by_lesion else arms[key[0]] for key in lesions}
    return Exposure(_person_days(cut, visits), arms, own, given, by_lesion)


def visit_days(cut: Cut) -> dict[tuple[str, str], date]:
    """Return the date of each visit by participant and visit."""
    return {
        (row["participant"], row["visit"]): date.fromisoformat(row["visit_date"])
        for row in rows_of(cut, "visit")
        if row["visit_date"]
    }


def rows_of(cut: Cut, form: str) -> list[dict[str, str]]:
    """Return the lines of one form as dictionaries; none when the protocol does not use the form."""
    if cut.protocol.form(form) is None:
        return []
    table = cut.table(form)
    return list(table.select(pl.exclude("entries")).iter_rows(named=True))


def _arms(cut: Cut) -> dict[str, str]:
    enrolled = {row["participant"] for row in rows_of(cut, "enrolment")}
    allocated = {row["participant"]: row["arm"] or UNASSIGNED for row in rows_of(cut, "allocation")}
    unit, arms = cut.protocol.allocation.unit, cut.protocol.arms
    only = arms[0].id if unit == "none" and len(arms) == 1 else UNASSIGNED
    found = dict.fromkeys(sorted(cut.rows["participant"].unique().to_list()), UNASSIGNED)
    found.pop("", None)
    for participant in found:
        if unit != "lesion" and participant in enrolled:
            found[participant] = allocated.get(participant, only)
    return found


def _person_days(cut: Cut, visits: dict[tuple[str, str], date]) -> dict[str, int]:
    last: dict[str, date] = defaultdict(lambda: date.min)
    for (participant, _visit), day in visits.items():
        last[participant] = max(last[participant], day)
    dated = [row for row in rows_of(cut, "enrolment") if row["enrolment_date"]]
    starts = {row["participant"]: date.fromisoformat(row["enrolment_date"]) for row in dated}
    return {
        participant: max((last[participant] - start).days, 0) if participant in last else 0
        for participant, start in starts.items()
    }
