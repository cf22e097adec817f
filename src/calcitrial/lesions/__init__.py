"""Lesions: each with one identity, put on the body map, allocated with concealment, injected and followed.

`body_map` draws, `nearest` names the site at a point, `register` gives identities, `photos` keeps pictures, `states`
says what became of a lesion. `listing` freezes and signs the lesions that are to be allocated; `allocation` draws from
a secret that `secrets` keeps; `verification` reveals and checks it; `unblinding` and `sealed` are the two ways to an
arm before that.
"""

from calcitrial.lesions.allocation import (
    allocate,
    allocate_lesions,
    allocation_problems,
    arm_at,
    commit,
    commitment,
    committed,
    draw_arms,
    stratum_of,
)
from calcitrial.lesions.body_map import TITLES, VIEWS, Group, Marker, Site, draw, locate, outline, sites
from calcitrial.lesions.injection import Injection, arm_of, inject, injection_problems
from calcitrial.lesions.listing import (
    MEANING,
    LesionList,
    drawn,
    freeze,
    frozen_problems,
    list_of,
    number_of,
    targets,
    unfreeze,
)
from calcitrial.lesions.nearest import Spot, nearest, shapes, spots, thumbnail
from calcitrial.lesions.photos import digest_of, drop_photo, keep_photo, photo_file, picture_of
from calcitrial.lesions.register import LesionPlace, add_lesion, image_point, lesion_problems, lesions_of, next_lesion
from calcitrial.lesions.sealed import Sealed, open_sealed, seal_all
from calcitrial.lesions.secrets import activate, secret_of
from calcitrial.lesions.states import State, follow_states, next_state, state_on, state_problems, states_of
from calcitrial.lesions.unblinding import Unblinding, arms_of_participant, next_unblinding, unblind, unblindings
from calcitrial.lesions.verification import Assignment, Assignments, assignments_of, misallocated, reveal

__all__ = [
    "MEANING",
    "TITLES",
    "VIEWS",
    "Assignment",
    "Assignments",
    "Group",
    "Injection",
    "LesionList",
    "LesionPlace",
    "Marker",
    "Sealed",
    "Site",
    "Spot",
    "State",
    "Unblinding",
    "activate",
    "add_lesion",
    "allocate",
    "allocate_lesions",
    "allocation_problems",
    "arm_at",
    "arm_of",
    "arms_of_participant",
    "assignments_of",
    "commit",
    "commitment",
    "committed",
    "digest_of",
    "draw",
    "draw_arms",
    "drawn",
    "drop_photo",
    "follow_states",
    "freeze",
    "frozen_problems",
    "image_point",
    "inject",
    "injection_problems",
    "keep_photo",
    "lesion_problems",
    "lesions_of",
    "list_of",
    "locate",
    "misallocated",
    "nearest",
    "next_lesion",
    "next_state",
    "next_unblinding",
    "number_of",
    "open_sealed",
    "outline",
    "photo_file",
    "picture_of",
    "reveal",
    "seal_all",
    "secret_of",
    "shapes",
    "sites",
    "spots",
    "state_on",
    "state_problems",
    "states_of",
    "stratum_of",
    "targets",
    "thumbnail",
    "unblind",
    "unblindings",
    "unfreeze",
]
