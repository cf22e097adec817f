"""Limbs laid over each other: found wherever they were moved to, and refused where they cannot be the same."""

from dataclasses import replace

import numpy as np
import pytest

from calcitrial.dicom import Series, read_series
from calcitrial.imaging import Settings
from calcitrial.tracking.align import LimbAlignment, align, settled
from calcitrial.tracking.anatomy import anatomy_of, limbs_of
from tests.moved_limbs import Ball, Motion, beside, calf, mirrored, scan, shafts

MOVED = Motion((-9.0, 12.0, 28.0), (25.0, -31.0, 40.0))
ELSEWHERE = {"shape": (58, 80, 76), "spacing": (2.2, 1.2, 1.2), "middle": (4.0, -6.0, 8.0), "seed": 2}
CORNERS = np.array([(x, y, z) for x in (-30.0, 30.0) for y in (-30.0, 30.0) for z in (-40.0, 0.0, 40.0)])


def laid(first: Series, second: Series) -> tuple[LimbAlignment, ...]:
    return align(first, second, Settings())


def error(limb: LimbAlignment, motion: Motion, before: Motion | None = None) -> float:
    """The largest distance in mm between where points of the limb went and where they are said to have gone."""
    assert limb.pose is not None
    start = (before or Motion()).moved(CORNERS)
    return float(np.linalg.norm(limb.pose.moved(start) - motion.moved(CORNERS), axis=1).max())


@pytest.fixture(scope="module")
def moved() -> tuple[Series, Series]:
    return scan(calf, {}), scan(calf, {}, MOVED, sigma_mm=1.0, **ELSEWHERE)


@pytest.fixture(scope="module")
def limb(moved) -> LimbAlignment:
    (found,) = laid(*moved)
    return found


def test_a_limb_turned_by_thirty_degrees_and_shifted_by_centimetres_is_found(limb):
    assert error(limb, MOVED) < 0.5 and limb.flags == () and limb.note == ""
    assert limb.agreement.correlation > 0.9 and limb.agreement.residual_mm < 0.7 and not len(limb.agreement.free)


def test_the_matrix_maps_baseline_to_followup_points_and_is_a_rigid_motion(moved, limb):
    assert limb.pose is not None
    whole = np.c_[CORNERS, np.ones(len(CORNERS))] @ limb.pose.matrix.T
    assert np.allclose(whole[:, :3], limb.pose.moved(CORNERS)) and np.allclose(whole[:, 3], 1)
    assert np.allclose(limb.pose.moved_back(limb.pose.moved(CORNERS)), CORNERS)
    assert np.linalg.det(limb.pose.rotation) == pytest.approx(1)
    again = laid(*moved)[0].pose
    assert again is not None and np.array_equal(again.matrix, limb.pose.matrix), "the same each time"


def test_deposits_do_not_drive_the_alignment(moved):
    """Large bright deposits, all of them shifted by 5 mm: the bones must win."""
    before = {str(z): Ball((-5.0, 20.0, z), 7.0, 900.0) for z in (-35.0, 0.0, 35.0)}
    after = {name: Ball((*ball.centre[:2], ball.centre[2] + 5), 7.0, 900.0) for name, ball in before.items()}
    (limb,) = laid(scan(calf, before), scan(calf, after, MOVED, **ELSEWHERE))
    assert error(limb, MOVED) < 0.7


def test_two_limbs_are_moved_each_on_its_own():
    own = Motion((0.0, 0.0, -20.0), (6.0, 9.0, -7.0))
    wide = {"shape": (48, 80, 140), "spacing": (2.5, 1.4, 1.4), "middle": (48.0, 0.0, 0.0)}
    legs, later = beside(calf, mirrored(calf), 96.0), beside(calf, mirrored(calf), 96.0, own)
    limbs = laid(scan(legs, {}, **wide), scan(later, {}, Motion(shift=(0.0, 20.0, 15.0)), **{**wide, "seed": 4}))
    assert len(limbs) == 2 and [limb.flags for limb in limbs] == [(), ()]
    for limb in limbs:
        assert limb.pose is not None
        right = limb.pose.centre[0] > 48
        turned = Motion(shift=(96.0 * right, 20.0, 15.0)).moved(own.moved(CORNERS) if right else CORNERS)
        start = Motion(shift=(96.0 * right, 0.0, 0.0)).moved(CORNERS)
        assert np.linalg.norm(limb.pose.moved(start) - turned, axis=1).max() < 0.6


def test_the_limb_of_the_other_side_is_refused_with_a_sentence(moved):
    (limb,) = laid(moved[0], scan(mirrored(calf), {}, MOVED, **ELSEWHERE))
    assert limb.poor and "mirrored" in limb.flags
    assert (
        limb.note.startswith("The follow-up matches the mirror image of the limb around (") and "; check" in limb.note
    )


def test_another_body_part_is_refused_with_a_sentence(moved):
    (limb,) = laid(moved[0], scan(shafts, {}, MOVED, **ELSEWHERE))
    assert limb.poor and limb.flags == ("alignment_poor",)
    assert limb.note.startswith("The scans do not match at the limb around (")
    assert limb.note.endswith("; check that both show the same limb of the same person.")


def test_a_bent_limb_shows_in_the_residual(moved, limb):
    bend = Motion((14.0, 0.0, 0.0))
    bent = lambda at: np.where(at[:, 2] > 0, calf(bend.moved_back(at)), calf(at))  # noqa: E731
    straight, crooked = limb.agreement, laid(moved[0], scan(bent, {}, seed=3))[0].agreement
    assert crooked.worst_mm > 2 * straight.worst_mm and crooked.residual_mm > 2 * straight.residual_mm


def test_an_empty_followup_is_refused(moved):
    nothing = scan(lambda at: np.full(len(at), -1000.0), {}, seed=9)
    (limb,) = laid(moved[0], nothing)
    assert limb.poor and limb.pose is None and "no position was found" in limb.note
    assert laid(nothing, moved[0]) == ()


def test_a_limb_the_same_all_along_is_placed_by_its_lesions_or_says_that_it_is_not():
    places = np.array([(0.0, 20.0, -20.0), (-20.0, -8.0, 5.0), (18.0, 16.0, 22.0)])
    shifted = Motion((0.0, 0.0, 20.0), (10.0, 5.0, 17.0))
    (limb,) = laid(scan(shafts, {}), scan(shafts, {}, shifted, middle=(0.0, 0.0, -17.0), seed=5))
    assert limb.flags == ("position_uncertain",) and len(limb.agreement.free) == 1
    assert "does not say where along its length" in limb.note and "field of view placed it" in limb.note
    three = settled(limb, places, shifted.moved(places))
    assert three.flags == () and error(three, shifted) < 0.5
    one = settled(limb, places[:1], shifted.moved(places[:1]))
    assert one.flags == ("position_uncertain",) and "one lesion placed it" in one.note
    assert settled(limb, places, np.zeros((0, 3))) is limb


def test_limbs_that_touch_in_a_narrow_place_are_two():
    wide = {"shape": (40, 60, 110), "spacing": (2.5, 1.6, 1.6), "middle": (38.0, 0.0, 0.0)}
    anatomy = anatomy_of(scan(beside(shafts, shafts, 67.7), {}, **wide), Settings())
    assert len(limbs_of(anatomy)) == 2
    assert len(limbs_of(anatomy_of(scan(calf, {}), Settings()))) == 1


def test_a_real_calf_turned_is_found(images):
    calf_scan = read_series(images / "ct_sts028")
    turn = Motion((4.0, -6.0, 20.0), (12.0, -20.0, 9.0))
    turned = calf_scan.affine.copy()
    turned[:3] = np.c_[turn.rotation, turn.shift] @ calf_scan.affine
    (limb,) = laid(calf_scan, replace(calf_scan, affine=turned))
    assert limb.pose is not None and limb.flags == ()
    assert np.linalg.norm(limb.pose.moved(limb.pose.centre) - turn.moved(limb.pose.centre)) < 0.1
