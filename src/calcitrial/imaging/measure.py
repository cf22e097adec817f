"""Finds the calcifications of a CT series, or looks each known lesion up, and measures them.

With seeds every seed gets exactly one answer in the order asked: its lesion, zero with the flag `not_found`,
or nothing but the flag `not_measured` where the scan cannot tell. Without seeds every clear finding is
listed; deposits fused with bone are found only with a seed.

Bone or deposit? Without a seed every solid finding of a cubic centimetre, and every finding near bone, goes to a
reader. A seed is a person's statement that this is a lesion, so that size alone, the mark of the large dense
deposits of calcinosis, no longer counts against it. With a seed a finding may be bone only where it
- is darker inside than around, as marrow in cortex (`Finding.bony`),
- runs out of the scan at both ends, as a shaft does (`Finding.bony`),
- touches bone, or is cut off it (`touches_bone`), or
- lies within OSSICLE_MM of bone, reaches OSSICLE_HU and is too small (Settings.bone_min_mm3) to show whether it has
  marrow: the fabella of a real calf (440 HU, 37 mm3, 4.9 mm from the femur) differs from a deposit in nothing that
  a scan shows.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calcitrial.dicom import Floats, Series
from calcitrial.imaging.body import around
from calcitrial.imaging.faint import look_closer
from calcitrial.imaging.lesion import Lesion, Measured, Seed, Settings
from calcitrial.imaging.quantify import quantify, stands_out
from calcitrial.imaging.tissue import (
    Finding,
    Mask,
    Tissue,
    carve_from_bone,
    in_bone,
    shell_around,
    sort_tissue,
    trimmed,
)
from calcitrial.voxels import squared_distance

SURE_MM = 3.0  # a faint or tiny finding counts as the lesion only this close to its seed
SHARED_MM = 2.0  # seeds this close to one finding share it
OSSICLE_HU = 300.0  # sesamoids and avulsed chips reach it even in slices of 3 mm
OSSICLE_MM = 5.0  # cartilage of both bones and the blur of a thick slice
REMAINS = {"touches_bone", "too_small"}  # a speck that bone left of a deposit is no size of anything
DEFAULTS = Settings()


def measure(series: Series, seeds: Sequence[Seed] | None = None, settings: Settings = DEFAULTS) -> list[Lesion]:
    """Measure calcifications; `measure_masks` says which voxels belong to each.

    Args:
        series: a checked CT series.
        seeds: known lesions; None asks for every clear finding outside bone.
        settings: threshold, calibration, geometry.

    Returns:
        One lesion per seed in the order of the seeds; without seeds the findings from the largest mass down.

    Raises:
        ValueError: two seeds share an id.
    """
    return [one.lesion for one in measure_masks(series, seeds, settings)]


def measure_masks(series: Series, seeds: Sequence[Seed] | None = None, settings: Settings = DEFAULTS) -> list[Measured]:
    """Measure calcifications and return the voxels of each with its numbers, as `measure` does otherwise."""
    tissue = sort_tissue(series, settings)
    if seeds is None:
        return _candidates(series, tissue, settings)
    names = [seed.id for seed in seeds]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"Seeds share the id {', '.join(twice)}; give every lesion an id of its own.")
    return _known(series, tissue, seeds, settings)


def measure_mask(series: Series, mask: Mask, name: str, settings: Settings = DEFAULTS) -> Lesion:
    """Measure what a reader outlined, with the numbers that `measure` gives for the same voxels.

    Args:
        series: a checked CT series.
        mask: the voxels of the lesion, shape of the series.
        name: becomes the id.
        settings: threshold, calibration, geometry.

    Returns:
        The lesion. What a reader outlined is taken for a lesion wherever it lies: no flag says that it may be bone.

    Raises:
        ValueError: the mask has another shape than the series, or marks nothing.
    """
    if mask.shape != series.voxels.shape:
        told = f"The outline {name} has the shape {mask.shape}, the series {series.voxels.shape}"
        raise ValueError(f"{told}; outline the lesion on this series.")
    if not mask.any():
        raise ValueError(f"The outline {name} marks no voxel; outline the lesion, or report it as absent.")
    whole = Finding(tuple(slice(0, n) for n in mask.shape), mask, bone=False, doubtful=False, bony=False)
    return quantify(series, sort_tissue(series, settings), trimmed(whole), name, settings)


def _candidates(series: Series, tissue: Tissue, settings: Settings) -> list[Measured]:
    least = settings.min_volume_mm3 / series.voxel_mm3
    found = [
        _measured(quantify(series, tissue, finding, "", settings), finding)
        for finding in tissue.findings
        if not finding.bone and finding.mask.sum() >= least and stands_out(series, tissue, finding, settings)
    ]
    clear = [one for one in found if "low_contrast" not in one.lesion.flags]
    # A small bone like the fabella behind the knee looks just like a deposit, and lies beside a larger bone.
    clear = [_flagged(one, {"needs_reader"}) if "near_bone" in one.lesion.flags else one for one in clear]
    clear.sort(key=lambda one: (-(one.lesion.mass_mg or 0.0), one.lesion.centroid_mm))
    return [replace(one, lesion=replace(one.lesion, id=f"C{i:02d}")) for i, one in enumerate(clear, 1)]


def _measured(lesion: Lesion, finding: Finding) -> Measured:
    z, y, x = finding.box
    return Measured(lesion, (z, y, x), finding.mask)


def _known(series: Series, tissue: Tissue, seeds: Sequence[Seed], settings: Settings) -> list[Measured]:
    loose = [replace(finding, doubtful=finding.bony) for finding in tissue.findings if not finding.bone]
    away = _distances(series, loose, seeds)
    sure = [
        _sure(series, tissue, f, settings) if (away[:, j] <= settings.match_mm).any() else False
        for j, f in enumerate(loose)
    ]
    away[away > np.where(sure, settings.match_mm, SURE_MM)] = np.inf
    owner = _pair(away)
    answers = []
    for i, seed in enumerate(seeds):
        if i in owner:
            one = _of_seed(series, tissue, seeds, i, loose[owner[i]], away[:, owner[i]], settings)
            if set(one.lesion.flags) >= REMAINS:
                answers.append(_in_bone_or_gone(series, tissue, seed, settings))
                continue
            if _ossicle(series, tissue, loose[owner[i]], settings):
                one = _flagged(one, {"may_be_bone", "needs_reader"})
            rivals = [j for j in np.flatnonzero(np.isfinite(away[i])) if sure[j] and j not in owner.values()]
            answers.append(_flagged(one, {"more_nearby", "needs_reader"}) if rivals else one)
        else:
            answers.append(_in_bone_or_gone(series, tissue, seed, settings))
    return answers


def _distances(series: Series, findings: list[Finding], seeds: Sequence[Seed]) -> Floats:
    """Return the distance in mm from each seed to the nearest voxel of each finding, (seeds, findings)."""
    away = np.full((len(seeds), len(findings)), np.inf)
    at = np.array([series.to_voxel(seed.point_mm) for seed in seeds]).reshape(-1, 3)
    for j, finding in enumerate(findings):
        index = np.argwhere(finding.mask) + [b.start for b in finding.box]
        for i, point in enumerate(at):
            away[i, j] = np.sqrt((((index - point) * series.spacing_mm) ** 2).sum(axis=1).min())
    return away


def _sure(series: Series, tissue: Tissue, finding: Finding, settings: Settings) -> bool:
    """Say whether a finding is large and bright enough to be a lesion some way off its seed."""
    if finding.mask.sum() * series.voxel_mm3 < settings.min_volume_mm3:
        return False
    return stands_out(series, tissue, finding, settings)


def _pair(away: Floats) -> dict[int, int]:
    """Give each seed its finding, nearest pairs first; seeds inside one finding may share it."""
    owner: dict[int, int] = {}
    for i, j in zip(*np.unravel_index(np.argsort(away, axis=None), away.shape), strict=True):
        free = j not in owner.values() or away[i, j] <= SHARED_MM
        if np.isfinite(away[i, j]) and i not in owner and free:
            owner[int(i)] = int(j)
    return owner


def _of_seed(
    series: Series,
    tissue: Tissue,
    seeds: Sequence[Seed],
    which: int,
    finding: Finding,
    away: Floats,
    settings: Settings,
) -> Measured:
    """Measure the finding of one seed; where several seeds lie in it, the part nearest to this seed."""
    sharing = np.flatnonzero(away <= SHARED_MM)
    if len(sharing) < 2 or which not in sharing:
        return _measured(quantify(series, tissue, finding, seeds[which].id, settings), finding)
    index = np.argwhere(finding.mask)
    spots = np.array([series.to_voxel(seeds[int(i)].point_mm) for i in sharing]) - [b.start for b in finding.box]
    nearest = sharing[((((index[:, None] - spots) * series.spacing_mm) ** 2).sum(axis=2)).argmin(axis=1)]
    part = np.zeros_like(finding.mask)
    part[tuple(index[nearest == which].T)] = True
    if not part.any():
        return _flagged(_gone(seeds[which]), {"merged", "needs_reader"})
    shared = trimmed(replace(finding, mask=part))
    lesion = quantify(series, tissue, shared, seeds[which].id, settings)
    return _flagged(_measured(lesion, shared), {"merged", "needs_reader"})


def _ossicle(series: Series, tissue: Tissue, finding: Finding, settings: Settings) -> bool:
    """Say whether a seeded finding looks just like a small bone that belongs to a larger one."""
    if np.count_nonzero(finding.mask) * series.voxel_mm3 >= settings.bone_min_mm3:
        return False
    box = around(series, finding.box, OSSICLE_MM)
    near = np.isfinite(squared_distance(tissue.bone[box], series.spacing_mm, OSSICLE_MM))
    inner = tuple(slice(f.start - b.start, f.stop - b.start) for f, b in zip(finding.box, box, strict=True))
    return bool(near[inner][finding.mask].any() and series.voxels[finding.box][finding.mask].max() >= OSSICLE_HU)


def _in_bone_or_gone(series: Series, tissue: Tissue, seed: Seed, settings: Settings) -> Measured:
    z, y, x = (int(i) for i in np.rint(series.to_voxel(seed.point_mm)))
    place = z, y, x
    if any(i < 0 or i >= n for i, n in zip(place, series.voxels.shape, strict=True)):
        # Outside the scan nothing can be said to have vanished.
        return _unmeasured(seed, {"at_edge"})
    lump = carve_from_bone(series, tissue, place, settings.match_mm)
    if lump is not None:
        lesion = quantify(series, tissue, lump, seed.id, settings)
        return _flagged(_measured(lesion, lump), {"touches_bone", "needs_reader"})
    shell = shell_around(series, tissue, place, settings.match_mm)
    if shell is not None:
        lesion = quantify(series, tissue, shell, seed.id, settings)
        return _flagged(_measured(lesion, shell), {"may_be_bone", "needs_reader"})
    if in_bone(tissue, place):
        return _unmeasured(seed, {"touches_bone"})
    faint = look_closer(series, tissue, series.to_voxel(seed.point_mm))
    if faint.finding is not None:
        lesion = quantify(series, tissue, faint.finding, seed.id, settings)
        if "touches_bone" in lesion.flags:
            return _unmeasured(seed, {"touches_bone", "low_contrast"})
        return _flagged(_measured(lesion, faint.finding), {"low_contrast", "needs_reader"})
    near = around(series, tuple(slice(i, i + 1) for i in place), settings.dilation_mm)
    beside_bone = bool(tissue.bone[near].any())
    flags = {"touches_bone", "needs_reader"} if beside_bone else set()
    return _flagged(_gone(seed), flags | ({"low_contrast", "needs_reader"} if faint.soft else set()))


def _gone(seed: Seed) -> Measured:
    lesion = Lesion(
        id=seed.id,
        centroid_mm=seed.point_mm,
        bbox_mm=(seed.point_mm, seed.point_mm),
        volume_mm3=0.0,
        volume_pv_mm3=0.0,
        mass_mg=0.0,
        mass_se_mg=None,
        agatston=0.0,
        hu_mean=None,
        hu_max=None,
        background_hu=None,
        background_sd_hu=None,
        mass_fibrous_mg=None,
        flags=("not_found",),
    )
    return Measured(lesion, (slice(0, 0),) * 3, np.zeros((0, 0, 0), dtype=np.bool_))


def _unmeasured(seed: Seed, flags: set[str]) -> Measured:
    gone = _gone(seed)
    unknown = replace(gone.lesion, volume_mm3=None, volume_pv_mm3=None, mass_mg=None, agatston=None, flags=())
    return _flagged(replace(gone, lesion=unknown), {"not_measured", "needs_reader", *flags})


def _flagged(one: Measured, flags: set[str]) -> Measured:
    return replace(one, lesion=replace(one.lesion, flags=tuple(sorted({*one.lesion.flags, *flags}))))
