"""The data beside the report as tidy tables: people, lesions, injections, adverse events, and what each column is.

Every line keeps the numbers of its entries. What was redacted or never entered is null.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import polars as pl

from calcitrial.analysis import Analysis
from calcitrial.outcomes import arms_of
from calcitrial.participants import AGE_ITEMS, OLDEST, OR_OLDER, grouped_age
from calcitrial.protocol import Form, Item
from calcitrial.record import Cut
from calcitrial.reporting.dictionary import COMPUTED, ENTRIES
from calcitrial.safety import adverse_events
from calcitrial.sections import rows_of

KINDS: Mapping[str, pl.DataType] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "entry numbers": pl.List(pl.Int64()),
}
OF_ITEMS = {"integer": "integer", "decimal": "number", "boolean": "boolean", "date": "date"}
Line = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One line of the data dictionary: which table and column, its kind (KINDS), label, unit, and where it is from."""

    table: str
    column: str
    kind: str
    label: str
    unit: str
    source: str


@dataclass(frozen=True, eq=False)
class Datasets:
    """Tables by name, and a dictionary that describes each of their columns."""

    tables: Mapping[str, pl.DataFrame]
    dictionary: tuple[Column, ...]


def datasets(cut: Cut, analyses: Sequence[Analysis]) -> Datasets:
    """Return the tidy tables of a cut and of its analyses, and their dictionary."""
    made = [
        _table(cut, "participants", _participants(cut), ("screening", "enrolment", "end_of_study")),
        _table(cut, "lesions", _lesions(cut), ("lesion",)),
        _table(cut, "exposure", _exposure(cut), ("injection",)),
    ]
    tables = {name: table for name, table, _ in made}
    dictionary = [column for _, _, columns in made for column in columns]
    for name, table in (("adverse_events", _events(cut)), ("analysis", analysis_table(analyses))):
        tables[name] = table
        dictionary += [_described(cut, name, column, table[column].dtype) for column in table.columns]
    return Datasets(tables, tuple(dictionary))


def analysis_table(analyses: Sequence[Analysis]) -> pl.DataFrame:
    """Return the analysis data of all endpoints, with the endpoint's id in the first column."""
    tables = [a.data.select(pl.lit(a.endpoint.id).alias("endpoint"), pl.all()) for a in analyses]
    # Endpoints of different formulas have different columns.
    return pl.concat(tables, how="diagonal") if tables else pl.DataFrame(schema={"endpoint": pl.String})


def _table(cut: Cut, name: str, lines: Sequence[Line], forms: Sequence[str]) -> tuple[str, pl.DataFrame, list[Column]]:
    """Return a table with the columns of its forms' items and those that are computed, typed, and described."""
    columns = [Column(name, *told) for told in COMPUTED[name]]
    for form in forms:
        found = cut.protocol.form(form)
        columns += [_of_item(name, found, item) for item in found.items] if found else []
    columns.append(Column(name, *ENTRIES))
    schema = {column.column: KINDS[column.kind] for column in columns}
    rows = [[_typed(line.get(c.column), c.kind) for c in columns] for line in lines]
    return name, pl.DataFrame(rows, schema=schema, orient="row"), columns


def _of_item(table: str, form: Form, item: Item) -> Column:
    kind = OF_ITEMS.get(item.type, "text")
    if item.id in AGE_ITEMS:
        label = f"{form.label}: {item.label} ({OLDEST} stands for {OR_OLDER})"
        return Column(table, item.id, kind, label, item.unit, f"form {form.id}, item {item.id}, grouped")
    return Column(table, item.id, kind, f"{form.label}: {item.label}", item.unit, f"form {form.id}, item {item.id}")


def _typed(value: Any, kind: str) -> Any:
    """Return the text of an entry as a value of its kind; other values are typed already."""
    if not isinstance(value, str) or kind == "text":
        return value
    match kind:
        case "integer":
            return int(value)
        case "number":
            return float(value)
        case "boolean":
            return value == "true"
        case _:
            return date.fromisoformat(value)


def _participants(cut: Cut) -> list[Line]:
    """Return one line per screened person."""
    enrolled, ended = _by_person(cut, "enrolment"), _by_person(cut, "end_of_study")
    lesions, given, arm_of = _by_person(cut, "lesion"), _given(cut), arms_of(cut)
    lines = []
    for row in rows_of(cut, "screening"):
        person = row["participant"]
        entries, end = enrolled.get(person, []), ended.get(person, [])
        arm, assigned = arm_of(person, "") if entries else ("", [])
        own = [one for one in given if one["participant"] == person]
        lines.append(
            {
                **{key: grouped_age(value) if key in AGE_ITEMS and value else value for key, value in row.items()},
                **{key: value for one in (*entries, *end) for key, value in one.items() if key != "entries"},
                "enrolled": bool(entries),
                "arm": arm or None,
                "lesions": len(lesions.get(person, [])),
                "injections": len(own),
                "total_mg": _total(own),
                "entries": _merged(row, *entries, *end, {"entries": assigned}),
            }
        )
    return lines


def _lesions(cut: Cut) -> list[Line]:
    """Return one line per lesion."""
    given, arm_of = _given(cut), arms_of(cut)
    lines = []
    for row in rows_of(cut, "lesion"):
        arm, assigned = arm_of(row["participant"], row["lesion"])
        own = [one for one in given if one["lesion"] == row["lesion"]]
        told = {"arm": arm or None, "injections": len(own), "total_mg": _total(own)}
        lines.append({**row, **told, "entries": _merged(row, {"entries": assigned})})
    return lines


def _exposure(cut: Cut) -> list[Line]:
    """Return one line per injection form, given or not."""
    dates = {(row["participant"], row["visit"]): row["visit_date"] for row in rows_of(cut, "visit")}
    arm_of = arms_of(cut)
    lines = []
    for row in rows_of(cut, "injection"):
        arm, _ = arm_of(row["participant"], row["lesion"])
        told = {"visit_date": dates.get((row["participant"], row["visit"])), "arm": arm or None, "mg": _mg(row)}
        lines.append({**row, **told})
    return lines


def _events(cut: Cut) -> pl.DataFrame:
    return adverse_events(cut) if cut.protocol.form("adverse_event") else pl.DataFrame({"participant": []})


def _described(cut: Cut, table: str, name: str, dtype: pl.DataType) -> Column:
    """Return the description of a column that another room makes, with the words of its form where it has one."""
    kind = next((kind for kind, one in KINDS.items() if one == dtype), "text")
    for told in COMPUTED[table]:
        if told[0] == name:
            return Column(table, name, kind, *told[2:])
    if name == "entries":
        return Column(table, *ENTRIES)
    form = cut.protocol.form("adverse_event")
    item = form.item(name) if form and table == "adverse_events" else None
    if form is not None and item is not None:
        return _of_item(table, form, item)
    return Column(table, name, kind, name.replace("_", " ").capitalize(), "", "a column of the model's formula")


def _by_person(cut: Cut, form: str) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for row in rows_of(cut, form):
        found.setdefault(row["participant"], []).append(row)
    return found


def _given(cut: Cut) -> list[Line]:
    return [row for row in rows_of(cut, "injection") if row["injected"] == "true"]


def _mg(row: Line) -> float | None:
    """Return the sodium thiosulfate of an injection in mg, null where a factor is not known or nothing was given."""
    strength, volume = row["concentration"], row["volume"]
    return float(strength) * float(volume) if row["injected"] == "true" and strength and volume else None


def _total(given: Iterable[Line]) -> float | None:
    """Return the sum in mg; null when one of the injections has no dose."""
    doses = [_mg(row) for row in given]
    known = [dose for dose in doses if dose is not None]
    return sum(known, 0.0) if len(known) == len(doses) else None


def _merged(*rows: Mapping[str, Any]) -> list[int]:
    return sorted({number for row in rows for number in row["entries"]})


def flat(data: pl.DataFrame) -> pl.DataFrame:
    """Return the table without lists: entry numbers separated by blanks."""
    if "entries" not in data.columns:
        return data
    return data.with_columns(pl.col("entries").cast(pl.List(pl.String)).list.join(" "))


def files_of(data: Datasets) -> dict[str, bytes]:
    """Return every table as CSV and parquet, and the dictionary as CSV, by file name."""
    made: dict[str, bytes] = {}
    for name, table in data.tables.items():
        made[f"{name}.csv"] = flat(table).write_csv().encode()
        stream = io.BytesIO()
        table.write_parquet(stream)
        made[f"{name}.parquet"] = stream.getvalue()
    made["dictionary.csv"] = pl.DataFrame([asdict(column) for column in data.dictionary]).write_csv().encode()
    return made
