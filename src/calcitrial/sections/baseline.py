"""Who took part: the table of participants and lesions at baseline, each figure with the entries behind it."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from calcitrial.documents import Cell, Table, key_of
from calcitrial.participants import told_age
from calcitrial.record import Cut
from calcitrial.sections.tables import NONE, baseline_visit, columns_of_people, enrolled, number, rows_of

Told = tuple[str, list[int]]
Values = Mapping[str, Sequence[tuple[str, Sequence[int]]]]  # by participant: (value, its entries)
CHOICES = (("sex", "Sex"), ("diagnosis", "Diagnosis"))


@dataclass(frozen=True)
class _Line:
    """One line of the table: its key and label, what it says of a set of people, and how that is found."""

    key: str
    label: str
    of: Callable[[set[str]], Told]
    how: str


def baseline_table(cut: Cut, data: pl.DataFrame | None) -> Table:
    """Return who the participants and lesions were at baseline, per arm where people are allocated."""
    columns = columns_of_people(cut)
    arms = [arm.id for arm in cut.protocol.arms] if len(columns) > 1 else []
    lines = [*_people_lines(cut), *_lesion_lines(cut), *_size_line(cut, data), _pain_line(cut)]
    rows = []
    for line in lines:
        cells: list[str | Cell] = [line.label]
        for column, (_, who) in zip([*arms, "all"], columns, strict=True):
            text, entries = line.of(who)
            key = key_of("baseline", *line.key.split("."), column)
            cells.append(text if text == NONE else Cell(text, key, tuple(sorted(set(entries))), line.how))
        rows.append(tuple(cells))
    return Table("Participants and lesions at baseline", ("", *(label for label, _ in columns)), tuple(rows))


def _people_lines(cut: Cut) -> Iterable[_Line]:
    screening = {item: _values(cut, "screening", item) for item in ("age_years", *(item for item, _ in CHOICES))}
    entered = _forms(cut, "enrolment")
    yield _Line("participants", "Participants, n", lambda who: _count(who, entered), "Enrolled participants, counted.")
    how = "Median with least and greatest of the ages at screening of the enrolled; ages above 89 are one group."
    yield _Line(
        "age_years", "Age, median (range), years", lambda who: _spread(screening["age_years"], who, told_age), how
    )
    for item, label in CHOICES:
        known = screening[item]
        for value in sorted({value for code in enrolled(cut) for value, _ in known.get(code, ())}):
            how = f"Enrolled participants whose {item} at screening is {value}, of all enrolled."
            yield _Line(f"{item}.{key_of(value)}", f"{label} {value}, n (%)", _share(known, entered, value), how)


def _lesion_lines(cut: Cut) -> Iterable[_Line]:
    lesions, entered = _forms(cut, "lesion"), _forms(cut, "enrolment")
    how = "Lesions with a lesion form, of enrolled participants, counted."
    yield _Line("lesions", "Lesions, n", lambda who: _count(who, lesions), how)
    how = "Median with least and greatest of the number of lesions of each enrolled participant."
    yield _Line(
        "lesions_per_participant",
        "Lesions per participant, median (range)",
        lambda who: (
            _range([float(len(lesions.get(code, ()))) for code in sorted(who)]),
            [*_count(who, lesions)[1], *_count(who, entered)[1]],
        ),
        how,
    )


def _size_line(cut: Cut, data: pl.DataFrame | None) -> Iterable[_Line]:
    if data is None:
        return
    rows = data.filter(visit=baseline_visit(cut)).select("participant", "value", "unit", "entries").rows()

    def told(who: set[str]) -> Told:
        own = [(value, entries) for code, value, _, entries in rows if code in who and value]
        sizes = [value for value, _ in own]
        text = f"{number(statistics.geometric_mean(sizes))} ({_ends(sizes)})" if sizes else NONE
        return text, [entry for _, entries in own for entry in entries]

    label = f"Lesion size, geometric mean (range), {rows[0][2] if rows else ''}"
    yield _Line("lesion_size", label, told, "Geometric mean with least and greatest of the sizes above 0 at baseline.")


def _pain_line(cut: Cut) -> _Line:
    pain = _values(cut, "pain", "pain_nrs", baseline_visit(cut))
    how = "Median with least and greatest of the worst pain at the baseline visit."
    return _Line("pain", "Worst pain (0 to 10), median (range)", lambda who: _spread(pain, who), how)


def _values(cut: Cut, form: str, item: str, visit: str = "") -> Values:
    """Return the values of an item by participant; those that are not in the cut, or redacted, are left out."""
    found: dict[str, list[tuple[str, Sequence[int]]]] = {}
    rows = cut.rows.filter((pl.col("form") == form) & (pl.col("item") == item) & (pl.col("visit") == visit))
    for participant, value, entry in rows.select("participant", "value", "number").iter_rows():
        found.setdefault(participant, []).append((value, (entry,)))
    return found


def _forms(cut: Cut, form: str) -> Values:
    """Return by participant the forms entered, each with its entries; a redacted value does not undo its form."""
    found: dict[str, list[tuple[str, Sequence[int]]]] = {}
    for row in rows_of(cut, form):
        found.setdefault(row["participant"], []).append(("", row["entries"]))
    return found


def _count(who: Iterable[str], values: Values) -> Told:
    own = [entries for code in sorted(who) for _, entries in values.get(code, ())]
    return str(len(own)), [entry for entries in own for entry in entries]


def _share(known: Values, entered: Values, value: str) -> Callable[[set[str]], Told]:
    def told(who: set[str]) -> Told:
        hit = [entries for code in sorted(who) for one, entries in known.get(code, ()) if one == value]
        text = f"{len(hit)} ({100 * len(hit) / len(who):.0f} %)" if who else NONE
        return text, [*(entry for entries in hit for entry in entries), *_count(who, entered)[1]]

    return told


def _spread(values: Values, who: Iterable[str], told: Callable[[float], str] = "{:g}".format) -> Told:
    own = [(float(value), entries) for code in sorted(who) for value, entries in values.get(code, ())]
    return _range([value for value, _ in own], told), [entry for _, entries in own for entry in entries]


def _range(values: Sequence[float], told: Callable[[float], str] = "{:g}".format) -> str:
    if not values:
        return NONE
    return f"{told(statistics.median(values))} ({told(min(values))} to {told(max(values))})"


def _ends(values: Sequence[float]) -> str:
    return f"{number(min(values))} to {number(max(values))}"
