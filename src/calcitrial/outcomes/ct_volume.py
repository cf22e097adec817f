"""Volume of a lesion on CT above the threshold: repeatable, but biased by blur; a secondary quantity."""

import polars as pl

from calcitrial.outcomes.lesion_size import derive_size, explain_size
from calcitrial.record import Cut

NAME = "ct_volume"
LABEL = "Volume on CT above the threshold"
UNIT = "mm³"
explain = explain_size


def derive(cut: Cut) -> pl.DataFrame:
    """Return one line per lesion and CT visit with the volume in mm³; see `lesion_size.derive_size`."""
    return derive_size(cut, "volume_threshold", UNIT)
