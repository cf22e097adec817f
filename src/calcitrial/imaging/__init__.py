"""Sizes of calcifications, out of pictures whose geometry was checked.

`measure` looks up known lesions (`Seed`) in a CT `Series` or lists what it finds, and returns one `Lesion`
each: place, volume, calibrated hydroxyapatite mass with its standard uncertainty, and flags where a reader has
to look. `measure_masks` gives the voxels of each besides (`Measured`), and `measure_mask` measures what a reader
outlined. `to_json` makes it plain data with every setting that the numbers depend on; `store` writes it as DICOM
objects, and `measure_segmentation` measures the outlines of one again. `measure_film` gives the area of what was
outlined on a radiograph, `hand_score` a graded score, `measure_ultrasound` lengths between calipers; `measure_many`
measures a batch of series, and `track` follows each lesion to a later scan of the same limbs.

Values in, values out: no database, no clock, no names of people.
"""

from calcitrial.imaging.batch import Mapper, Outcome, in_turn, measure_many, on_processes
from calcitrial.imaging.describe import to_json
from calcitrial.imaging.form import form_values
from calcitrial.imaging.hand_score import (
    Grade,
    HandScore,
    ScoreTable,
    grades,
    hand_score,
    hand_score_json,
    hand_score_text,
    score_table,
)
from calcitrial.imaging.lesion import Lesion, Measured, Point, Seed, Settings, calibrated
from calcitrial.imaging.measure import measure, measure_mask, measure_masks
from calcitrial.imaging.present import seed, to_text
from calcitrial.imaging.radiograph import FilmLesion, Outline, film_json, film_text, measure_film, outlines
from calcitrial.imaging.scale import KnownLength, Scale, known_length, scale_of
from calcitrial.imaging.stored import measure_segmentation, store
from calcitrial.imaging.track import track
from calcitrial.imaging.tracking import Link, Tracking, Untold
from calcitrial.imaging.tracking_out import tracking_json, tracking_text
from calcitrial.imaging.ultrasound import Calipers, ScannedLesion, calipers, measure_ultrasound
from calcitrial.imaging.ultrasound_results import store_ultrasound, ultrasound_json, ultrasound_text

__all__ = [
    "Calipers",
    "FilmLesion",
    "Grade",
    "HandScore",
    "KnownLength",
    "Lesion",
    "Link",
    "Mapper",
    "Measured",
    "Outcome",
    "Outline",
    "Point",
    "Scale",
    "ScannedLesion",
    "ScoreTable",
    "Seed",
    "Settings",
    "Tracking",
    "Untold",
    "calibrated",
    "calipers",
    "film_json",
    "film_text",
    "form_values",
    "grades",
    "hand_score",
    "hand_score_json",
    "hand_score_text",
    "in_turn",
    "known_length",
    "measure",
    "measure_film",
    "measure_many",
    "measure_mask",
    "measure_masks",
    "measure_segmentation",
    "measure_ultrasound",
    "on_processes",
    "outlines",
    "scale_of",
    "score_table",
    "seed",
    "store",
    "store_ultrasound",
    "to_json",
    "to_text",
    "track",
    "tracking_json",
    "tracking_text",
    "ultrasound_json",
    "ultrasound_text",
]
