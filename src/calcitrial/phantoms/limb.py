"""Digital limbs with deposits of exactly known size, to try the measurement on what is known.

A limb is a cylinder of muscle in a rim of fat, with bones as tubes of cortex around marrow, all along z; a
deposit is an ellipsoid of hydroxyapatite. Voxels hold the mean over their volume (super-sampled at the
boundaries), blurred by a Gaussian point spread, plus noise of the same grain. There is no beam hardening.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from calcitrial.dicom import Floats
from calcitrial.imaging import Point, Settings

AIR, FAT, MUSCLE = -1000.0, -100.0, 50.0
FINE = 5  # samples per voxel and axis; sphere volumes come out within 0.5 % from 2 voxels radius
COUCH_HU = 250.0


@dataclass(frozen=True)
class Bone:
    """A tube along z: `centre_mm` (x, y), outer radius and thickness of the cortex in mm."""

    centre_mm: tuple[float, float]
    radius_mm: float
    cortex_mm: float = 3.0
    cortex_hu: float = 1200.0
    marrow_hu: float = -20.0


@dataclass(frozen=True)
class Deposit:
    """An ellipsoid of calcification.

    Attributes:
        id: its name in truth and seeds.
        centre_mm: (x, y, z), patient LPS mm.
        semi_axes_mm: (x, y, z).
        density_mg_cm3: hydroxyapatite per volume, above the muscle it replaces.
    """

    id: str
    centre_mm: Point
    semi_axes_mm: Point
    density_mg_cm3: float


@dataclass(frozen=True)
class Phantom:
    """A simulated limb; the image is centred on the patient origin, axes along LPS.

    Attributes:
        shape: voxels (z, y, x).
        spacing_mm: (z, y, x); slices are as thick as their spacing.
        limb_radius_mm: outer radius of the limb, of which `fat_mm` is fat.
        bones: tubes along z.
        deposits: what is to be measured.
        psf_sigma_mm: Gaussian point spread, the same on all axes.
        noise_hu: standard deviation of the noise.
        kernel: name written as ConvolutionKernel.
        couch: whether a bright plate lies under the limb.
        calibration_mg_per_cm3_per_hu: turns density into HU, as `Settings` turns HU into mass.
    """

    shape: tuple[int, int, int] = (64, 96, 96)
    spacing_mm: tuple[float, float, float] = (1.0, 0.8, 0.8)
    limb_radius_mm: float = 34.0
    fat_mm: float = 4.0
    bones: tuple[Bone, ...] = ()
    deposits: tuple[Deposit, ...] = ()
    psf_sigma_mm: float = 0.6
    noise_hu: float = 10.0
    kernel: str = "SIMULATED"
    couch: bool = False
    calibration_mg_per_cm3_per_hu: float = Settings().calibration_mg_per_cm3_per_hu

    def origin(self) -> Point:
        """Return (x, y, z) in LPS mm of the centre of the first voxel."""
        z, y, x = (-(n - 1) / 2 * mm for n, mm in zip(self.shape, self.spacing_mm, strict=True))
        return x, y, z


@dataclass(frozen=True)
class Truth:
    """Exact size of one deposit: volume in mm3, hydroxyapatite mass in mg."""

    id: str
    centre_mm: Point
    volume_mm3: float
    mass_mg: float


def truth(phantom: Phantom) -> tuple[Truth, ...]:
    """Return the exact size of every deposit: V = 4/3 pi a b c, m = density * V."""
    found = []
    for deposit in phantom.deposits:
        volume = 4 / 3 * np.pi * float(np.prod(deposit.semi_axes_mm))
        found.append(Truth(deposit.id, deposit.centre_mm, volume, deposit.density_mg_cm3 * volume / 1000))
    return tuple(found)


def render(phantom: Phantom, rng: np.random.Generator) -> NDArray[np.int16]:
    """Return the simulated scan in HU, int16 (z, y, x); equal generators give equal voxels."""
    plane = _plane(phantom)
    sigma = [phantom.psf_sigma_mm / mm for mm in phantom.spacing_mm]
    blurred = ndimage.gaussian_filter(plane, sigma[1:], mode="nearest")
    voxels = np.repeat(blurred[None].astype(np.float32), phantom.shape[0], axis=0)
    for deposit in phantom.deposits:
        _add(voxels, plane, phantom, deposit)
    if phantom.noise_hu > 0:
        noise = rng.standard_normal(phantom.shape, dtype=np.float32)
        noise = ndimage.gaussian_filter(noise, [0.0, *sigma[1:]], truncate=3.0)
        voxels += noise * np.float32(phantom.noise_hu / noise.std())
    return np.clip(np.rint(voxels), -1024, 32767).astype(np.int16)


def _plane(phantom: Phantom) -> Floats:
    """Return one slice of limb, bones and couch, averaged from FINE x FINE samples per pixel."""
    (_, rows, columns), (_, y_mm, x_mm) = phantom.shape, phantom.spacing_mm
    x0, y0, _ = phantom.origin()
    y = (y0 + _samples(rows) * y_mm)[:, None]
    x = (x0 + _samples(columns) * x_mm)[None, :]
    away = np.hypot(x, y)
    plane = np.full(away.shape, AIR)
    plane[away <= phantom.limb_radius_mm] = FAT
    plane[away <= phantom.limb_radius_mm - phantom.fat_mm] = MUSCLE
    for bone in phantom.bones:
        off = np.hypot(x - bone.centre_mm[0], y - bone.centre_mm[1])
        plane[off <= bone.radius_mm] = bone.cortex_hu
        plane[off <= bone.radius_mm - bone.cortex_mm] = bone.marrow_hu
    if phantom.couch:
        under = np.broadcast_to(y - phantom.limb_radius_mm, plane.shape)
        plane[(under > 1.0) & (under < 2.5)] = COUCH_HU
    return np.asarray(plane.reshape(rows, FINE, columns, FINE).mean(axis=(1, 3)))


def _samples(n: int) -> Floats:
    """Return FINE evenly spread sample positions in each of n voxels, in voxel units."""
    return np.asarray((np.arange(n * FINE) + 0.5) / FINE - 0.5)


def _add(voxels: NDArray[np.float32], plane: Floats, phantom: Phantom, deposit: Deposit) -> None:
    """Blur one deposit in its own box and add it; the limb does not change along z, so nothing else moves."""
    reach = [axis + 4 * phantom.psf_sigma_mm for axis in deposit.semi_axes_mm[::-1]]
    box, parts = [], []
    for n, mm, start, centre, far, axis in zip(
        phantom.shape,
        phantom.spacing_mm,
        phantom.origin()[::-1],
        deposit.centre_mm[::-1],
        reach,
        deposit.semi_axes_mm[::-1],
        strict=True,
    ):
        first = max(int((centre - far - start) / mm), 0)
        last = min(int((centre + far - start) / mm) + 2, n)
        box.append(slice(first, last))
        parts.append(((start + (_samples(max(last - first, 0)) + first) * mm - centre) / axis) ** 2)
    inside = parts[0][:, None, None] + parts[1][:, None] + parts[2] <= 1
    z, y, x = (b.stop - b.start for b in box)
    if min(z, y, x) <= 0:
        return
    share = inside.reshape(z, FINE, y, FINE, x, FINE).mean(axis=(1, 3, 5))
    full = MUSCLE + deposit.density_mg_cm3 / phantom.calibration_mg_per_cm3_per_hu
    extra = share * np.maximum(full - plane[box[1], box[2]], 0.0)
    sigma = [phantom.psf_sigma_mm / mm for mm in phantom.spacing_mm]
    voxels[tuple(box)] += ndimage.gaussian_filter(extra, sigma, mode="constant")
