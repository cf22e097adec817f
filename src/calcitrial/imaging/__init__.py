"""Sizes of calcifications, out of pictures whose geometry was checked.

`measure` looks up known lesions (`Seed`) in a CT `Series` or lists what it finds, and returns one `Lesion`
each: place, volume, calibrated hydroxyapatite mass with its standard uncertainty, and flags where a reader has
to look. `measure_masks` gives the voxels of each besides (`Measured`), and `measure_mask` measures what a reader
outlined. `track` follows each lesion to a later scan of the same limbs. `to_json` and `tracking_json` make it plain
data with every setting that the numbers depend on.

Values in, values out: no database, no clock, no names of people.
"""

from calcitrial.imaging.describe import to_json
from calcitrial.imaging.form import form_values
from calcitrial.imaging.lesion import Lesion, Measured, Point, Seed, Settings, calibrated
from calcitrial.imaging.measure import measure, measure_mask, measure_masks
from calcitrial.imaging.present import seed, to_text
from calcitrial.imaging.track import track
from calcitrial.imaging.tracking import Link, Tracking, Untold
from calcitrial.imaging.tracking_out import tracking_json, tracking_text

__all__ = [
    "Lesion",
    "Link",
    "Measured",
    "Point",
    "Seed",
    "Settings",
    "Tracking",
    "Untold",
    "calibrated",
    "form_values",
    "measure",
    "measure_mask",
    "measure_masks",
    "seed",
    "to_json",
    "to_text",
    "track",
    "tracking_json",
    "tracking_text",
]
