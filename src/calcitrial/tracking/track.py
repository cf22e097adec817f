"""Follows each lesion from a baseline scan to a follow-up scan.

The limbs are laid over each other (`align`), lesions of both visits are measured, and those that overlap are linked one
to one (`matching.match`). A lesion without a finding is then looked for at its place with its own seed, as one beside
bone is found only so, and below the threshold (`remains`) before it is called vanished; a finding without a lesion is
looked for at baseline in the same two ways before it is called new.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from calcitrial.dicom import Floats, Series
from calcitrial.imaging import DEFAULTS, Lesion, Seed, Settings, measure_masks
from calcitrial.tracking.align import LimbAlignment, align, settled
from calcitrial.tracking.anatomy import LIMB_REACH_MM
from calcitrial.tracking.change import UNKNOWN, loss, mass_change, volume_change
from calcitrial.tracking.links import Link, Tracking, Untold
from calcitrial.tracking.matching import Sighting, match, same, sighting
from calcitrial.tracking.remains import Remains, remains

EDGE_MM = 0.75  # by how much the edge of a threshold mask wanders between scans
TIGHT_MM = 0.5  # points of lesions lie that far apart
UNSETTLED_MM = 2.0
REACH_MOST_MM = 6.0
SAME_SERIES = "Baseline and follow-up are the same series; check the folders."
OTHER_KVP = (
    "The tube voltage was {0} kV at baseline and {1} kV at follow-up, so that the calibration does not cancel; changes "
    "are not judged."
)
OUTSIDE = "its place lies outside the other scan, or outside the body there"
NOT_ALIGNED = "its limb could not be aligned"
UNMEASURED = "it could not be measured at baseline"
ABSENT = "nothing calcified was found at its seed at baseline"


@dataclass(frozen=True, eq=False)
class Visits:
    """Both scans with what is asked of them, handed from step to step."""

    first: Series
    second: Series
    settings: Settings
    flags: tuple[str, ...]

    @property
    def voxel_mm(self) -> float:
        """The largest side of a voxel of either scan."""
        return max(*self.first.spacing_mm, *self.second.spacing_mm)

    def reach(self, limb: LimbAlignment) -> float:
        """Return by how many mm an edge may be off: alignment, half a voxel, and the threshold."""
        unsettled = UNSETTLED_MM if "position_uncertain" in limb.flags else 0.0
        reach = EDGE_MM + 2 * limb.agreement.residual_mm + self.voxel_mm / 2 + unsettled
        return min(reach, REACH_MOST_MM)

    def tight(self, limb: LimbAlignment) -> float:
        """Return how far beyond the edge of a lesion its own part may reach."""
        return min(TIGHT_MM + limb.agreement.residual_mm + self.voxel_mm / 4, self.reach(limb))

    def link(self, before: Sequence[Lesion], after: Sequence[Lesion], limb: LimbAlignment, note: str = "") -> Link:
        """Return lesions that are the same, with their change; not judged where the calibration does not cancel."""
        mass = mass_change(list(before), list(after), self.settings)
        volumes = (self.first.voxel_mm3, self.second.voxel_mm3)
        if "kvp_differs" in self.flags:
            mass = replace(mass, exceeds_sdc=None)
        return Link(
            tuple(lesion.id for lesion in before),
            tuple(lesion.id for lesion in after),
            mass,
            volume_change(list(before), list(after), volumes),
            self.flagged(before, after, limb),
            note,
        )

    def flagged(self, before: Sequence[Lesion], after: Sequence[Lesion], limb: LimbAlignment) -> tuple[str, ...]:
        """Return the flags of all lesions, of the two series and of the limb, sorted."""
        flags = {flag for lesion in (*before, *after) for flag in lesion.flags}
        return tuple(sorted(flags | set(self.flags) | set(limb.flags)))


@dataclass(eq=False)
class Told:
    """What has been said so far, filled step by step."""

    links: list[Link] = field(default_factory=list)
    merged: list[Link] = field(default_factory=list)
    split: list[Link] = field(default_factory=list)
    vanished: list[Link] = field(default_factory=list)
    new: list[Link] = field(default_factory=list)
    unlisted: list[Link] = field(default_factory=list)
    untold: list[Untold] = field(default_factory=list)
    followup: list[Lesion] = field(default_factory=list)


def track(
    baseline: Series, followup: Series, seeds: Sequence[Seed] | None = None, settings: Settings = DEFAULTS
) -> Tracking:
    """Follow lesions from one scan to the next.

    Args:
        baseline: the earlier scan.
        followup: the later scan of the same limbs.
        seeds: the baseline lesions by id; None takes every clear finding of the baseline, C01, C02, ...
        settings: of both measurements.

    Returns:
        Links, merged, split, vanished and new lesions, and what could not be compared. Limbs whose alignment is not
        credible carry `alignment_poor`, and nothing is concluded there.

    Raises:
        ValueError: two seeds share an id.
    """
    visits = Visits(baseline, followup, settings, _differences(baseline, followup))
    known = [sighting(baseline, one) for one in measure_masks(baseline, seeds, settings)]
    listed = len(known)
    if seeds is not None:
        # Lesions nobody listed are followed too, or a listed one that vanished might take their finding.
        others = [sighting(baseline, one) for one in measure_masks(baseline, None, settings)]
        half = min(baseline.spacing_mm) / 2
        known += [one for one in others if not any(k.seen and same(k.points, one.points, half) for k in known)]
    found = [sighting(followup, one) for one in measure_masks(followup, None, settings)]
    limbs = _limbs(visits, known, found)
    told = Told(followup=[one.lesion for one in found])
    owners = _owners(limbs, _middles(known))
    places = _later_owners(limbs, _middles(found))
    for number, limb in enumerate(limbs):
        here = [(i < listed, one) for i, one in enumerate(known) if owners[i] == number]
        _follow(visits, limb, here, [one for j, one in enumerate(found) if places[j] == number], told)
    told.untold += [Untold("followup", found[j].lesion.id, OUTSIDE) for j, place in enumerate(places) if place is None]
    return _tracking(visits, limbs, [one.lesion for one in known[:listed]], told)


def _tracking(visits: Visits, limbs: Sequence[LimbAlignment], baseline: list[Lesion], told: Told) -> Tracking:
    notes = [limb.note for limb in limbs if limb.note]
    if visits.first.digest and visits.first.digest == visits.second.digest:
        notes.append(SAME_SERIES)
    if "kvp_differs" in visits.flags:
        notes.append(OTHER_KVP.format(visits.first.facts.kvp, visits.second.facts.kvp))
    order = {lesion.id: i for i, lesion in enumerate(baseline)}
    return Tracking(
        tuple(sorted(told.links, key=lambda link: order[link.baseline[0]])),
        tuple(told.merged),
        tuple(told.split),
        tuple(sorted(told.vanished, key=lambda link: order[link.baseline[0]])),
        tuple(sorted(told.new, key=lambda link: link.followup)),
        tuple(told.unlisted),
        tuple(told.untold),
        tuple(limbs),
        tuple(baseline),
        tuple(told.followup),
        visits.settings,
        tuple(notes),
    )


def _differences(first: Series, second: Series) -> tuple[str, ...]:
    a, b = first.facts, second.facts
    differs = {
        "kvp_differs": a.kvp != b.kvp,
        "kernel_differs": a.kernel != b.kernel,
        "thickness_differs": abs(first.spacing_mm[0] - second.spacing_mm[0]) > 0.1,
    }
    return tuple(flag for flag, true in differs.items() if true)


def _limbs(visits: Visits, known: list[Sighting], found: list[Sighting]) -> list[LimbAlignment]:
    limbs = align(visits.first, visits.second, visits.settings)
    owners = _owners(limbs, _middles(known))
    after = _middles(found)
    before = [
        _middles([one for owner, one in zip(owners, known, strict=True) if one.seen and owner == number])
        for number in range(len(limbs))
    ]
    return [settled(limb, points, after) for limb, points in zip(limbs, before, strict=True)]


def _middles(sightings: Sequence[Sighting]) -> Floats:
    return np.array([one.points.mean(axis=0) for one in sightings]).reshape(-1, 3)


def _owners(limbs: Sequence[LimbAlignment], points: Floats) -> list[int | None]:
    """Return the limb that each baseline point (n, 3) lies in or nearest to."""
    if not limbs or not len(points):
        return [None] * len(points)
    return [int(i) for i in np.argmin([limb.distance(points) for limb in limbs], axis=0)]


def _later_owners(limbs: Sequence[LimbAlignment], points: Floats) -> list[int | None]:
    """Return the limb that each follow-up point (n, 3) came from; None where no limb of the baseline was there."""
    if not limbs or not len(points):
        return [None] * len(points)
    away = np.array([_away(limb, points) for limb in limbs])
    return [int(i) if away[i, n] <= LIMB_REACH_MM else None for n, i in enumerate(away.argmin(axis=0))]


def _away(limb: LimbAlignment, points: Floats) -> Floats:
    return np.full(len(points), np.inf) if limb.pose is None else limb.distance(limb.pose.moved_back(points))


def _follow(
    visits: Visits, limb: LimbAlignment, known: list[tuple[bool, Sighting]], found: list[Sighting], told: Told
) -> None:
    """Say of every lesion and finding of one limb what became of it, or where it came from."""
    if limb.poor or limb.pose is None:
        told.untold += [Untold("baseline", one.lesion.id, NOT_ALIGNED) for listed, one in known if listed]
        told.untold += [Untold("followup", one.lesion.id, NOT_ALIGNED) for one in found]
        return
    told.untold += [
        Untold("baseline", one.lesion.id, UNMEASURED if one.lesion.mass_mg is None else ABSENT)
        for listed, one in known
        if listed and not one.seen
    ]
    seen = [(listed, one) for listed, one in known if one.seen]
    moved = [limb.pose.moved(one.points) for _, one in seen]
    found = _parted(visits, limb, seen, moved, found, told)
    matches = match(moved, [one.points for one in found], visits.reach(limb), visits.tight(limb))
    for before, after in (
        *(((i,), (j,)) for i, j in matches.pairs),
        *((group, (j,)) for group, j in matches.merged),
        *(((i,), group) for i, group in matches.split),
    ):
        _join(visits, limb, [seen[i] for i in before], [found[j].lesion for j in after], told)
    met, taken = matches.met
    for i in sorted(set(range(len(seen))) - met):
        if seen[i][0]:
            _look_later(visits, limb, seen[i][1], moved[i], found, told)
    for j in sorted(set(range(len(found))) - taken):
        _look_back(visits, limb, found[j], [one for _, one in seen], told)


def _join(
    visits: Visits, limb: LimbAlignment, before: list[tuple[bool, Sighting]], after: list[Lesion], told: Told
) -> None:
    """Keep lesions that are the same; those nobody listed count in the sum, but are not named."""
    link = visits.link([one.lesion for _, one in before], after, limb)
    named = tuple(one.lesion.id for listed, one in before if listed)
    kinds = {(0, 1): told.unlisted, (1, 1): told.links}
    kind = told.split if len(after) > 1 and named else kinds.get((min(len(named), 2), 1), told.merged)
    kind.append(replace(link, baseline=named))


def _parted(
    visits: Visits,
    limb: LimbAlignment,
    seen: list[tuple[bool, Sighting]],
    moved: list[Floats],
    found: list[Sighting],
    told: Told,
) -> list[Sighting]:
    """Part findings at follow-up that several seeds shared at baseline already, as they were parted there."""
    shared = [i for i, (_, one) in enumerate(seen) if "merged" in one.lesion.flags]
    if not shared:
        return found
    reach = visits.reach(limb)
    seeds = [Seed(str(i), _point(moved[i].mean(axis=0))) for i in shared]
    parts = measure_masks(visits.second, seeds, replace(visits.settings, match_mm=reach))
    parted = [sighting(visits.second, part) for part in parts if "merged" in part.lesion.flags and part.mask.any()]
    half = min(visits.second.spacing_mm) / 2
    kept = [one for one in found if not any(same(one.points, part.points, half) for part in parted)]
    gone = {one.lesion.id for one in found} - {one.lesion.id for one in kept}
    told.followup[:] = [lesion for lesion in told.followup if lesion.id not in gone]
    return kept + [replace(part, lesion=_named(part.lesion, told)) for part in parted]


def _named(lesion: Lesion, told: Told) -> Lesion:
    """Give a further finding a number that no finding has had."""
    taken = [int(one.id[1:]) for one in told.followup]
    numbered = replace(lesion, id=f"C{max(taken, default=0) + 1:02d}")
    told.followup.append(numbered)
    return numbered


def _look_later(
    visits: Visits, limb: LimbAlignment, lesion: Sighting, moved: Floats, found: list[Sighting], told: Told
) -> None:
    """Look for a lesion that has no finding at follow-up: beside or in bone, too small, too faint, or gone."""
    reach = visits.reach(limb)
    seen = _seeded(visits.second, moved, found, replace(visits.settings, match_mm=max(reach, 2.0)))
    if seen.seen and same(moved, seen.points, reach):
        told.links.append(visits.link([lesion.lesion], [_named(seen.lesion, told)], limb))
        return
    left = remains(visits.second, moved, reach, visits.settings)
    if "not_measured" in seen.lesion.flags or left is None:
        if left is None and "touches_bone" not in seen.lesion.flags:
            told.untold.append(Untold("baseline", lesion.lesion.id, OUTSIDE))
        else:
            told.links.append(visits.link([lesion.lesion], [_named(seen.lesion, told)], limb))
        return
    if left.there(lesion.lesion.mass_mg or 0.0):
        told.links.append(visits.link([lesion.lesion], [_named(_faint(seen.lesion, moved, left), told)], limb))
        return
    gone = visits.link([lesion.lesion], [], limb, f"{left.mass_mg:.2f} ± {left.u_mg:.2f} mg is left at its place")
    beside = {flag for flag in seen.lesion.flags if flag in ("touches_bone", "needs_reader") and not seen.seen}
    mass = loss(lesion.lesion, left.u_mg, visits.settings)
    flags = tuple(sorted({*gone.flags, *beside}))
    told.vanished.append(replace(gone, mass=mass, volume=UNKNOWN, flags=flags))


def _look_back(visits: Visits, limb: LimbAlignment, finding: Sighting, known: list[Sighting], told: Told) -> None:
    """Look at baseline for a finding that no lesion became: too small or faint then, or new."""
    assert limb.pose is not None
    reach = visits.reach(limb)
    back = limb.pose.moved_back(finding.points)
    left = remains(visits.first, back, reach, visits.settings)
    if left is None and not _within(visits.first, back):
        told.untold.append(Untold("followup", finding.lesion.id, OUTSIDE))
        return
    seen = _seeded(visits.first, back, known, replace(visits.settings, match_mm=max(reach, 2.0)))
    if seen.seen and same(back, seen.points, reach):
        link = visits.link([seen.lesion], [finding.lesion], limb, "too small at baseline to be listed")
        told.unlisted.append(replace(link, baseline=()))
    elif left is not None and left.there(finding.lesion.mass_mg or 0.0):
        before = _faint(seen.lesion, back, left)
        link = visits.link([before], [finding.lesion], limb, "below the threshold at baseline")
        told.unlisted.append(replace(link, baseline=()))
    else:
        told.new.append(visits.link([], [finding.lesion], limb))


def _seeded(series: Series, points: Floats, others: list[Sighting], settings: Settings) -> Sighting:
    """Measure at the middle of some points, where no other lesion's voxels count."""
    middle = points.mean(axis=0)
    near = [one for one in others if one.seen and np.linalg.norm(one.points - middle, axis=1).min() < 30.0]
    # Each of the others claims its own finding, with the voxel of it that lies nearest to its middle.
    claims = [one.points[np.linalg.norm(one.points - one.points.mean(axis=0), axis=1).argmin()] for one in near]
    seeds = [Seed("0", _point(middle)), *(Seed(str(n), _point(at)) for n, at in enumerate(claims, 1))]
    mine = sighting(series, measure_masks(series, seeds, settings)[0])
    return replace(mine, seen=False) if "merged" in mine.lesion.flags else mine


def _faint(lesion: Lesion, points: Floats, left: Remains) -> Lesion:
    """Return a lesion below the threshold, with the mass at its place."""
    middle = _point(points.mean(axis=0))
    return replace(
        lesion,
        centroid_mm=middle,
        bbox_mm=(_point(points.min(axis=0)), _point(points.max(axis=0))),
        volume_mm3=0.0,
        volume_pv_mm3=None,
        mass_mg=left.mass_mg,
        mass_se_mg=left.u_mg,
        agatston=0.0,
        hu_mean=None,
        hu_max=None,
        flags=("faint", "needs_reader"),
    )


def _within(series: Series, points: Floats) -> bool:
    at = series.to_voxel(points)
    inside = ((at > -0.5) & (at < np.array(series.voxels.shape) - 0.5)).all(axis=1)
    return bool(inside.mean() >= 0.9)


def _point(values: Floats) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
