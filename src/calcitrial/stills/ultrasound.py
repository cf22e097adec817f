"""Calcifications measured with calipers on an ultrasound still or clip: length, width, depth, ellipsoid volume."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calcitrial.dicom import Picture
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.stills.radiograph import is_point
from calcitrial.stills.regions import Length, Point, caliper_mm

AXES = ("length", "width", "depth")
KEYS = {"id", "frame", *AXES}
MOST_LESIONS = 500


@dataclass(frozen=True)
class Caliper:
    """Two ends (x, y) in pixels of one frame, the centre of the first pixel at (0, 0)."""

    start: Point
    end: Point
    frame: int


@dataclass(frozen=True)
class Calipers:
    """The calipers of one lesion by axis (length, width, depth); one axis at least."""

    id: str
    axes: Mapping[str, Caliper]


@dataclass(frozen=True)
class ScannedLesion:
    """The sizes of one lesion in mm; `volume_mm3` = pi/6 * length * width * depth, None unless all three are there.

    The standard uncertainties are those of placing the ends (END_PX), not of choosing the plane of the scan.
    """

    id: str
    lengths: Mapping[str, Length]
    volume_mm3: float | None
    volume_se_mm3: float | None


def calipers(contents: Sequence[Mapping[str, object]]) -> list[Calipers]:
    """Return the calipers that a list of {"id", "length": [[x, y], [x, y]], "width"?, "depth"?, "frame"?} describes.

    A caliper may also be {"points": [[x, y], [x, y]], "frame": n}, for planes that another frame shows.

    Raises:
        RefusedError: with every problem: keys, numbers, frames, ids that repeat, a lesion without calipers.
    """
    problems = []
    if not 1 <= len(contents) <= MOST_LESIONS:
        problems.append(Problem("calipers", f"There are {len(contents)} lesions.", f"Give 1 to {MOST_LESIONS}."))
    for number, one in enumerate(contents, 1):
        problems += [Problem(f"calipers {number}", what, instead) for what, instead in _faults(one)]
    ids = [str(one.get("id", "")) for one in contents]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        problems.append(Problem("calipers", f"The id {name!r} repeats.", "Give every lesion an id of its own."))
    refuse(problems)
    return [Calipers(str(one["id"]), {a: _caliper(one, a) for a in AXES if a in one}) for one in contents]


def _faults(one: Mapping[str, object]) -> list[tuple[str, str]]:
    name = one.get("id")
    found = [(f"The key {key!r} is unknown.", f"Known: {', '.join(sorted(KEYS))}.") for key in sorted(set(one) - KEYS)]
    if not isinstance(name, str) or not name or len(name) > 64:
        found.append(("Its id is no name of 1 to 64 characters.", "Write a name."))
    if not set(one) & set(AXES):
        found.append(("It has no caliper.", f"Write {', '.join(AXES)} as [[x, y], [x, y]]."))
    for axis in AXES:
        if axis in one and not _is_caliper(one[axis]):
            found.append((f"Its {axis} is no caliper.", "Write [[x, y], [x, y]] in pixels."))
    if not _is_frame(one.get("frame", 1)):
        found.append((f"Its frame is {one.get('frame')!r}.", "Number frames from 1."))
    return found


def _is_frame(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_caliper(value: object) -> bool:
    if isinstance(value, dict):
        return set(value) == {"points", "frame"} and _is_frame(value["frame"]) and _is_caliper(value["points"])
    return isinstance(value, list) and len(value) == 2 and all(map(is_point, value))


def _caliper(one: Mapping[str, Any], axis: str) -> Caliper:
    given = one[axis]
    own = isinstance(given, dict)
    start, end = given["points"] if own else given
    frame = given["frame"] if own else one.get("frame", 1)
    return Caliper((float(start[0]), float(start[1])), (float(end[0]), float(end[1])), frame)


def measure_ultrasound(picture: Picture, drawn: Sequence[Calipers]) -> list[ScannedLesion]:
    """Return the sizes of each lesion in the order drawn; each frame measured on is decoded, so that it is there.

    Raises:
        RefusedError: with the problem of every caliper that cannot be measured in mm, and of frames that are not there.
    """
    problems: list[Problem] = []
    lengths: list[dict[str, Length]] = []
    for one in drawn:
        lengths.append({})
        for axis, caliper in one.axes.items():
            try:
                lengths[-1][axis] = caliper_mm(picture, caliper.start, caliper.end, f"{one.id} {axis}")
            except RefusedError as error:
                problems += error.problems
    refuse(problems)
    for number in sorted({caliper.frame for one in drawn for caliper in one.axes.values()}):
        picture.frame(number)
    return [_sized(one.id, found) for one, found in zip(drawn, lengths, strict=True)]


def _sized(name: str, lengths: Mapping[str, Length]) -> ScannedLesion:
    if set(lengths) != set(AXES):
        return ScannedLesion(name, lengths, None, None)
    volume = math.pi / 6 * math.prod(one.mm for one in lengths.values())
    relative = math.hypot(*(one.se_mm / one.mm for one in lengths.values()))
    return ScannedLesion(name, lengths, volume, volume * relative)
