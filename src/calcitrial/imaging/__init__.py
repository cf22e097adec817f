"""Sizes of calcifications, out of CT series whose geometry was checked.

`measure` looks up known lesions (`Seed`) in a `Series` or lists what it finds, and returns one `Lesion` each: place,
volume, calibrated hydroxyapatite mass with its standard uncertainty, and flags where a reader has to look.
`measure_masks` gives the voxels of each besides (`Measured`), and `measure_mask` measures what a reader outlined.
`to_json` makes it plain data with every setting that the numbers depend on; `store` writes it as DICOM objects, and
`measure_segmentation` measures the outlines of one again; `measure_many` measures a batch of series.

Values in, values out: no database, no clock, no names of people.
"""

from calcitrial.imaging.batch import Mapper, Outcome, in_turn, measure_many, on_processes
from calcitrial.imaging.body import SOFT_HU, around
from calcitrial.imaging.describe import to_json
from calcitrial.imaging.form import form_values
from calcitrial.imaging.lesion import Lesion, Measured, Point, Seed, Settings, calibrated
from calcitrial.imaging.measure import DEFAULTS, measure, measure_mask, measure_masks
from calcitrial.imaging.present import WORDS, seed, to_text
from calcitrial.imaging.stored import measure_segmentation, store
from calcitrial.imaging.tissue import BONE_HU, Finding, Mask, sort_tissue

__all__ = [
    "BONE_HU",
    "DEFAULTS",
    "SOFT_HU",
    "WORDS",
    "Finding",
    "Lesion",
    "Mapper",
    "Mask",
    "Measured",
    "Outcome",
    "Point",
    "Seed",
    "Settings",
    "around",
    "calibrated",
    "form_values",
    "in_turn",
    "measure",
    "measure_many",
    "measure_mask",
    "measure_masks",
    "measure_segmentation",
    "on_processes",
    "seed",
    "sort_tissue",
    "store",
    "to_json",
    "to_text",
]
