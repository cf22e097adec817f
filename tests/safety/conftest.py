"""Small cuts made in memory, so that the safety rules can be read beside the events they are about."""

from collections.abc import Callable, Mapping

import polars as pl
import pytest

from calcitrial.protocol import parse
from calcitrial.record import Cut, Place

HEADER = """
id = "tiny"
name = "Tiny"
version = "1"
use_forms = [
  "screening", "enrolment", "allocation", "lesion_allocation", "lesion", "visit", "injection", "adverse_event",
]
sources = {{}}
facts = {{}}
control = {{ kind = "none", status = "assumed", note = "for a test" }}
arms = [{{ id = "STS", label = "STS", treated = true }}{second}]
allocation = {{ unit = "{unit}", ratio = {ratio}, block = {block} }}
visits = [
  {{ id = "BL", label = "BL", kind = "baseline", day = 0, window = [0, 0], status = "assumed", note = "test" }},
  {{ id = "W04", label = "W4", kind = "treatment", day = 28, window = [25, 31], status = "assumed", note = "-" }},
]
"""
SCHEMA = {
    name: pl.Int64 if name in ("version", "number") else pl.String
    for name in ("participant", "form", "visit", "lesion", "repeat", "item", "version", "value", "unit", "number")
}

Make = Callable[..., Cut]


def _cut(forms: Mapping[Place, Mapping[str, str]], unit: str = "none") -> Cut:
    two = unit != "none"
    text = HEADER.format(
        unit=unit,
        second=', { id = "OBS", label = "Observation", treated = false }' if two else "",
        ratio=[1, 1] if two else [1],
        block=2 if two else 0,
    )
    protocol = parse(text.encode(), "tiny.toml")
    lines: list[tuple[object, ...]] = []
    for place, values in forms.items():
        for item, value in values.items():
            lines.append((*place, item, 1, value, "", len(lines) + 1))
    rows = pl.DataFrame(lines, schema=SCHEMA, orient="row")
    return Cut("tiny", 1, "head", protocol.digest, "test", protocol, rows)


@pytest.fixture(scope="session")
def make() -> Make:
    """Return the maker of cuts: forms by place, and the unit that arms are given to."""
    return _cut
