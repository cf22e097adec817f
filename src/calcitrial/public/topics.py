"""The topics of the public pages, found by their names: every file `*_pages.py` has addresses."""

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType


@cache
def public_topics() -> tuple[ModuleType, ...]:
    """Return the modules of public pages, in the order of their names."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*_pages.py"))
    return tuple(import_module(f"calcitrial.public.{name}") for name in names)
