"""The topics of the clinic, found by their names: every file `*_pages.py` has addresses, and perhaps things due."""

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType


@cache
def topics() -> tuple[ModuleType, ...]:
    """Return the modules of pages, in the order of their names."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*_pages.py"))
    return tuple(import_module(f"calcitrial.clinic.{name}") for name in names)
