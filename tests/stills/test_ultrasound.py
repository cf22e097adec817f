"""Calipers in calibrated regions: right lengths, and a sentence wherever no millimetre can be trusted."""

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calcitrial.dicom import read_picture
from calcitrial.objects import read_measurements
from calcitrial.protocol import RefusedError
from calcitrial.stills import calipers, measure_ultrasound, store_ultrasound, ultrasound_json, ultrasound_text
from calcitrial.stills.regions import caliper_mm
from tests.objects.test_structured_report import AT
from tests.pictures import PERSON, echo, region

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
LEFT, RIGHT = region((0, 0, 39, 59)), region((40, 0, 79, 59))


@pytest.fixture
def still(tmp_path):
    return lambda *regions, **more: read_picture(echo(tmp_path / "u.dcm", *regions, **more), "ultrasound")


def length(picture, start, end) -> float:
    return caliper_mm(picture, start, end, "L1 length").mm


def refused(picture, start, end) -> str:
    with pytest.raises(RefusedError) as caught:
        length(picture, start, end)
    assert str(caught.value).startswith("L1 length: ")
    return str(caught.value)


@pytest.mark.parametrize("delta", [(0.02, 0.03), (-0.02, 0.03), (0.02, -0.03)])
def test_length_heeds_both_pixel_sizes_and_no_sign(still, delta):
    assert length(still(region(delta=delta)), (10, 10), (40, 50)) == pytest.approx(math.hypot(30 * 0.2, 40 * 0.3))


def test_the_uncertainty_is_what_scattered_ends_show(still):
    picture = still(region(delta=(0.02, 0.05)))
    found = caliper_mm(picture, (20.0, 20.0), (50.0, 40.0), "x")
    dice = np.random.default_rng(2)
    ends = np.array([[20.0, 20.0], [50.0, 40.0]]) + dice.normal(0, 1, (5000, 2, 2))
    lengths = np.hypot(*((ends[:, 1] - ends[:, 0]) * [0.2, 0.5]).T)
    assert found.se_mm == pytest.approx(lengths.std(), rel=0.05)


@given(st.tuples(st.floats(0, 79), st.floats(0, 59)), st.tuples(st.floats(0, 79), st.floats(0, 59)))
def test_a_length_is_the_same_from_both_ends(tmp_path_factory, start, end):
    assume(math.dist(start, end) > 1e-6)
    path = tmp_path_factory.getbasetemp() / "both.dcm"
    picture = read_picture(path if path.exists() else echo(path, region()), "ultrasound")
    assert length(picture, start, end) == pytest.approx(0.2 * math.dist(start, end)) == length(picture, end, start)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (region(units=(4, 3)), "The region is in seconds, not in cm"),
        (region(units=(3, 7)), "in cm per second, not in cm"),
        (region(units=(3, 0)), "in no unit, not in cm"),
        (region(units=(99, 3)), "in another unit, not in cm"),
        (region(form=2), "shows M-mode, not tissue"),
        (region(form=3), "shows a spectrum, not tissue"),
        (region(form=4), "shows a wave, not tissue"),
        (region(form=0), "shows no picture, not tissue"),
        (region(delta=(0.0, 0.02)), "pixel is 0 x 0.02 cm"),
        (region(delta=(float("nan"), 0.02)), "pixel is nan x 0.02 cm"),
        (region(delta=(float("inf"), 0.02)), "pixel is inf x 0.02 cm"),
        (region(delta=(25.0, 25.0)), "pixel is 25 x 25 cm"),
        (region((200, 200, 300, 300)), "outside every calibrated region"),
        (region((30, 30, 10, 10)), "outside every calibrated region"),
    ],
)
def test_a_region_without_millimetres_is_refused(still, given, sentence):
    assert sentence in refused(still(given), (10, 10), (20, 20))


def test_no_region_is_refused(still):
    assert "no calibrated region, so no mm" in refused(still(), (10, 10), (20, 20))


def test_ends_in_different_regions_are_refused_even_of_one_scale(still):
    assert "Its ends lie in different regions" in refused(still(LEFT, RIGHT), (10, 10), (60, 10))
    assert length(still(LEFT, RIGHT), (45, 10), (60, 10)) == pytest.approx(3.0)


def test_a_region_is_clipped_to_the_picture_and_points_outside_are_refused(still):
    wide = still(region((0, 0, 80, 5000)))
    assert length(wide, (0, 0), (79, 0)) == pytest.approx(79 * 0.2)
    assert "outside the 80 x 60 picture" in refused(wide, (0, 0), (80, 10))
    assert "outside the 80 x 60 picture" in refused(wide, (0, -1), (10, 10))


def test_the_last_pixels_belong_to_a_region(still):
    picture = still(region((10, 10, 20, 20)))
    assert length(picture, (10, 10), (20, 20)) > 0
    assert "outside every" in refused(picture, (9, 10), (20, 20))


def test_overlapping_regions_of_one_scale_agree(still):
    assert length(still(region(), region((20, 20, 60, 50), flags=1)), (25, 25), (55, 25)) == pytest.approx(6.0)


def test_equals_of_different_scales_leave_the_length_open(still):
    zoom = region((20, 20, 60, 50), (0.01, 0.01))
    picture = still(region(), zoom)
    assert "Regions of different scales overlap" in refused(picture, (25, 25), (55, 25))
    assert length(picture, (5, 5), (15, 5)) == pytest.approx(2.0)


def test_a_region_of_high_priority_hides_one_of_low(still):
    zoom = region((20, 20, 60, 50), (0.01, 0.01))
    picture = still(region(flags=1), zoom)
    assert length(picture, (25, 25), (55, 25)) == pytest.approx(3.0)
    assert "different" in refused(picture, (5, 25), (55, 25))
    trace = still(region(flags=1), region((20, 40, 60, 55), (0.001, 0.0), (4, 0), form=4))
    assert "shows a wave" in refused(trace, (25, 45), (55, 45))
    # Across the hidden part both ends are still seen in the low region (PS3.3 figure C.8-6).
    assert length(picture, (5, 5), (75, 55)) == pytest.approx(0.2 * math.dist((5, 5), (75, 55)))


def test_an_ellipsoid_needs_all_three_axes(still):
    content = {"id": "L1", "length": [[10, 10], [40, 10]], "width": [[10, 10], [10, 30]], "depth": [[20, 20], [30, 20]]}
    found = measure_ultrasound(still(region()), calipers([content]))[0]
    assert found.volume_mm3 == pytest.approx(math.pi / 6 * 6 * 4 * 2)
    share = math.sqrt(2) * 0.2 * math.hypot(1 / 6, 1 / 4, 1 / 2)
    assert found.volume_se_mm3 == pytest.approx(share * found.volume_mm3)
    del content["depth"]
    flat = measure_ultrasound(still(region()), calipers([content]))[0]
    assert flat.volume_mm3 is None and flat.lengths["width"].mm == pytest.approx(4.0)


def test_frames_of_a_clip_are_counted_from_one(still):
    clip = still(region(), frames=3)
    one = {"id": "L1", "frame": 3, "length": [[1, 1], [9, 1]], "depth": {"points": [[1, 1], [1, 9]], "frame": 2}}
    assert measure_ultrasound(clip, calipers([one]))[0].lengths["depth"].mm == pytest.approx(1.6)
    with pytest.raises(RefusedError, match="There is no frame 4; it has 3"):
        measure_ultrasound(clip, calipers([{**one, "frame": 4}]))


def test_the_problems_of_all_calipers_are_told_at_once(still):
    given = calipers([{"id": "a", "length": [[1, 1], [1, 1]], "width": [[1, 1], [99, 1]]}])
    with pytest.raises(RefusedError) as caught:
        measure_ultrasound(still(region()), given)
    assert [problem.place for problem in caught.value.problems] == ["a length", "a width"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([], "There are 0 lesions"),
        ([{"id": "a"}], "It has no caliper"),
        ([{"id": "", "length": [[1, 1], [2, 2]]}], "Its id is no name"),
        ([{"id": "a", "length": [[1, 1]]}], "Its length is no caliper"),
        ([{"id": "a", "length": [[1, 1], [2, "x"]]}], "Its length is no caliper"),
        ([{"id": "a", "length": [[1, 1], [2, float("inf")]]}], "Its length is no caliper"),
        ([{"id": "a", "width": {"points": [[1, 1], [2, 2]]}}], "Its width is no caliper"),
        ([{"id": "a", "length": [[1, 1], [2, 2]], "frame": 0}], "Its frame is 0"),
        ([{"id": "a", "length": [[1, 1], [2, 2]], "frame": True}], "Its frame is True"),
        ([{"id": "a", "length": [[1, 1], [2, 2]], "heigth": 3}], "key 'heigth' is unknown"),
        ([{"id": "a", "length": [[1, 1], [2, 2]]}] * 2, "The id 'a' repeats"),
    ],
)
def test_calipers_that_are_none_are_refused(content, sentence):
    with pytest.raises(RefusedError, match=sentence):
        calipers(content)


@pytest.mark.parametrize("frames", [0, 4])
def test_the_report_holds_the_same_numbers_ends_and_frames(still, tmp_path, frames):
    picture = still(region(), frames=frames)
    given = calipers(
        [{"id": "L1", "length": [[10, 10], [40, 10]], "width": [[10.25, 10], [10, 30]], "depth": [[1, 1], [9, 9]]}]
    )
    found = measure_ultrasound(picture, given)
    read = read_measurements(store_ultrasound(picture, given, found, tmp_path / "out", at=AT))[0]
    assert {q.name: q.value for q in read.quantities} == {
        **{axis: size.mm for axis, size in found[0].lengths.items()},
        "volume_ellipsoid": found[0].volume_mm3,
    }
    assert read.quantities[1].ends == ((10.75, 10.5), (10.5, 30.5))
    assert read.quantities[0].frame == (1 if frames else 0)
    assert read.quantities[0].standard_error == found[0].lengths["length"].se_mm
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["sr.dcm"]


def test_json_and_text_name_no_person(still):
    picture = still(region())
    found = measure_ultrasound(picture, calipers([{"id": "L1", "length": [[10, 10], [40, 10]]}]))
    told = json.dumps(ultrasound_json(picture, found), allow_nan=False)
    assert PERSON not in told and '"length_mm": 6.0' in told and "6.00 ± 0.28" in ultrasound_text(found)
