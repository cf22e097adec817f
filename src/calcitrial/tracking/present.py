"""Tracking as plain data for a file, and as a page for people."""

import math
from typing import Any

from scipy.spatial.transform import Rotation

from calcitrial.dicom import Series
from calcitrial.imaging import WORDS, to_json
from calcitrial.tracking.align import LimbAlignment
from calcitrial.tracking.change import Change
from calcitrial.tracking.links import Link, Tracking, Untold

DIRECTION = "from baseline to follow-up: [x, y, z, 1] of a baseline point in DICOM patient coordinates (LPS, mm)"
PERCENT_DIGITS = 2
MORE_WORDS = {
    "alignment_poor": "the alignment is not credible",
    "faint": "measured below the threshold",
    "kernel_differs": "other kernel than at baseline",
    "kvp_differs": "other tube voltage than at baseline",
    "position_uncertain": "the anatomy does not fix the position along the limb",
    "thickness_differs": "other slice distance than at baseline",
}


def tracking_json(tracking: Tracking, baseline: Series, followup: Series) -> dict[str, Any]:
    """Return a tracking as JSON-ready data.

    `links` hold one baseline id and one follow-up id each, `merged` and `split` lists of ids, `vanished`, `new` and
    `unlisted` ids only, with their numbers in `details`. `transform` is the 4x4 motion of the largest limb, null when
    none was found; `limbs` has that of every limb with how well it fits. Percentages have 2 decimals, lengths 3.
    """
    earlier = to_json(baseline, list(tracking.baseline), tracking.settings)
    later = to_json(followup, list(tracking.followup), tracking.settings)
    limbs = [_limb(limb) for limb in tracking.limbs]
    return {
        "links": [_one_to_one(link) for link in tracking.links],
        "new": [link.followup[0] for link in tracking.new],
        "vanished": [link.baseline[0] for link in tracking.vanished],
        "merged": [{**_link(link), "followup": link.followup[0]} for link in tracking.merged],
        "split": [{**_link(link), "baseline": link.baseline[0]} for link in tracking.split],
        "unlisted": [link.followup[0] for link in tracking.unlisted],
        "not_comparable": [{untold.visit: untold.id, "reason": untold.reason} for untold in tracking.untold],
        "details": {
            "vanished": [_one_to_one(link) for link in tracking.vanished],
            "new": [_one_to_one(link) for link in tracking.new],
            "unlisted": [{**_link(link), "baseline": None} for link in tracking.unlisted],
        },
        "transform": limbs[0]["transform"] if limbs else None,
        "transform_direction": DIRECTION,
        "residual_mm": limbs[0]["residual_mm"] if limbs else None,
        "alignment_poor": any(limb.poor for limb in tracking.limbs) or not limbs,
        "limbs": limbs,
        "notes": list(tracking.notes),
        "lesions": {"baseline": earlier["lesions"], "followup": later["lesions"]},
        "series": {"baseline": earlier["series"], "followup": later["series"]},
        "settings": earlier["settings"],
        "code_version": earlier["code_version"],
    }


def _one_to_one(link: Link) -> dict[str, Any]:
    ids = {name: (found[0] if found else None) for name, found in _ids(link).items()}
    return {**_link(link), **ids}


def _ids(link: Link) -> dict[str, tuple[str, ...]]:
    return {"baseline": link.baseline, "followup": link.followup}


def _link(link: Link) -> dict[str, Any]:
    return {
        **{name: list(found) for name, found in _ids(link).items()},
        "change_mass_percent": _percent(link.mass.percent),
        "change_mass_se_percent": _percent(link.mass.se_percent),
        "exceeds_sdc": link.mass.exceeds_sdc,
        "sdc_mass_percent": _percent(link.mass.sdc_percent),
        "change_volume_percent": _percent(link.volume.percent),
        "change_volume_se_percent": _percent(link.volume.se_percent),
        "flags": list(link.flags),
        "note": link.note,
    }


def _limb(limb: LimbAlignment) -> dict[str, Any]:
    fit = limb.agreement
    return {
        "name": limb.name,
        "transform": None if limb.pose is None else [[round(v, 6) + 0.0 for v in row] for row in limb.pose.matrix],
        "centre_mm": None if limb.pose is None else [round(float(mm), 3) for mm in limb.pose.centre],
        "residual_mm": _rounded(fit.residual_mm),
        "worst_mm": _rounded(fit.worst_mm),
        "correlation": round(fit.correlation, 3),
        "overlap": 0.0 if limb.pose is None else round(limb.pose.overlap, 3),
        "flags": list(limb.flags),
        "note": limb.note,
    }


def _rounded(mm: float) -> float | None:
    return round(mm, 3) if mm < float("inf") else None


def _percent(value: float | None) -> float | None:
    return None if value is None else round(value, PERCENT_DIGITS) + 0.0


def tracking_text(tracking: Tracking) -> str:
    """Return a page for people: how well each limb was aligned, a line per lesion, then what cannot be told."""
    lines = [_limb_line(limb) for limb in tracking.limbs]
    lines += ["", f"{'baseline':<16}{'follow-up':<14}{'mass %':>9}{'± se':>8}{'volume %':>10}  what it means"]
    for word, links in (
        ("", tracking.links),
        ("merged", tracking.merged),
        ("split", tracking.split),
        ("vanished", tracking.vanished),
        ("new", tracking.new),
        ("there at baseline, not listed", tracking.unlisted),
    ):
        for link in links:
            lines += _link_lines(link, word)
    lines += [_untold_line(untold) for untold in tracking.untold]
    return "\n".join([*lines, *([""] if tracking.notes else []), *tracking.notes])


def _limb_line(limb: LimbAlignment) -> str:
    if limb.pose is None:
        return f"{limb.name}: not found in the follow-up"
    shift = ", ".join(f"{mm:.1f}" for mm in limb.pose.to - limb.pose.centre)
    degrees = Rotation.from_matrix(limb.pose.rotation).magnitude() * 180 / math.pi
    fit = limb.agreement
    return f"{limb.name}: moved by ({shift}) mm, turned by {degrees:.1f} degrees, residual {fit.residual_mm:.2f} mm"


def _link_lines(link: Link, word: str) -> list[str]:
    told = word or _told(link.mass)
    numbers = f"{_signed(link.mass.percent):>9}{_plain(link.mass.se_percent):>8}{_signed(link.volume.percent):>10}"
    first = f"{' + '.join(link.baseline) or '-':<16}{' + '.join(link.followup) or '-':<14}{numbers}  {told}"
    words = WORDS | MORE_WORDS
    remarks = [words.get(flag, flag) for flag in link.flags] + ([link.note] if link.note else [])
    return [first, *([" " * 16 + "; ".join(remarks)] if remarks else [])]


def _told(mass: Change) -> str:
    if mass.exceeds_sdc is None:
        return "not judged"
    return "changed" if mass.exceeds_sdc else "no detectable change"


def _untold_line(untold: Untold) -> str:
    ids = f"{untold.id:<16}{'-':<14}" if untold.visit == "baseline" else f"{'-':<16}{untold.id:<14}"
    return f"{ids}{'':27}  not comparable: {untold.reason}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.1f}"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
