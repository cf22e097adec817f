"""People in a trial: screened in three values, enrolled when every criterion is met, seen at visits."""

from calcitrial.participants.screening import (
    Assessment,
    Screening,
    Verdict,
    assess,
    enrol,
    enrolment_problems,
    screen,
    screening_of,
)
from calcitrial.participants.visits import Window, baseline_visit, begin_visit, windows

__all__ = [
    "Assessment",
    "Screening",
    "Verdict",
    "Window",
    "assess",
    "baseline_visit",
    "begin_visit",
    "enrol",
    "enrolment_problems",
    "screen",
    "screening_of",
    "windows",
]
