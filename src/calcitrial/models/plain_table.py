"""Reads a plain analysis table from a CSV file; refuses anything that would be guessed."""

import csv
import re
from collections.abc import Collection
from pathlib import Path

import polars as pl

from calcitrial.models.estimate import AnalysisError, refuse_if_any

# A leading zero marks a code (participant 007), which must stay text; so do "nan" and "1_000".
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


def read_csv(path: Path | str, text: Collection[str] = ()) -> pl.DataFrame:
    """Read a comma-separated table with one header line.

    Args:
        path: the file, UTF-8 with or without byte order mark.
        text: columns that hold codes and stay text even when every value looks like a number.

    Returns:
        One row per line; a column is Float64 when all its values are numbers, otherwise String; an empty
        cell is null.

    Raises:
        AnalysisError: when the file is missing, not UTF-8, empty, has repeated or nameless columns or
            lines of the wrong length.
    """
    file = Path(path)
    rows = _lines(file)
    if not rows:
        raise AnalysisError(f"The file {file.name} is empty; it needs column names and data below.")
    (_, header), *body = rows
    refuse_if_any([*_header_problems(file, header), *_line_problems(file, header, body)])
    cells = zip(*(row for _, row in body), strict=True)
    return pl.DataFrame([_column(name, list(values), text) for name, values in zip(header, cells, strict=True)])


def _lines(file: Path) -> list[tuple[int, list[str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            return [(reader.line_num, [cell.strip() for cell in row]) for row in reader if row]
    except OSError as error:
        raise AnalysisError(f"The file {file} cannot be read ({error.strerror}); check its name.") from error
    except UnicodeDecodeError as error:
        raise AnalysisError(f"The file {file.name} is not UTF-8 text; save it as CSV UTF-8.") from error
    except csv.Error as error:
        raise AnalysisError(f"The file {file.name} is not a CSV table ({error}); export it again.") from error


def _header_problems(file: Path, header: list[str]) -> list[str]:
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    problems = [f"The column {name} stands more than once in {file.name}; keep one." for name in repeated]
    nameless = [str(place) for place, name in enumerate(header, 1) if not name]
    if nameless:
        problems.append(f"Column number {', '.join(nameless)} of {file.name} has no name; give it one.")
    return problems


def _line_problems(file: Path, header: list[str], body: list[tuple[int, list[str]]]) -> list[str]:
    if not body:
        return [f"The file {file.name} has column names and no data below them."]
    ragged = [f"line {line} has {len(row)}" for line, row in body if len(row) != len(header)]
    more = f" and {len(ragged) - 5} more lines" if len(ragged) > 5 else ""
    if not ragged:
        return []
    listed = ", ".join(ragged[:5]) + more
    return [f"Each line of {file.name} needs {len(header)} values, but {listed}; correct them."]


def _column(name: str, values: list[str], text: Collection[str]) -> pl.Series:
    filled = [value for value in values if value]
    if name in text or not filled or not all(_NUMBER.fullmatch(value) for value in filled):
        return pl.Series(name, [value or None for value in values], dtype=pl.String)
    return pl.Series(name, [float(value) if value else None for value in values], dtype=pl.Float64)
