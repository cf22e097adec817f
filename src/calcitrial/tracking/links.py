"""What tracking says: which lesion became which, what is new, what is gone, and what cannot be told."""

from dataclasses import dataclass

from calcitrial.imaging import Lesion, Settings
from calcitrial.tracking.align import LimbAlignment
from calcitrial.tracking.change import Change


@dataclass(frozen=True)
class Link:
    """Lesions that are the same at both visits: one and one, several that merged, or one that split.

    Attributes:
        baseline: ids at baseline; none where the lesion was not listed then.
        followup: ids at follow-up; none where nothing is left.
        mass: change of the summed mass.
        volume: change of the summed threshold volume.
        flags: those of all lesions, and of the pair of series: kvp_differs, kernel_differs, thickness_differs,
            alignment's own, faint (measured below the threshold).
        note: a sentence, or ''.
    """

    baseline: tuple[str, ...]
    followup: tuple[str, ...]
    mass: Change
    volume: Change
    flags: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Untold:
    """A lesion of one visit of which the other visit says nothing, and why."""

    visit: str
    id: str
    reason: str


@dataclass(frozen=True, eq=False)
class Tracking:
    """Two visits compared.

    Attributes:
        links: one to one.
        merged: several baseline lesions in one follow-up finding.
        split: one baseline lesion in several follow-up findings.
        vanished: baseline lesions of which nothing is left.
        new: follow-up findings where nothing was at baseline.
        unlisted: follow-up findings that were there at baseline, though not among the baseline lesions.
        untold: what could not be compared.
        limbs: the motions, the largest limb first.
        baseline: lesions of the baseline.
        followup: findings of the follow-up.
        settings: of both measurements.
        notes: sentences on the comparison as a whole.
    """

    links: tuple[Link, ...]
    merged: tuple[Link, ...]
    split: tuple[Link, ...]
    vanished: tuple[Link, ...]
    new: tuple[Link, ...]
    unlisted: tuple[Link, ...]
    untold: tuple[Untold, ...]
    limbs: tuple[LimbAlignment, ...]
    baseline: tuple[Lesion, ...]
    followup: tuple[Lesion, ...]
    settings: Settings
    notes: tuple[str, ...]
