"""A million invented people against a hundred sets of criteria: in columns, in DuckDB's SQL, and in a plain loop.

All three must give the same answers. The loop is timed on a part of the people and counted up; it is what a script
would do: rules turned into closures once, then asked for one person after the other.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import numpy as np
import polars as pl

from calcitrial.matching import many
from calcitrial.protocol import Criterion, rule_tree

PEOPLE, SETS, LOOPED, RUNS = 1_000_000, 100, 5_000, 3
DISEASES = ("SSc", "DM", "JDM", "MCTD", "IIM", "iPPSD2", "PHP1A", "other")
TRUTHS = ("consent", "on_xray", "on_ultrasound", "symptomatic", "measurable", "allergy", "pregnant", "nursing")
Row = dict[str, Any]


def people(rng: np.random.Generator) -> pl.DataFrame:
    """Return invented people; of each answer 15 in 100 are missing."""
    columns: dict[str, pl.Series] = {
        "age": pl.Series(rng.integers(1, 90, PEOPLE).astype(float)),
        "pain": pl.Series(rng.integers(0, 11, PEOPLE).astype(float)),
        "disease": pl.Series(np.array(DISEASES)[rng.integers(0, len(DISEASES), PEOPLE)]),
        "lesion": pl.Series(np.array(["calcification", "ossification"])[rng.integers(0, 2, PEOPLE)]),
        **{name: pl.Series(rng.random(PEOPLE) < 0.6 - 0.05 * i) for i, name in enumerate(TRUTHS)},
    }
    table = pl.DataFrame(columns)
    gone = {name: pl.Series(rng.random(PEOPLE) < 0.15) for name in table.columns}
    return table.select(pl.when(~gone[name]).then(pl.col(name)).alias(name) for name in table.columns)


def sets(rng: np.random.Generator) -> dict[str, list[Criterion]]:
    """Return sets of seven criteria of the kinds that the shipped protocols have, with drawn limits."""
    found = {}
    for number in range(SETS):
        some = [f'"{one}"' for one in rng.choice(DISEASES, 3, replace=False)]
        age, pain = rng.integers(2, 30), rng.integers(0, 6)
        rules = [
            ("inclusion", f"age >= {age}"),
            ("inclusion", f'(disease in [{", ".join(some)}] && lesion == "calcification") || disease == "iPPSD2"'),
            ("inclusion", f"consent || age < {age + 5}"),
            ("inclusion", f"on_xray || on_ultrasound || pain > {pain}"),
            ("inclusion", "symptomatic || measurable"),
            ("exclusion", "allergy"),
            ("exclusion", "pregnant || nursing"),
        ]
        name = f"T{number:03d}"
        found[name] = [
            Criterion(id=f"{name}-{i}", type=kind, text=rule, expression=rule, status="assumed", note="drawn")
            for i, (kind, rule) in enumerate(rules)
        ]
    return found


def in_duckdb(table: pl.DataFrame) -> duckdb.DuckDBPyConnection:
    """Return a database in memory that holds the people; the bringing is not timed."""
    link = duckdb.connect()
    with tempfile.TemporaryDirectory() as folder:
        table.write_parquet(f"{folder}/people.parquet")
        link.execute(f"CREATE TABLE people AS SELECT * FROM '{folder}/people.parquet'")
    return link


def in_sql(link: duckdb.DuckDBPyConnection, criteria: dict[str, list[Criterion]]) -> dict[str, Any]:
    """Return the same answers from DuckDB, whose null in and, or and not is Kleene's unknown."""
    columns = ", ".join(f'{_set_in_sql(one)} AS "{name}"' for name, one in criteria.items())
    return link.execute(f"SELECT {columns} FROM people").fetchnumpy()


def _set_in_sql(criteria: Sequence[Criterion]) -> str:
    met = [f"({'NOT ' if one.type == 'exclusion' else ''}({_sql(rule_tree(one.expression))}))" for one in criteria]
    return f"({' AND '.join(met)})"


def _sql(tree: Any) -> str:
    kind, *parts = tree
    if kind == "item":
        return f'"{parts[0]}"'
    if kind == "value":
        return f"'{parts[0]}'" if isinstance(parts[0], str) else str(parts[0])
    if kind == "list":
        return f"({', '.join(_sql(one) for one in parts)})"
    if kind == "!":
        return f"(NOT {_sql(parts[0])})"
    word = {"&&": "AND", "||": "OR", "==": "=", "in": "IN"}.get(kind, kind)
    return f"({_sql(parts[0])} {word} {_sql(parts[1])})"


def in_a_loop(rows: list[Row], criteria: dict[str, list[Criterion]]) -> list[list[bool | None]]:
    """Return the same answers one person after the other."""
    asked = [[(_closure(rule_tree(c.expression)), c.type == "inclusion") for c in one] for one in criteria.values()]
    return [[_all(row, one) for one in asked] for row in rows]


def _all(row: Row, asked: list[tuple[Callable[[Row], Any], bool]]) -> bool | None:
    told: bool | None = True
    for holds, wanted in asked:
        truth = holds(row)
        if truth is None:
            told = None
        elif truth is not wanted:
            return False
    return told


def _closure(tree: Any) -> Callable[[Row], Any]:
    kind, *parts = tree
    if kind == "item":
        return lambda row, name=parts[0]: row[name]
    if kind == "value":
        return lambda row, value=parts[0]: value
    left, right = _closure(parts[0]), None if parts[1][0] == "list" else _closure(parts[1])
    if kind in ("&&", "||"):
        return _joined(left, right, kind == "||")
    if kind == "in":
        among = frozenset(one[1] for one in parts[1][1:])
        return lambda row: None if (value := left(row)) is None else value in among
    compare: dict[str, Callable[[Any, Any], bool]] = {
        "==": lambda a, b: a == b,
        ">=": lambda a, b: a >= b,
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
    }
    return _compared(left, right, compare[kind])


def _joined(left: Any, right: Any, decisive: bool) -> Callable[[Row], Any]:
    def joined(row: Row) -> bool | None:
        first = left(row)
        if first is decisive:
            return decisive
        second = right(row)
        if second is decisive:
            return decisive
        return None if first is None or second is None else not decisive

    return joined


def _compared(left: Any, right: Any, compare: Callable[[Any, Any], bool]) -> Callable[[Row], Any]:
    def compared(row: Row) -> bool | None:
        first, second = left(row), right(row)
        return None if first is None or second is None else compare(first, second)

    return compared


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        told = act()
        times.append(time.perf_counter() - start)
    return statistics.median(times), told


def report() -> str:
    """Return the table; AssertionError when two ways do not agree."""
    rng = np.random.default_rng(20261123)
    table, criteria = people(rng), sets(rng)
    rows = table.head(LOOPED).to_dicts()
    columns, ours = _timed(lambda: many(table, criteria))
    link = in_duckdb(table)
    sql, theirs = _timed(lambda: in_sql(link, criteria))
    loop, looped = _timed(lambda: in_a_loop(rows, criteria))
    for name in criteria:
        known, told = ~np.ma.getmaskarray(theirs[name]), np.ma.getdata(theirs[name]).astype(bool)
        same = ours[name].is_not_null() == pl.Series(known)
        assert same.all() and ours[name].filter(known).equals(pl.Series(told[known])), f"SQL does not agree on {name}"
    assert [list(row) for row in ours.head(LOOPED).iter_rows()] == looped, "columns and the loop do not agree"
    loop *= PEOPLE / LOOPED
    bytes_read = table.estimated_size() + ours.estimated_size()
    fits, open_ = (int(one.sum_horizontal()[0]) for one in (ours.select(pl.all().sum()), ours.null_count()))
    lines = [
        f"{PEOPLE:,} people x {SETS} sets of 7 criteria; answers the same; nothing against: {fits:,}, open: {open_:,}",
        f"calcitrial (columns)  {columns:8.2f} s",
        f"DuckDB SQL            {sql:8.2f} s   {sql / columns:6.1f} x",
        f"plain Python loop     {loop:8.0f} s   {loop / columns:6.0f} x   (from {LOOPED:,} people)",
        f"to read the answers and write them once: {bytes_read / 2**20:.0f} MB, {bytes_read / 10e9:.3f} s at 10 GB/s",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
