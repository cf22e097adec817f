"""The topics of the clinic, found by their names: every file `*_pages.py` of a desk has addresses, and perhaps dues."""

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

DESKS = (
    "consent_desk",
    "visit_desk",
    "treatment_desk",
    "diary_desk",
    "safety_desk",
    "data_desk",
    "clinic",
)


@cache
def topics() -> tuple[ModuleType, ...]:
    """Return the modules of pages of every desk, in the order of their names."""
    house = Path(__file__).parents[1]
    found = sorted((path.stem, desk) for desk in DESKS for path in (house / desk).glob("*_pages.py"))
    return tuple(import_module(f"calcitrial.{desk}.{name}") for name, desk in found)
