"""Lesions: each with one identity, put on the body map, allocated with concealment, injected and followed."""

from calcitrial.lesions.allocation import (
    allocate,
    allocate_lesions,
    allocation_problems,
    arm_at,
    commit,
    commitment,
    misallocated,
    stratum_of,
)
from calcitrial.lesions.body_map import TITLES, VIEWS, Group, Marker, Site, draw, locate, outline, sites
from calcitrial.lesions.injection import Injection, arm_of, inject, injection_problems
from calcitrial.lesions.register import LesionPlace, add_lesion, image_point, lesion_problems, lesions_of

__all__ = [
    "TITLES",
    "VIEWS",
    "Group",
    "Injection",
    "LesionPlace",
    "Marker",
    "Site",
    "add_lesion",
    "allocate",
    "allocate_lesions",
    "allocation_problems",
    "arm_at",
    "arm_of",
    "commit",
    "commitment",
    "draw",
    "image_point",
    "inject",
    "injection_problems",
    "lesion_problems",
    "lesions_of",
    "locate",
    "misallocated",
    "outline",
    "sites",
    "stratum_of",
]
