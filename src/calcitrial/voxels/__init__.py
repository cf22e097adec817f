"""Compiled loops over millions of voxels: components, opening, distances. They know no medicine."""

from calcitrial.voxels.components import FACES, find_components
from calcitrial.voxels.morphology import depth_up_to, opened_above
from calcitrial.voxels.reach import Squares, deeper_than, squared_distance, within

__all__ = [
    "FACES",
    "Squares",
    "deeper_than",
    "depth_up_to",
    "find_components",
    "opened_above",
    "squared_distance",
    "within",
]
