"""What lies on the table before any scanner sees it: a limb with shafts of bone and calcifications.

A `Scene` knows neither voxels nor kernels, so that one and the same object can be reconstructed in many ways
(`scanner`), and its `exact` sizes hold for all of them. `sample` turns it into fine cells that hold the share of
each tissue. Where a calcification runs into bone or out of the skin, it ends there, in truth and sample alike.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from calcitrial.dicom import Floats
from calcitrial.imaging import Point, Settings
from calcitrial.phantoms.limb import AIR, FAT, MUSCLE, Truth
from calcitrial.phantoms.shapes import Reals, Shape, bounds, inside, volume_mm3

Box = tuple[slice, slice, slice]

STEP_MM = 0.2  # fine cells; the narrowest point spread of the kernels has a standard deviation of 0.42 mm
PARTS = 4  # samples of a calcification per fine cell and axis
PROBES = 80  # samples across a calcification to see how much of it is cut off


@dataclass(frozen=True)
class Layer:
    """One part of a calcification.

    Attributes:
        shape: where it is.
        density_mg_cm3: hydroxyapatite per volume.
        fibrous: whether the hydroxyapatite lies in soft tissue of its own that displaces what was there, or in
            what is there. In muscle it makes no difference; in fat no scan tells one from the other.
    """

    shape: Shape
    density_mg_cm3: float
    fibrous: bool = True


@dataclass(frozen=True)
class Calcification:
    """What is to be measured: layers that do not overlap, and a point inside it for a seed (LPS mm)."""

    id: str
    layers: tuple[Layer, ...]
    point_mm: Point


@dataclass(frozen=True)
class Shaft:
    """A tube of cortex along z of elliptic section, thicker and thinner along its way as bones are.

    Attributes:
        centre_mm: (x, y).
        half_mm: outer semi-axes in the section, at its mean.
        cortex_mm: thickness of the cortex.
        turn_degrees: rotation of the section.
        flare: relative amplitude of the sine by which the section grows and shrinks along z.
        flare_mm: its period.
        cortex_hu: attenuation of the cortex.
        marrow_hu: attenuation of the marrow; spongy bone reaches 300 HU.
    """

    centre_mm: tuple[float, float]
    half_mm: tuple[float, float]
    cortex_mm: float = 2.0
    turn_degrees: float = 0.0
    flare: float = 0.0
    flare_mm: float = 60.0
    cortex_hu: float = 1200.0
    marrow_hu: float = -20.0


@dataclass(frozen=True)
class Scene:
    """A limb along z, centred on the patient origin.

    Attributes:
        radius_mm: outer radius.
        fat_mm: how much of it is fat.
        half_length_mm: half of its length.
        shafts: bones.
        calcifications: what is to be measured; they may not overlap each other.
        grain_hu: standard deviation by which soft tissue differs from place to place, as muscle and its septa do.
        grain_mm: over which distance, as the standard deviation of a Gaussian.
        grain_seed: decides where; every scan of a scene sees the same tissue.
        calibration_mg_per_cm3_per_hu: turns density into HU.
    """

    radius_mm: float = 30.0
    fat_mm: float = 4.0
    half_length_mm: float = 16.0
    shafts: tuple[Shaft, ...] = ()
    calcifications: tuple[Calcification, ...] = ()
    grain_hu: float = 0.0
    grain_mm: float = 2.0
    grain_seed: int = 0
    calibration_mg_per_cm3_per_hu: float = Settings().calibration_mg_per_cm3_per_hu


@dataclass(frozen=True, eq=False)
class Sampled:
    """A scene in fine cells: HU float32 (z, y, x) and the (x, y, z) in mm of the centre of the first cell."""

    scene: Scene
    values: NDArray[np.float32]
    origin_mm: Point
    step_mm: float


def exact(scene: Scene) -> tuple[Truth, ...]:
    """Return the exact size of every calcification: the volume outside bone and inside the skin, and its mass."""
    return tuple(_truth(scene, calcification) for calcification in scene.calcifications)


def sample(scene: Scene, step_mm: float = STEP_MM, margin_mm: float = 4.0) -> Sampled:
    """Return the scene in cubic cells of `step_mm`, with `margin_mm` of air around the limb, none along z."""
    across = int(np.ceil(2 * (scene.radius_mm + margin_mm) / step_mm))
    along = int(np.ceil(2 * scene.half_length_mm / step_mm))
    first, low = -(across - 1) / 2 * step_mm, -(along - 1) / 2 * step_mm
    x = first + np.arange(across) * step_mm
    z = low + np.arange(along) * step_mm
    away = np.hypot(x[None, :], x[:, None])
    tissue = _mixed(np.full(away.shape, AIR), away - scene.radius_mm, FAT, step_mm)
    tissue = _mixed(tissue, away - (scene.radius_mm - scene.fat_mm), MUSCLE, step_mm)
    values = np.repeat(tissue[None].astype(np.float32), along, axis=0)
    if scene.grain_hu > 0:
        values += np.where(away < scene.radius_mm, _grain(scene, values.shape, step_mm), np.float32(0))
    made = Sampled(scene, values, (first, first, low), step_mm)
    layers = [layer for calcification in scene.calcifications for layer in calcification.layers]
    before = [(layer, box, values[box].copy()) for layer in layers if (box := _box(made, layer)) is not None]
    for shaft in scene.shafts:
        _add_shaft(values, shaft, x, z, step_mm)
    for layer, box, tissue_there in before:
        _add_layer(made, layer, box, tissue_there)
    return made


def _grain(scene: Scene, shape: tuple[int, ...], step_mm: float) -> NDArray[np.float32]:
    """Return a smooth random field (z, y, x) of standard deviation `grain_hu`, drawn at half of its own grain."""
    coarse_mm = scene.grain_mm / 2
    extent = [int(np.ceil(n * step_mm / coarse_mm)) + 2 for n in shape]
    white = np.random.default_rng(scene.grain_seed).standard_normal(extent)
    smooth = ndimage.gaussian_filter(white, scene.grain_mm / coarse_mm, mode="wrap")
    smooth *= scene.grain_hu / smooth.std()
    fine = smooth.astype(np.float32)
    for n, m in zip(shape, extent, strict=True):
        fine = turned(_between(np.arange(n) * step_mm / coarse_mm, m), fine)
    return fine


def turned(along: sparse.csr_array, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Apply weights (new, old) to the first of three axes and put it last, so that three turns come round."""
    summed = along @ values.reshape(len(values), -1)
    return np.ascontiguousarray(summed.reshape(len(summed), *values.shape[1:]).transpose(1, 2, 0))


def _between(place: Reals, n: int) -> sparse.csr_array:
    """Return the weights (places, n) that interpolate between n points in a straight line."""
    return sparse.csr_array(np.maximum(1 - np.abs(place[:, None] - np.arange(n)), 0.0).astype(np.float32))


def _truth(scene: Scene, calcification: Calcification) -> Truth:
    sizes = [volume_mm3(layer.shape) * _free_share(scene, layer.shape) for layer in calcification.layers]
    mass = sum(v * layer.density_mg_cm3 / 1000 for v, layer in zip(sizes, calcification.layers, strict=True))
    return Truth(calcification.id, calcification.point_mm, float(sum(sizes)), float(mass))


def _free_share(scene: Scene, shape: Shape) -> float:
    low, high = bounds(shape)
    x, y, z = (a + (np.arange(PROBES) + 0.5) * (b - a) / PROBES for a, b in zip(low, high, strict=True))
    within = inside(shape, x, y[:, None], z[:, None, None])
    free = within & _free(scene, x, y[:, None], z[:, None, None])
    return float(free.sum() / within.sum())


def _free(scene: Scene, x: Reals, y: Reals, z: Reals) -> NDArray[np.bool_]:
    """Say of points whether a calcification can be there: inside the skin, outside bone."""
    free = np.asarray(np.hypot(x, y) <= scene.radius_mm)
    for shaft in scene.shafts:
        u, v = _own(shaft, x, y)
        free = free & ((u / shaft.half_mm[0]) ** 2 + (v / shaft.half_mm[1]) ** 2 > _swell(shaft, z) ** 2)
    return free


def _own(shaft: Shaft, x: Reals, y: Reals) -> tuple[Floats, Floats]:
    """Return points along the axes of the section of a shaft."""
    turn = np.radians(shaft.turn_degrees)
    dx, dy = x - shaft.centre_mm[0], y - shaft.centre_mm[1]
    return np.asarray(dx * np.cos(turn) + dy * np.sin(turn)), np.asarray(dy * np.cos(turn) - dx * np.sin(turn))


def _swell(shaft: Shaft, z: Reals) -> Floats:
    return np.asarray(1 + shaft.flare * np.sin(2 * np.pi * z / shaft.flare_mm))


def _mixed(values: Reals, outside_mm: Reals, hu: float, step_mm: float) -> Floats:
    """Replace cells by `hu` where the signed distance to the border is negative, by shares along the border."""
    share = np.clip(0.5 - outside_mm / step_mm, 0.0, 1.0)
    return np.asarray(values + share * (hu - values))


def _depth(shaft: Shaft, cortex_mm: float, x: Reals, y: Reals, z: Reals) -> Floats:
    """Return the signed distance in mm, negative inside, to the border of a shaft `cortex_mm` below its surface.

    To first order: (rho - 1) / |grad rho| of the ellipse rho = 1, exact on the border.
    """
    u, v = _own(shaft, x, y)
    a, b = (half * _swell(shaft, z) - cortex_mm for half in shaft.half_mm)
    rho = np.sqrt((u / a) ** 2 + (v / b) ** 2)
    slope = np.sqrt((u / a**2) ** 2 + (v / b**2) ** 2)
    return np.asarray((rho - 1) * rho / np.maximum(slope, 1e-9))


def _add_shaft(values: NDArray[np.float32], shaft: Shaft, x: Reals, z: Reals, step_mm: float) -> None:
    reach = max(shaft.half_mm) * (1 + abs(shaft.flare)) + 2 * step_mm
    across, down = (
        slice(int(np.searchsorted(x, centre - reach)), int(np.searchsorted(x, centre + reach)))
        for centre in shaft.centre_mm
    )
    for i, height in enumerate(z):
        part = values[i, down, across]
        place = x[across][None, :], x[down][:, None], np.asarray(height)
        bone = _mixed(part, _depth(shaft, 0.0, *place), shaft.cortex_hu, step_mm)
        part[:] = _mixed(bone, _depth(shaft, shaft.cortex_mm, *place), shaft.marrow_hu, step_mm)


def _box(made: Sampled, layer: Layer) -> Box | None:
    """Return the fine cells (z, y, x) around a layer, None where it lies wholly outside the sampled scene."""
    box = []
    low, high = bounds(layer.shape)
    for start, least, most, n in zip(made.origin_mm, low, high, made.values.shape[::-1], strict=True):
        first = max(int((least - start) / made.step_mm) - 1, 0)
        box.append(slice(first, max(min(int((most - start) / made.step_mm) + 2, n), first)))
    return None if any(b.start == b.stop for b in box) else (box[2], box[1], box[0])


def _add_layer(made: Sampled, layer: Layer, box: Box, tissue: NDArray[np.float32]) -> None:
    """Replace the limb's own tissue by the calcification, by its share of each fine cell."""
    offsets = (np.arange(PARTS) + 0.5) / PARTS - 0.5
    z, y, x = (
        start + ((np.arange(b.start, b.stop)[:, None] + offsets) * made.step_mm).ravel()
        for b, start in zip(box, made.origin_mm[::-1], strict=True)
    )
    place = x, y[:, None], z[:, None, None]
    within = inside(layer.shape, *place) & _free(made.scene, *place)
    nz, ny, nx = tissue.shape
    share = within.reshape(nz, PARTS, ny, PARTS, nx, PARTS).mean(axis=(1, 3, 5))
    carried = MUSCLE - tissue if layer.fibrous else 0.0
    made.values[box] += share * (carried + layer.density_mg_cm3 / made.scene.calibration_mg_per_cm3_per_hu)
