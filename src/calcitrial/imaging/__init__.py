"""CT in, sizes of calcifications out.

A folder of DICOM CT slices becomes a `Series` (`read_series`), or a `SeriesError` that says in sentences why
its geometry cannot be trusted. `measure` looks up known lesions (`Seed`) or lists what it finds, and returns
one `Lesion` each: place, volume, calibrated hydroxyapatite mass with its standard uncertainty, and flags
where a reader has to look. `to_json` makes it plain data with every setting that the numbers depend on.

Digital phantoms (`Phantom`, `Deposit`, `Bone`, `render`, `truth`, `write_series`) give scans of exactly known
content as real DICOM files, for tests and for the simulated trial.

Values in, values out: no database, no clock, no names of people.
"""

from calcitrial.imaging.ctfile import write_series
from calcitrial.imaging.describe import to_json
from calcitrial.imaging.form import form_values
from calcitrial.imaging.headers import SeriesError
from calcitrial.imaging.lesion import Lesion, Seed, Settings
from calcitrial.imaging.measure import measure
from calcitrial.imaging.phantom import Bone, Deposit, Phantom, Truth, render, truth
from calcitrial.imaging.present import seed, to_text
from calcitrial.imaging.series import Facts, Series, read_series

__all__ = [
    "Bone",
    "Deposit",
    "Facts",
    "Lesion",
    "Phantom",
    "Seed",
    "Series",
    "SeriesError",
    "Settings",
    "Truth",
    "form_values",
    "measure",
    "read_series",
    "render",
    "seed",
    "to_json",
    "to_text",
    "truth",
    "write_series",
]
