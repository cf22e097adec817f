"""From the word in the protocol to the measure: each file of this room that names itself is one."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

import polars as pl

from calcitrial.outcomes.lesion_size import derive_size
from calcitrial.outcomes.sizes import By, Quantity
from calcitrial.protocol import Endpoint, Problem, refuse
from calcitrial.record import Cut

BLINDED = "by blinded readers"


@dataclass(frozen=True)
class Measure:
    """An outcome measure: its name in protocols, its label and unit for readers, and how it is derived.

    `derive(cut)` returns the table described in `tidy`; `explain(table)` the sentences a reader must know. Of sizes
    that are taken from pictures `quantity` says what is measured and `by` whose measurement it is; else None and ''.
    """

    name: str
    label: str
    unit: str
    derive: Callable[[Cut], pl.DataFrame]
    explain: Callable[[pl.DataFrame], tuple[str, ...]]
    quantity: Quantity | None = None
    by: By | str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """Return whose sizes there can be, the first measurement first; none where it is not of pictures."""
        return (self.quantity.by, "reads") if self.quantity else ()


def find(name: str, by: str = "") -> Measure:
    """Return the measure in the file of this name, by the named source or else by its first measurement.

    Raises RefusedError, naming those there are, where there is no such measure or it has no such source.
    """
    measures = {found.NAME: found for found in _files()}
    if name not in measures:
        what = f"There is no outcome measure {name!r}."
        refuse([Problem("outcome", what, f"Measures: {', '.join(sorted(measures))}.")])
    found = measures[name]
    quantity: Quantity | None = getattr(found, "QUANTITY", None)
    if quantity is None:
        measure = Measure(found.NAME, found.LABEL, found.UNIT, found.derive, found.explain)
    else:
        source: By = "reads" if by == "reads" else quantity.by
        label = f"{found.LABEL}, {BLINDED}" if source == "reads" else found.LABEL
        derive = partial(derive_size, quantity=quantity, by=source)
        measure = Measure(found.NAME, label, found.UNIT, derive, found.explain, quantity, source)
    if by and by not in measure.sources:
        what = f"The outcome {name} has no sizes by {by!r}."
        known = f"It has {' and '.join(measure.sources)}." if measure.sources else "It is not measured on pictures."
        refuse([Problem("sizes", what, known)])
    return measure


def measure_of(endpoint: Endpoint) -> Measure:
    """Return the measure of an endpoint, by the source that the endpoint names."""
    return find(endpoint.outcome, endpoint.sized_by)


def names() -> tuple[str, ...]:
    """Return the names of all measures in this room, sorted."""
    return tuple(sorted(found.NAME for found in _files()))


def _files() -> list[ModuleType]:
    """Return the modules of this room that name a measure."""
    stems = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    modules = [importlib.import_module(f"calcitrial.outcomes.{stem}") for stem in stems if stem != "find"]
    return [module for module in modules if hasattr(module, "NAME")]
