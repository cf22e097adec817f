"""SimpleITK registers the same scans by mutual information from its own start and lands in the same place."""

import numpy as np
import SimpleITK as sitk

from calcitrial.dicom import Series
from calcitrial.imaging import Settings
from calcitrial.tracking.align import align
from tests.moved_limbs import Motion, calf, scan

MOVED = Motion((4.0, -6.0, 14.0), (9.0, -12.0, 7.0))


def picture(series: Series) -> sitk.Image:
    image = sitk.GetImageFromArray(np.clip(series.voxels, -150, 1000).astype(np.float32))
    image.SetSpacing(series.spacing_mm[::-1])
    image.SetOrigin(series.origin.tolist())
    image.SetDirection(series.direction.ravel().tolist())
    return image


def registered(first: sitk.Image, second: sitk.Image, centre: list[float]) -> sitk.Transform:
    start = sitk.Euler3DTransform()
    start.SetCenter(centre)
    start.SetRotation(0.0, 0.0, np.radians(9.0))
    start.SetTranslation((6.0, -9.0, 4.0))
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(40)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(0.1, 7)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.01, 80)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([2, 1])
    method.SetSmoothingSigmasPerLevel([2.0, 1.0])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetInitialTransform(start, inPlace=False)
    return method.Execute(first, second)


def test_simpleitk_agrees_within_a_millimetre():
    first, second = scan(calf, {}), scan(calf, {}, MOVED, seed=2)
    (limb,) = align(first, second, Settings())
    assert limb.pose is not None
    peer = registered(picture(first), picture(second), limb.pose.centre.tolist())
    points = np.array([(x, y, z) for x in (-25.0, 25.0) for y in (-25.0, 25.0) for z in (-40.0, 40.0)])
    theirs = np.array([peer.TransformPoint(point) for point in points.tolist()])
    true = MOVED.moved(points)
    assert np.linalg.norm(limb.pose.moved(points) - theirs, axis=1).max() < 1.0
    ours, peers = (float(np.linalg.norm(found - true, axis=1).mean()) for found in (limb.pose.moved(points), theirs))
    assert ours < 0.3 and ours < peers + 0.1, "at least as near to the truth"
