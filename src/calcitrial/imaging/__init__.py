"""Sizes of calcifications, out of pictures whose geometry was checked.

`measure` looks up known lesions (`Seed`) in a CT `Series` or lists what it finds, and returns one `Lesion`
each: place, volume, calibrated hydroxyapatite mass with its standard uncertainty, and flags where a reader has
to look. `measure_masks` gives the voxels of each besides (`Measured`), and `measure_mask` measures what a reader
outlined. `to_json` makes it plain data with every setting that the numbers depend on, and `measure_many` does all
that for a batch of series.

Values in, values out: no database, no clock, no names of people.
"""

from calcitrial.imaging.batch import Mapper, Outcome, in_turn, measure_many, on_processes
from calcitrial.imaging.describe import to_json
from calcitrial.imaging.form import form_values
from calcitrial.imaging.lesion import Lesion, Measured, Point, Seed, Settings, calibrated
from calcitrial.imaging.measure import measure, measure_mask, measure_masks
from calcitrial.imaging.present import seed, to_text

__all__ = [
    "Lesion",
    "Mapper",
    "Measured",
    "Outcome",
    "Point",
    "Seed",
    "Settings",
    "calibrated",
    "form_values",
    "in_turn",
    "measure",
    "measure_many",
    "measure_mask",
    "measure_masks",
    "on_processes",
    "seed",
    "to_json",
    "to_text",
]
