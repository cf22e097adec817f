"""What a scanner makes of an object: kernel, slice profile, noise, motion and shading.

Everything but the noise is linear. Along each axis a voxel is a weighted sum of fine cells, the weights being the
exact integrals of the point spread (in the slice) or of the slice sensitivity profile (across) over each cell; a
reconstruction is three matrix products. Not simulated: spectral effects that change the attenuation of dense
things themselves, metal, the cone and helix of real scanners, and iterative reconstruction.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtr

from calcitrial.dicom import Facts, Floats, Series
from calcitrial.imaging import Point
from calcitrial.phantoms.artefacts import Ghost, noise, shading
from calcitrial.phantoms.scene import Sampled, turned
from calcitrial.version import __version__

ROW_MM = 0.2  # standard deviation by which focus and detector rows round the edges of the slice profile
AIR_HU, MOST_HU = -1024, 32767
NOTHING = 1e-7  # weights below it are left out
STILL = (Ghost((0.0, 0.0, 0.0), 1.0),)


@dataclass(frozen=True)
class Kernel:
    """A reconstruction kernel with the point spread (1 + edge) * G(sigma) - edge * G(edge_sigma), G a Gaussian.

    With `edge` above zero, edges overshoot as those of bone kernels do. The weights add up to one: no kernel here
    makes or loses mass. Lengths in mm.
    """

    name: str
    sigma_mm: float
    edge: float = 0.0
    edge_sigma_mm: float = 1.0

    def terms(self) -> tuple[tuple[float, float], ...]:
        """Return the Gaussians as pairs of weight and standard deviation in mm."""
        first = (1 + self.edge, self.sigma_mm)
        return (first,) if self.edge == 0 else (first, (-self.edge, self.edge_sigma_mm))


SOFT = Kernel("SIM SOFT", 0.6)
SHARP = Kernel("SIM SHARP", 0.42, edge=0.8, edge_sigma_mm=0.9)


@dataclass(frozen=True)
class Scanner:
    """One way to reconstruct.

    Attributes:
        kernel: point spread in the slice and grain of the noise.
        spacing_mm: (z, y, x) of the voxels.
        thickness_mm: width of the slice profile, a box with edges rounded by ROW_MM, so that its full width at half
            maximum is this or a few percent more; thicker than the spacing means that slices overlap.
        noise_hu: standard deviation of the noise.
        motion: copies of the object that are averaged; shares add up to one.
        cupping_hu: by how much the middle of the limb is too dark.
        streak_hu: depth of the dark bands between shafts of bone.
        kvp: tube voltage as written.
    """

    kernel: Kernel = SOFT
    spacing_mm: tuple[float, float, float] = (0.6, 0.6, 0.6)
    thickness_mm: float = 0.6
    noise_hu: float = 15.0
    motion: tuple[Ghost, ...] = STILL
    cupping_hu: float = 0.0
    streak_hu: float = 0.0
    kvp: float = 120.0


def acquire(sampled: Sampled, scanner: Scanner, rng: np.random.Generator, shift_mm: Point = (0.0, 0.0, 0.0)) -> Series:
    """Scan a sampled scene.

    Args:
        sampled: the object.
        scanner: how it is reconstructed.
        rng: draws the noise; equal generators give equal voxels.
        shift_mm: (x, y, z) by which the object lies elsewhere than drawn, for repeat scans.

    Returns:
        A series centred on the patient origin, as large as the sampled scene.
    """
    shape = tuple(int(n * sampled.step_mm / mm) for n, mm in zip(sampled.values.shape, scanner.spacing_mm, strict=True))
    centres = [_centres(n, mm) for n, mm in zip(shape, scanner.spacing_mm, strict=True)]
    hounsfield = np.zeros(shape, np.float32)
    for ghost in scanner.motion:
        moved = np.add(shift_mm, ghost.shift_mm)
        hounsfield += np.float32(ghost.share) * _project(sampled, scanner, centres, moved)
    if scanner.cupping_hu or scanner.streak_hu:
        hounsfield += shading(sampled.scene, centres[2], centres[1], scanner.cupping_hu, scanner.streak_hu)
    hounsfield += noise(
        hounsfield.shape, scanner.spacing_mm, scanner.kernel.terms(), scanner.thickness_mm, scanner.noise_hu, rng
    )
    voxels = np.clip(np.rint(hounsfield), AIR_HU, MOST_HU).astype(np.int16)
    return _series(voxels, scanner, [axis[0] for axis in centres[::-1]])


def weights(centres: Floats, cells: Floats, step_mm: float, sigma_mm: float, width_mm: float = 0.0) -> sparse.csr_array:
    """Return how much each fine cell counts in each voxel along one axis, sparse (voxels, cells), rows adding to one.

    The profile is a Gaussian, or a box of `width_mm` rounded by that Gaussian: then its integral is the
    difference of s * (t * Phi(t) + phi(t)) at both edges. What lies beyond the last cell counts as the last cell.
    """
    edges = np.append(cells - step_mm / 2, cells[-1] + step_mm / 2)[None, :] - centres[:, None]
    if width_mm == 0:
        reached = ndtr(edges / sigma_mm)
    else:
        reached = (_ramp(edges + width_mm / 2, sigma_mm) - _ramp(edges - width_mm / 2, sigma_mm)) / width_mm
    reached[:, 0], reached[:, -1] = 0.0, 1.0
    counted = np.diff(reached, axis=1)
    counted[counted < NOTHING] = 0.0
    return sparse.csr_array((counted / counted.sum(axis=1, keepdims=True)).astype(np.float32))


def spread(
    values: NDArray[np.float32],
    axes: tuple[Floats, Floats, Floats],
    centres: list[Floats],
    step_mm: float,
    kernel: Kernel,
    thickness_mm: float,
) -> NDArray[np.float32]:
    """Blur fine cells (z, y, x) at `axes` into voxels at `centres`, all in mm along (z, y, x); float32."""
    slices = turned(weights(centres[0], axes[0], step_mm, ROW_MM, thickness_mm), values)
    result = np.zeros([len(c) for c in centres], np.float32)
    for weight, sigma in kernel.terms():
        rows = turned(weights(centres[1], axes[1], step_mm, sigma), slices)
        result += np.float32(weight) * turned(weights(centres[2], axes[2], step_mm, sigma), rows)
    return result


def _centres(n: int, mm: float) -> Floats:
    """Return the places in mm of n voxels around zero."""
    return np.asarray((np.arange(n) - (n - 1) / 2) * mm, dtype=np.float64)


def _ramp(t: Floats, sigma_mm: float) -> Floats:
    """Return the integral of the normal distribution function of t / sigma."""
    u = t / sigma_mm
    return np.asarray(sigma_mm * (u * ndtr(u) + np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)))


def _project(sampled: Sampled, scanner: Scanner, centres: list[Floats], moved: Floats) -> NDArray[np.float32]:
    z, y, x = (
        start + np.arange(n) * sampled.step_mm + shift
        for start, n, shift in zip(sampled.origin_mm[::-1], sampled.values.shape, moved[::-1], strict=True)
    )
    return spread(sampled.values, (z, y, x), centres, sampled.step_mm, scanner.kernel, scanner.thickness_mm)


def _series(voxels: NDArray[np.int16], scanner: Scanner, first: list[Floats]) -> Series:
    affine = np.diag([*scanner.spacing_mm[::-1], 1.0])
    affine[:3, 3] = first
    facts = Facts(
        "",
        "calcitrial",
        "digital phantom",
        __version__,
        scanner.kvp,
        scanner.kernel.name,
        scanner.thickness_mm,
        1.0,
        0.0,
        "1.2.840.10008.1.2.1",
    )
    digest = hashlib.sha256(np.round(affine, 4).tobytes() + voxels.astype("<i2").tobytes()).hexdigest()
    return Series(voxels, scanner.spacing_mm, affine, facts, digest)
