"""Calcium mass of a lesion on CT: the calibrated integral mass, the primary CT quantity of the project."""

import polars as pl

from calcitrial.outcomes.lesion_size import derive_size, explain_size
from calcitrial.record import Cut

NAME = "ct_mass"
LABEL = "Calcium mass on CT (hydroxyapatite)"
UNIT = "mg"
explain = explain_size


def derive(cut: Cut) -> pl.DataFrame:
    """Return one line per lesion and CT visit with the mass in mg; see `lesion_size.derive_size`."""
    return derive_size(cut, "mass", UNIT)
