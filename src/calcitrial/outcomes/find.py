"""From the word in the protocol to the measure: each file of this room that names itself is one."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import polars as pl

from calcitrial.protocol import Problem, refuse
from calcitrial.record import Cut


@dataclass(frozen=True)
class Measure:
    """An outcome measure: its name in protocols, its label and unit for readers, and how it is derived.

    `derive(cut)` returns the table described in `tidy`; `explain(table)` the sentences a reader must know.
    """

    name: str
    label: str
    unit: str
    derive: Callable[[Cut], pl.DataFrame]
    explain: Callable[[pl.DataFrame], tuple[str, ...]]


def find(name: str) -> Measure:
    """Return the measure in the file of this name; RefusedError, naming those there are, when there is none."""
    measures = {found.NAME: found for found in _files()}
    if name not in measures:
        what = f"There is no outcome measure {name!r}."
        refuse([Problem("outcome", what, f"Measures: {', '.join(sorted(measures))}.")])
    found = measures[name]
    return Measure(found.NAME, found.LABEL, found.UNIT, found.derive, found.explain)


def names() -> tuple[str, ...]:
    """Return the names of all measures in this room, sorted."""
    return tuple(sorted(found.NAME for found in _files()))


def _files() -> list[ModuleType]:
    """Return the modules of this room that name a measure."""
    stems = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    modules = [importlib.import_module(f"calcitrial.outcomes.{stem}") for stem in stems if stem != "find"]
    return [module for module in modules if hasattr(module, "NAME")]
