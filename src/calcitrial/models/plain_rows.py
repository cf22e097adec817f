"""What a table of rows must not hold before a mixed model is fitted to it, though a model could be fitted.

A row that stands twice makes every interval too short; a lesion that changes its arm belongs to none; one cell that is
no number makes a column of sizes a factor. None of them is repaired here: each is said, with the place.
"""

import re
from collections.abc import Iterator

import polars as pl

from calcitrial.models.formula import Formula

ARMS = ("arm", "treatment")
SHOWN = 4
Row = tuple[object, ...]
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def row_problems(data: pl.DataFrame, formula: Formula) -> list[str]:
    """Say which rows of a table cannot be meant as they stand.

    Args:
        data: one row per observation.
        formula: what `parse_formula` returned; a column that it names and the table lacks is no problem of rows.

    Returns:
        A sentence per problem.
    """
    if any(name not in data.columns for name in formula.columns):
        return []
    return [*_odd_cells(data, formula), *_repeated(data, formula), *_two_arms(data, formula)]


def _odd_cells(data: pl.DataFrame, formula: Formula) -> Iterator[str]:
    for name in dict.fromkeys([formula.response.column, *(variable.column for variable in formula.variables)]):
        if data.schema[name] != pl.String:
            continue
        told = data[name].drop_nulls()
        odd = [value for value in told if not _NUMBER.fullmatch(value)]
        plain = told.len() - len(odd)
        if odd and plain > 5 and plain >= 4 * len(odd):
            where = data[name].to_list().index(odd[0]) + 1
            yield (
                f"The column {name} holds '{odd[0]}' in row {where}, and {plain} of its {told.len()} values are "
                "numbers; correct it, or leave the cell of a missing value empty."
            )


def _repeated(data: pl.DataFrame, formula: Formula) -> Iterator[str]:
    plain = data.select([name for name, kind in data.schema.items() if not kind.is_nested()])
    needed = [plain.columns.index(name) for name in dict.fromkeys(formula.columns)]
    first: dict[Row, int] = {}
    again: list[tuple[int, int]] = []
    for number, row in enumerate(plain.rows(), 1):
        if all(row[place] is not None for place in needed) and first.setdefault(row, number) < number:
            again.append((number, first[row]))
    if again:
        here, there = again[0]
        names = list(dict.fromkeys(name for group in formula.groups for name in group))
        who = ", ".join(f"{name} {plain[name][here - 1]}" for name in names[:SHOWN]) or "they are the same"
        yield (
            f"{len(again)} of {data.height} rows repeat another row in every column, such as row {here} that of row "
            f"{there} ({who}); delete the repetitions, or add the column that tells them apart."
        )


def _two_arms(data: pl.DataFrame, formula: Formula) -> Iterator[str]:
    for arm in (v.column for v in formula.variables if v.column.lower() in ARMS):
        for group in formula.groups:
            if arm in group or not _is_lesion(group[-1]) or not _is_within(data, group, formula):
                continue
            own: dict[Row, set[str]] = {}
            for labels, value in zip(_labels(data, group), data[arm].to_list(), strict=True):
                if value is not None and None not in labels:
                    own.setdefault(labels, set()).add(str(value))
            torn = {labels: arms for labels, arms in own.items() if len(arms) > 1}
            if torn:
                yield _torn(torn, group[-1], arm)
                break


def _torn(torn: dict[Row, set[str]], lesion: str, arm: str) -> str:
    labels, arms = next(iter(torn.items()))
    more = f", and {len(torn) - 1} more" if len(torn) > 1 else ""
    return (
        f"The {lesion} {':'.join(map(str, labels))} stands in the rows of more than one {arm} "
        f"({', '.join(sorted(arms))}){more}; correct the table, one {lesion} has one {arm}."
    )


def _is_lesion(name: str) -> bool:
    """Whether a column holds lesions; of other groups, such as people, no rule says that they have one arm."""
    return "lesion" in name.lower() or name.lower().startswith("les")


def _is_within(data: pl.DataFrame, group: tuple[str, ...], formula: Formula) -> bool:
    """Whether these groups lie within those of another random term, as lesions lie within participants."""
    inner = _labels(data, group)
    for other in (_labels(data, names) for names in formula.groups if names != group):
        if len(set(zip(inner, other, strict=True))) == len(set(inner)) > len(set(other)):
            return True
    return False


def _labels(data: pl.DataFrame, names: tuple[str, ...]) -> list[Row]:
    return list(zip(*(data[name].to_list() for name in names), strict=True))
