"""One line per lesion: where it is, its arm, its dose and its size at each visit, with the entries behind each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from calcitrial.documents import Cell, Table, Value, key_of
from calcitrial.outcomes import arms_of
from calcitrial.record import Cut
from calcitrial.sections.tables import NONE, REDACTED, Row, baseline_visit, enrolled, number, rows_of


def lesion_table(cut: Cut, data: pl.DataFrame, label: str) -> Table:
    """Return one line per lesion: where it is, its arm, what was injected, its size at each visit and the ratio.

    A bracketed size was measured but left out of the analysis; 0 is a lesion that had vanished.
    """
    days = {visit.id: visit.day for visit in cut.protocol.visits}
    visits = sorted(set(data["visit"]) & days.keys(), key=lambda visit: days[visit])
    sizes = {(row["lesion"], row["visit"]): row for row in data.iter_rows(named=True)}
    baseline, unit = baseline_visit(cut), next(iter(data["unit"]), "")
    header = ["Lesion", "Site", "Arm", "Injections", "Total mg"]
    for visit in visits:
        header += [f"{visit}, {unit}"] + ([f"{visit} / {baseline}"] if visit != baseline else [])
    people, arm_of, given = enrolled(cut), arms_of(cut), _injections(cut)
    lines = []
    for row in sorted(rows_of(cut, "lesion"), key=lambda row: str(row["lesion"])):
        if row["participant"] not in people:
            continue
        side = "" if row["side"] in ("midline", None) else f"{row['side']} "
        arm = arm_of(row["participant"], row["lesion"])[0] or NONE
        line: list[Value] = [row["lesion"], f"{side}{row['body_site'] or REDACTED}", arm]
        line += _doses(row, given.get(row["lesion"], ()))
        for visit in visits:
            line += _sizes(sizes.get((row["lesion"], visit)), visit != baseline)
        lines.append(tuple(line))
    note = "[ ]: measured, left out of the analysis; 0: looked for and not found; –: not measured."
    return Table(f"Lesions: {label} at each visit", tuple(header), tuple(lines), 3, note)


def _injections(cut: Cut) -> Mapping[str, Sequence[Row]]:
    """Return the injections that were given, by lesion."""
    given: dict[str, list[dict[str, Any]]] = {}
    for row in rows_of(cut, "injection"):
        if row["injected"] == "true":
            given.setdefault(row["lesion"], []).append(row)
    return given


def _doses(lesion: Row, given: Sequence[Row]) -> Iterable[Cell]:
    """Yield how often the lesion was injected, and the sodium thiosulfate it got in mg."""
    # Of a lesion that was never injected the form of the lesion itself is what is known.
    entries = tuple(sorted(entry for row in given or (lesion,) for entry in row["entries"]))
    total = sum((float(row["concentration"] or "nan") * float(row["volume"] or "nan") for row in given), 0.0)
    name = lesion["lesion"]
    yield Cell(str(len(given)), key_of("lesion", name, "injections"), entries, "Injections given, counted.")
    how = "Concentration in mg/mL times volume in mL, summed over the injections given."
    yield Cell(number(total), key_of("lesion", name, "total_mg"), entries, how)


def _sizes(row: Row | None, with_ratio: bool) -> list[Value]:
    if row is None:
        return [NONE] * (1 + with_ratio)
    out = f" Left out of the analysis: {row['excluded']}." if row["excluded"] else ""
    both = row["value"] is not None and row["baseline"]
    ratio = f"{row['value'] / row['baseline']:.2f}" if both else NONE
    told = ((number(row["value"]), (), "Size as measured."), (ratio, ("ratio",), "Size over the size at baseline."))
    return [_size(row, text, name, f"{how}{out}") for text, name, how in told[: 1 + with_ratio]]


def _size(row: Row, text: str, name: tuple[str, ...], how: str) -> Value:
    if text == NONE:
        return text
    shown = f"[{text}]" if row["excluded"] else text
    return Cell(shown, key_of("lesion", row["lesion"], row["visit"], *name), tuple(row["entries"]), how)
