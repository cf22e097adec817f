"""Lays the lesions out: limbs with lesions of known size, clear of everything, beside bone, in fat, under the skin.

Every scene holds three or four lesions, far enough apart that none lies in another's surroundings. Radii, densities,
places and gaps are laid out below; what is left to chance (angles, heights, sub-voxel places) follows from the seed.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from grid import GRAIN_HU, HU, IN_FAT, MG_PER_HU, RADII, SITUATIONS, UNEVEN_HU, Case

from calcitrial.phantoms import (
    Calcification,
    Layer,
    Scene,
    Shaft,
    Shape,
    ellipsoid,
    lump,
    plate,
    sediment,
    shell,
    sphere,
)

FEMUR = Shaft((0.0, 0.0), (8.0, 9.5), 2.2, turn_degrees=25.0, flare=0.06, flare_mm=45.0)
PHALANX = Shaft((0.0, 0.0), (4.0, 5.0), 1.2, turn_degrees=70.0, flare=0.1, flare_mm=30.0, marrow_hu=150.0)
SLIM = Shaft((0.0, 0.0), (5.0, 5.5), 1.8, flare=0.05)
LEG = (Shaft((-9.0, 0.0), (6.0, 7.0), 2.0), Shaft((12.0, 3.0), (4.0, 4.5), 1.5))


def cases(seed: int, quick: bool = False) -> tuple[Case, ...]:
    """Return every case; `quick` keeps one or two of each situation."""
    made = [*_clear(seed), *_shapes(seed), *_near(seed), *_touching(seed), *_fat(seed), *_skin(seed), *_spoilt(seed)]
    kept = {"clear": 2, "touching bone": 2}
    if not quick:
        return tuple(made)
    return tuple(c for s in SITUATIONS for c in [m for m in made if m.situation == s][: kept.get(s, 1)])


def _case(
    situation: str,
    number: int,
    seed: int,
    scene: Scene,
    sizes: Sequence[tuple[float, float]],
    distance: Callable[[float, float], float],
    spoil: Literal["", "motion", "shading"] = "",
) -> Case:
    """Put spheres of (radius, HU) around the middle, each `distance(radius, angle)` mm from it."""
    rng = np.random.default_rng([seed, SITUATIONS.index(situation), number])
    lesions, order = [], rng.permutation(len(sizes))
    for i, (radius, hu) in zip(order, sizes, strict=True):
        angle = np.radians(360.0 / len(sizes) * i + 45.0 + rng.uniform(-8, 8))
        away = distance(radius, float(angle))
        at = (float(away * np.cos(angle)), float(away * np.sin(angle)), float(rng.uniform(-3, 3)))
        lesions.append(_lesion(f"{radius:g} mm {hu:g} HU", sphere(at, radius), hu, at, situation not in IN_FAT))
    names = [lesion.id for lesion in lesions]
    return Case(
        situation,
        f"{situation} {number}",
        _tissue(scene, lesions, number),
        dict(zip(names, [r for r, _ in sizes], strict=True)),
        dict(zip(names, [hu for _, hu in sizes], strict=True)),
        spoil,
    )


def _tissue(scene: Scene, lesions: Sequence[Calcification], number: int) -> Scene:
    """Return the scene with its lesions, in tissue as uneven as muscle is."""
    return replace(scene, calcifications=tuple(lesions), grain_hu=scene.grain_hu or GRAIN_HU, grain_seed=number)


def _lesion(name: str, shape: Shape, hu: float, at: tuple[float, float, float], fibrous: bool = True) -> Calcification:
    return Calcification(name, (Layer(shape, hu * MG_PER_HU, fibrous),), at)


def _latin(number: int) -> list[tuple[float, float]]:
    """Return four (radius, HU); five numbers give every radius with every density once."""
    return [(RADII[(number + i) % len(RADII)], hu) for i, hu in enumerate(HU)]


def _clear(seed: int) -> list[Case]:
    scene = Scene(33.0, 2.5, shafts=(SLIM,))
    return [_case("clear", n, seed, scene, _latin(n), lambda r, _: 18.5) for n in range(5)]


def _near(seed: int) -> list[Case]:
    sizes = [(1.5, 500.0), (2.5, 300.0), (4.0, 900.0), (5.0, 200.0)], [(1.5, 900.0), (2.5, 600.0), (4.0, 250.0)]
    found = []
    for n, (gap, shaft, some) in enumerate([(1.5, FEMUR, sizes[0]), (2.5, PHALANX, sizes[1]), (4.0, FEMUR, sizes[0])]):
        scene = Scene(33.0, 2.5, shafts=(shaft,))
        found.append(_case("near bone", n, seed, scene, some, _beside(shaft, gap)))
    return found


def _touching(seed: int) -> list[Case]:
    sizes = [(2.0, 600.0), (3.0, 300.0), (4.0, 900.0), (5.5, 400.0)], [(2.0, 900.0), (3.0, 500.0), (4.0, 250.0)]
    plans = [(-1.0, FEMUR), (-0.3, PHALANX), (0.3, FEMUR), (0.8, PHALANX), (-2.0, FEMUR)]
    found = []
    for n, (gap, shaft) in enumerate(plans):
        scene = Scene(33.0, 2.5, shafts=(shaft,))
        found.append(_case("touching bone", n, seed, scene, sizes[n % 2], _beside(shaft, gap)))
    return found


def _beside(shaft: Shaft, gap_mm: float) -> Callable[[float, float], float]:
    """Return where the centre of a sphere lies whose surface is `gap_mm` from the mean section of a shaft."""

    def distance(radius: float, angle: float) -> float:
        along = angle - np.radians(shaft.turn_degrees)
        border = 1 / np.hypot(np.cos(along) / shaft.half_mm[0], np.sin(along) / shaft.half_mm[1])
        return float(border + gap_mm + radius)

    return distance


def _fat(seed: int) -> list[Case]:
    scene = Scene(33.0, 18.0, shafts=(SLIM,))
    sizes = [(1.5, 500.0), (2.5, 200.0), (3.0, 900.0), (4.0, 300.0)], [(1.5, 900.0), (2.5, 500.0), (4.0, 600.0)]
    return [
        _case(situation, n, seed, scene, some, lambda r, _: 24.0)
        for situation in ("in fat", "fibrous in fat")
        for n, some in enumerate(sizes)
    ]


def _skin(seed: int) -> list[Case]:
    scene = Scene(33.0, 6.0, shafts=(SLIM,))
    sizes = [(1.5, 900.0), (2.5, 300.0), (3.5, 600.0), (5.0, 200.0)]
    return [
        _case("near skin", n, seed, scene, sizes, lambda r, _, gap=gap: 33.0 - gap - r)  # type: ignore[misc]
        for n, gap in enumerate((0.7, 2.0))
    ]


def _spoilt(seed: int) -> list[Case]:
    clear, leg = Scene(33.0, 2.5, shafts=(SLIM,)), Scene(33.0, 2.5, shafts=LEG)
    uneven = replace(clear, grain_hu=UNEVEN_HU)
    return [
        *(_case("uneven tissue", n, seed, uneven, _latin(n), lambda r, _: 18.5) for n in (0, 2)),
        *(_case("motion", n, seed, clear, _latin(n), lambda r, _: 18.5, "motion") for n in (0, 3)),
        *(_case("shading", n, seed, leg, _latin(n), lambda r, _: 21.0, "shading") for n in (1, 4)),
    ]


def _shapes(seed: int) -> list[Case]:
    rng = np.random.default_rng([seed, 99])
    a, b, c, d = ((13.0, 13.0, 1.0), (-13.0, 13.3, -1.5), (-13.2, -13.0, 0.6), (13.0, -12.8, -0.4))
    first = [
        _lesion("ellipsoid 2x3x5", ellipsoid(a, (2.0, 3.0, 5.0), 30.0, 20.0), 400.0, a),
        _lesion("lump 4", lump(b, 4.0, rng), 600.0, b),
        _lesion("sheet 12x1.6x10", plate(c, (6.0, 0.8, 5.0), 40.0, 10.0), 500.0, c),
        _lesion("shell 4.5, wall 1", shell(d, 4.5, 1.0), 700.0, (d[0], d[1] + 4.0, d[2])),
    ]
    sac = (
        Layer(shell(a, 4.5, 0.6), 500.0 * MG_PER_HU),
        Layer(sediment(a, 3.9, a[1] + 0.5), 350.0 * MG_PER_HU),
    )
    second = [
        Calcification("milk of calcium 4.5", sac, (a[0], a[1] + 2.5, a[2])),
        _lesion("lump 2.5", lump(b, 2.5, rng), 350.0, b),
        _lesion("sheet 8x2x8", plate(c, (4.0, 1.0, 4.0), 120.0, 35.0), 300.0, c),
        _lesion("needle 2.4x2.4x12", ellipsoid(d, (1.2, 1.2, 6.0), 0.0, 15.0), 600.0, d),
    ]
    scene = Scene(33.0, 2.5, shafts=(SLIM,))
    size, hu = [4.0] * 4, [500.0] * 4
    return [
        Case(
            "shapes",
            f"shapes {n}",
            _tissue(scene, some, n),
            dict(zip([lesion.id for lesion in some], size, strict=True)),
            dict(zip([lesion.id for lesion in some], hu, strict=True)),
        )
        for n, some in enumerate((first, second))
    ]
