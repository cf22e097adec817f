"""The next trial by simulation: virtual people, virtual lesions, and how often an analysis would be right.

A `Scenario` states every assumption, and `parameters` says where each number comes from. `draw` makes virtual
participants for demonstrations and designs. `operating_characteristics` simulates many trials, analyses each
with the function that real data get (`mixed_model`), and reports power or type I error with Monte Carlo error.
"""

from calcitrial.design.course import LASTS, MANAGER, Act, Course, Person, attended, course_of, schedule, visit_day
from calcitrial.design.operating import (
    Analyse,
    Answer,
    Operating,
    lesion_frame,
    mixed_model,
    operating_characteristics,
)
from calcitrial.design.phantoms import Scan, Scanned, scan
from calcitrial.design.readers import simulate_reads
from calcitrial.design.scenario import ArmEffect, Parameter, Scenario, parameters, treated_arm, untreated_arm
from calcitrial.design.scenarios import scenario_of
from calcitrial.design.simulate import VirtualEvent, VirtualLesion, VirtualParticipant, answers_of, draw

__all__ = [
    "LASTS",
    "MANAGER",
    "Act",
    "Analyse",
    "Answer",
    "ArmEffect",
    "Course",
    "Operating",
    "Parameter",
    "Person",
    "Scan",
    "Scanned",
    "Scenario",
    "VirtualEvent",
    "VirtualLesion",
    "VirtualParticipant",
    "answers_of",
    "attended",
    "course_of",
    "draw",
    "lesion_frame",
    "mixed_model",
    "operating_characteristics",
    "parameters",
    "scan",
    "scenario_of",
    "schedule",
    "simulate_reads",
    "treated_arm",
    "untreated_arm",
    "visit_day",
]
