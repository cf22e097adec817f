"""Sizes of calcifications, out of pictures whose geometry was checked.

`measure` looks up known lesions (`Seed`) in a CT `Series` or lists what it finds, and returns one `Lesion`
each: place, volume, calibrated hydroxyapatite mass with its standard uncertainty, and flags where a reader has
to look. `to_json` makes it plain data with every setting that the numbers depend on.

Values in, values out: no database, no clock, no names of people.
"""

from calcitrial.imaging.describe import to_json
from calcitrial.imaging.form import form_values
from calcitrial.imaging.lesion import Lesion, Point, Seed, Settings
from calcitrial.imaging.measure import measure
from calcitrial.imaging.present import seed, to_text

__all__ = ["Lesion", "Point", "Seed", "Settings", "form_values", "measure", "seed", "to_json", "to_text"]
