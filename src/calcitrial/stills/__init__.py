"""Sizes out of single pictures: radiographs and ultrasound, in millimetres only where these are known.

`measure_film` gives the area of what was outlined on a radiograph, once something in it or about it gives its scale;
`hand_score` a graded score by a table that anyone may replace; `measure_ultrasound` the lengths between calipers inside
calibrated regions, and the ellipsoid they span. `film_values` and `ultrasound_values` are the same as forms.
"""

from calcitrial.stills.form import FORMS, absent_values, film_values, picture_values, ultrasound_values
from calcitrial.stills.hand_score import (
    Grade,
    HandScore,
    ScoreTable,
    grades,
    hand_score,
    hand_score_json,
    hand_score_text,
    score_table,
)
from calcitrial.stills.radiograph import FilmLesion, Outline, film_json, film_text, measure_film, outlines
from calcitrial.stills.scale import KnownLength, Scale, known_length, scale_of
from calcitrial.stills.ultrasound import Calipers, ScannedLesion, calipers, measure_ultrasound
from calcitrial.stills.ultrasound_results import store_ultrasound, ultrasound_json, ultrasound_text

__all__ = [
    "FORMS",
    "Calipers",
    "FilmLesion",
    "Grade",
    "HandScore",
    "KnownLength",
    "Outline",
    "Scale",
    "ScannedLesion",
    "ScoreTable",
    "absent_values",
    "calipers",
    "film_json",
    "film_text",
    "film_values",
    "grades",
    "hand_score",
    "hand_score_json",
    "hand_score_text",
    "known_length",
    "measure_film",
    "measure_ultrasound",
    "outlines",
    "picture_values",
    "scale_of",
    "score_table",
    "store_ultrasound",
    "ultrasound_json",
    "ultrasound_text",
    "ultrasound_values",
]
