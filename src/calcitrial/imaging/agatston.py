"""The Agatston score, for comparison with papers that give nothing else; it is no endpoint."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from calcitrial.dicom import Floats

# kV to the HU where the weight 1 begins. 120: doi 10.1016/0735-1097(90)90282-T; others: doi 10.1093/ehjci/jey019, as
# read in the source of CalciumScoring.jl.
FIRST_HU = {70.0: 207.0, 80.0: 177.0, 100.0: 145.0, 120.0: 130.0, 135.0: 119.0}
# Weights 2, 3 and 4 begin at 200, 300 and 400 HU at 120 kV, and elsewhere in the same ratio to the first.
RATIOS = np.array([130.0, 200.0, 300.0, 400.0]) / 130.0
LEAST_MM2 = 1.0
SLICE_MM = 3.0  # the score was defined on contiguous slices of 3 mm; other slicing is scaled to it
TOUCHING = np.ones((3, 3, 3), dtype=np.bool_)


def agatston(
    values: Floats, lesion: NDArray[np.bool_], usable: NDArray[np.bool_], spacing: tuple[float, ...], kvp: float | None
) -> float | None:
    """Return the score of one lesion: area in mm2 times weight of the peak, summed over slices.

    Args:
        values: HU over a box, z, y, x.
        lesion: what it was found by, whatever the threshold was.
        usable: where the lesion may reach to.
        spacing: z, y, x in mm.
        kvp: tube voltage.

    Returns:
        The score; None at a voltage for which no bounds are known to us.
    """
    if kvp not in FIRST_HU:
        return None
    bounds = FIRST_HU[kvp] * RATIOS
    labels, _ = ndimage.label((values >= bounds[0]) & (lesion | usable), TOUCHING)
    own = np.unique(labels[lesion])
    counted = np.isin(labels, own[own > 0])
    areas = counted.sum(axis=(1, 2)) * spacing[1] * spacing[2]
    peaks = np.where(counted, values, -np.inf).max(axis=(1, 2))
    return float((areas * np.digitize(peaks, bounds))[areas >= LEAST_MM2].sum() * spacing[0] / SLICE_MM)
