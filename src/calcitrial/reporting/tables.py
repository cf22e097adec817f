"""The tables of the report: baseline, lesions, deviations; each from the cut alone."""

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from calcitrial.outcomes import arms_of
from calcitrial.participants import windows
from calcitrial.record import Cut
from calcitrial.reporting.content import Table

Row = Mapping[str, Any]
NONE = "–"
REDACTED = "(redacted)"


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with so many significant digits, never in scientific notation; a dash for none."""
    if value is None or math.isnan(value):
        return NONE
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{places}f}"


def rows_of(cut: Cut, form: str) -> list[dict[str, Any]]:
    """Return the rows of a form; none when the protocol does not have it."""
    return list(cut.table(form).iter_rows(named=True)) if cut.protocol.form(form) else []


def enrolled(cut: Cut) -> set[str]:
    """Return the codes of the enrolled participants."""
    return {row["participant"] for row in rows_of(cut, "enrolment")}


def columns_of_people(cut: Cut) -> list[tuple[str, set[str]]]:
    """Return (label, enrolled participants) per arm and in total; one column when people are not allocated."""
    everyone, arm_of = enrolled(cut), arms_of(cut)
    total = [(f"All (n = {len(everyone)})", everyone)]
    if cut.protocol.allocation.unit != "participant":
        return total
    groups = [(arm, {p for p in everyone if arm_of(p, "")[0] == arm.id}) for arm in cut.protocol.arms]
    return [(f"{arm.label} (n = {len(group)})", group) for arm, group in groups] + total


def baseline_table(cut: Cut, data: pl.DataFrame | None) -> Table:
    """Return who the participants and lesions were at baseline, per arm where people are allocated."""
    columns = columns_of_people(cut)
    people = {row["participant"]: row for row in rows_of(cut, "screening")}
    lesions = [row for row in rows_of(cut, "lesion") if row["participant"] in enrolled(cut)]
    lines: list[tuple[str, Callable[[set[str]], str]]] = [
        ("Age, median (range), years", lambda who: _spread(_numbers(people, who, "age_years")))
    ]
    for item, label in (("sex", "Sex"), ("diagnosis", "Diagnosis")):
        for value in sorted({str(row[item]) for code, row in people.items() if code in enrolled(cut) and row[item]}):
            lines.append((f"{label} {value}, n (%)", _share(people, item, value)))
    lines += [
        ("Lesions, n", lambda who: str(sum(row["participant"] in who for row in lesions))),
        (
            "Lesions per participant, median (range)",
            lambda who: _spread([sum(row["participant"] == p for row in lesions) for p in sorted(who)]),
        ),
    ]
    if data is not None:
        sizes = data.filter(visit=_baseline(cut)).select("participant", "value", "unit").rows()
        unit = sizes[0][2] if sizes else ""
        lines.append(
            (
                f"Lesion size, geometric mean (range), {unit}",
                lambda who: _geometric([v for p, v, _ in sizes if p in who and v]),
            )
        )
    lines.append(("Worst pain (0 to 10), median (range)", lambda who: _spread(_pain(cut, who))))
    rows = tuple((label, *(of(who) for _, who in columns)) for label, of in lines)
    return Table("Participants and lesions at baseline", ("", *(label for label, _ in columns)), rows)


def _share(people: Mapping[str, Row], item: str, value: str) -> Callable[[set[str]], str]:
    def told(who: set[str]) -> str:
        count = sum(people[code][item] == value for code in who)
        return f"{count} ({100 * count / len(who):.0f} %)" if who else NONE

    return told


def _baseline(cut: Cut) -> str:
    return next((visit.id for visit in cut.protocol.visits if visit.kind == "baseline"), "")


def _numbers(people: Mapping[str, Row], who: Iterable[str], item: str) -> list[float]:
    return [float(people[code][item]) for code in sorted(who) if people[code][item] is not None]


def _pain(cut: Cut, who: set[str]) -> list[float]:
    rows = [row for row in rows_of(cut, "pain") if row["visit"] == _baseline(cut)]
    return [float(row["pain_nrs"]) for row in rows if row["participant"] in who and row["pain_nrs"]]


def _spread(values: Sequence[float]) -> str:
    if not values:
        return NONE
    return f"{statistics.median(values):g} ({min(values):g} to {max(values):g})"


def _geometric(values: Sequence[float]) -> str:
    if not values:
        return NONE
    return f"{number(statistics.geometric_mean(values))} ({number(min(values))} to {number(max(values))})"


def lesion_table(cut: Cut, data: pl.DataFrame, label: str) -> Table:
    """Return one line per lesion: where it is, its arm, what was injected, its size at each visit and the ratio.

    A bracketed size was measured but left out of the analysis; 0 is a lesion that had vanished.
    """
    days = {visit.id: visit.day for visit in cut.protocol.visits}
    visits = sorted(set(data["visit"]), key=lambda visit: days[visit])
    sizes = {(row["lesion"], row["visit"]): row for row in data.iter_rows(named=True)}
    doses, arm_of = _doses(cut), arms_of(cut)
    baseline, unit = _baseline(cut), next(iter(data["unit"]), "")
    header = ["Lesion", "Site", "Arm", "Injections", "Total mg"]
    for visit in visits:
        header += [f"{visit}, {unit}"] + ([f"{visit} / {baseline}"] if visit != baseline else [])
    lines = []
    for row in sorted(rows_of(cut, "lesion"), key=lambda row: str(row["lesion"])):
        if row["participant"] not in enrolled(cut):
            continue
        count, total = doses.get(row["lesion"], (0, 0.0))
        side = "" if row["side"] in ("midline", None) else f"{row['side']} "
        arm = arm_of(row["participant"], row["lesion"])[0] or NONE
        line = [row["lesion"], f"{side}{row['body_site'] or REDACTED}", arm, str(count), number(total)]
        for visit in visits:
            line += _cells(sizes.get((row["lesion"], visit)), visit != baseline)
        lines.append(tuple(line))
    note = "[ ]: measured, left out of the analysis; 0: looked for and not found; –: not measured."
    return Table(f"Lesions: {label} at each visit", tuple(header), tuple(lines), 3, note)


def _cells(row: Row | None, with_ratio: bool) -> list[str]:
    if row is None:
        return [NONE, NONE][: 1 + with_ratio]
    size = number(row["value"])
    size = f"[{size}]" if row["excluded"] else size
    both = row["value"] is not None and row["baseline"]
    ratio = f"{row['value'] / row['baseline']:.2f}" if both else NONE
    return [size, f"[{ratio}]" if row["excluded"] and both else ratio][: 1 + with_ratio]


def _doses(cut: Cut) -> dict[str, tuple[int, float]]:
    """Return how often each lesion was injected, and the sodium thiosulfate it got in mg."""
    given: dict[str, tuple[int, float]] = {}
    for row in rows_of(cut, "injection"):
        if row["injected"] == "true":
            dose = float(row["concentration"] or "nan") * float(row["volume"] or "nan")
            count, total = given.get(row["lesion"], (0, 0.0))
            given[row["lesion"]] = (count + 1, total + dose)
    return given


def deviations(cut: Cut, data: pl.DataFrame | None) -> tuple[str, ...]:
    """Return what did not go by the protocol, as sentences: visits, injections, measurements, criteria."""
    return (*_late_visits(cut), *_not_injected(cut), *_left_out(data), *_unmet(cut), *_redacted(cut))


def _redacted(cut: Cut) -> Iterable[str]:
    """Say what was taken out of the record, without the value: the numbers here are counted without it."""
    for row in cut.redacted.iter_rows(named=True):
        where = " ".join(row[name] for name in ("lesion", "visit", "repeat") if row[name])
        place = ", ".join(part for part in (row["participant"], where) if part)
        yield f"{place}: {row['item']} of form {row['form']} (entry {row['number']}) was redacted and is not counted."


def _late_visits(cut: Cut) -> Iterable[str]:
    dated = [row for row in rows_of(cut, "visit") if row["visit_date"]]
    seen = {(row["participant"], row["visit"]): row["visit_date"] for row in dated}
    baseline = _baseline(cut)
    for (participant, visit), on in sorted(seen.items()):
        start = seen.get((participant, baseline))
        if start is None:
            continue
        window = next(w for w in windows(cut.protocol, date.fromisoformat(start)) if w.visit.id == visit)
        if not window.holds(date.fromisoformat(on)):
            yield (
                f"{participant}, visit {visit}: {on} lies outside the window {window.earliest} to {window.latest} "
                f"({(date.fromisoformat(on) - window.planned).days:+d} days from the planned day)."
            )


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
    for row in rows_of(cut, "criterion"):
        if row["participant"] in enrolled(cut) and row["result"] != wanted.get(row["repeat"], row["result"]):
            yield f"{row['participant']}: enrolled while criterion {row['repeat']} was {row['result'] or REDACTED}."
