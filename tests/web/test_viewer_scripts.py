"""The viewer's own arithmetic, run in the browser that readers use: planes, greys, strokes, polygons, scales."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from calcitrial.web.masks import to_runs

from .browsing import WITHOUT_WEBGL, chromium, served
from .conftest import Filled

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(filled: Filled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with served(filled.home, tmp_path_factory.mktemp("server") / "log") as address, chromium(*WITHOUT_WEBGL) as browser:
        opened = browser.new_page()
        opened.goto(address)
        yield opened


def run(page: Any, module: str, body: str, argument: object = None) -> Any:
    """Run `body` with the exports of one of the viewer's modules as `m` and the argument as `a`."""
    return page.evaluate(f"async (a) => {{ const m = await import('/static/viewer/{module}.js'); {body} }}", argument)


STRAIGHT = [[0.5, 0, 0, -10], [0, 0.5, 0, -20], [0, 0, 2, 30], [0, 0, 0, 1]]
# A coronal stack scanned from back to front, columns running to the feet.
CORONAL = [[0.8, 0, 0, -40], [0, 0, -3, 60], [0, -0.8, 0, 90], [0, 0, 0, 1]]
OBLIQUE = [[0.6, -0.8, 0, 0], [0.8, 0.6, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
PLANES = "return ['axial', 'coronal', 'sagittal'].map((name) => m.planeOf(name, [4, 6, 8], a));"


def test_there_is_no_webgl_here(page: Any) -> None:
    assert page.evaluate("document.createElement('canvas').getContext('webgl')") is None


@pytest.mark.parametrize("affine", [STRAIGHT, CORONAL])
def test_planes_stand_as_radiologists_hang_them(page: Any, affine: list[list[float]]) -> None:
    letters = [plane["letters"] for plane in run(page, "planes", PLANES, affine)]
    assert letters[0] == {"left": "R", "right": "L", "top": "A", "bottom": "P"}
    assert letters[1] == {"left": "R", "right": "L", "top": "H", "bottom": "F"}
    assert letters[2] == {"left": "A", "right": "P", "top": "H", "bottom": "F"}


def test_planes_have_the_sizes_and_spacings_of_their_axes(page: Any) -> None:
    axial, coronal, sagittal = run(page, "planes", PLANES, CORONAL)
    assert [(p["nu"], p["nv"], p["nw"]) for p in (axial, coronal, sagittal)] == [(8, 4, 6), (8, 6, 4), (4, 6, 8)]
    assert (axial["mmU"], axial["mmV"], axial["mmW"]) == pytest.approx((0.8, 3.0, 0.8))


def test_oblique_axes_get_two_letters(page: Any) -> None:
    assert run(page, "planes", PLANES, OBLIQUE)[0]["letters"]["right"] == "LA"  # the second voxel axis, turned round


@pytest.mark.parametrize("affine", [STRAIGHT, CORONAL, OBLIQUE])
def test_points_of_a_plane_and_voxels_go_there_and_back(page: Any, affine: list[list[float]]) -> None:
    body = """return ['axial', 'coronal', 'sagittal'].flatMap((name) => {
      const plane = m.planeOf(name, [4, 6, 8], a), voxel = [1.25, 4.5, 2];
      const back = m.toVoxel(plane, m.toPlane(plane, voxel), voxel[plane.w]);
      const patient = m.fromPatient(a, m.toPatient(a, voxel));
      return [back, patient].map((found) => Math.max(...found.map((at, axis) => Math.abs(at - voxel[axis]))));
    });"""
    assert max(run(page, "planes", body, affine)) < 1e-9


def test_a_slice_shows_the_stored_values_where_they_lie(page: Any) -> None:
    body = """const planes = await import('/static/viewer/planes.js');
    const values = Int16Array.from({ length: 192 }, (_, n) => n), plane = planes.planeOf('coronal', [4, 6, 8], a);
    const out = new Uint32Array(plane.nu * plane.nv), table = new Uint32Array(65536).map((_, n) => n);
    m.paintGrey(values, plane, 2, [4, 6, 8], table, out);
    return [...out];"""
    seen = np.array(run(page, "painting", body, STRAIGHT)).reshape(4, 8)
    stored = np.arange(192).reshape(4, 6, 8)
    assert (seen == stored[::-1, 2, :]).all()  # head up


def test_greys_follow_the_linear_window_of_dicom(page: Any) -> None:
    body = "const t = m.greys(40, 400); return a.map((hu) => t[hu & 0xffff] & 255);"
    hu = [-2000, -161, -160, 39, 40, 239, 240, 3000]
    # PS3.3 C.11.2.1.2.1: ((x - (c - 0.5)) / (w - 1) + 0.5) * 255
    want = [round(min(1, max(0, (x - 39.5) / 399 + 0.5)) * 255) for x in hu]
    assert run(page, "painting", body, hu) == want and want[0] == 0 and want[-1] == 255


def test_runs_are_those_of_the_server(page: Any) -> None:
    mask = np.random.default_rng(5).random((4, 5, 6)) < 0.4
    body = """const labels = new m.Labels(a.length); labels.begin();
    a.forEach((on, at) => { if (on) labels.set(at, 3); }); labels.end();
    const copy = new m.Labels(a.length); copy.replace(3, labels.runs(3));
    return { runs: labels.runs(3), again: copy.runs(3), none: labels.runs(1), count: m.countOf(labels.runs(3)) };"""
    found = run(page, "labels", body, mask.ravel().tolist())
    assert found["runs"] == found["again"] == to_runs(mask, tuple(slice(0, n) for n in mask.shape), mask.shape)
    assert found["none"] == [] and found["count"] == mask.sum()


def test_strokes_are_undone_and_done_again_in_order(page: Any) -> None:
    body = """const labels = new m.Labels(12), seen = [];
    const stroke = (...pairs) => {
      labels.begin(); pairs.forEach(([at, label]) => labels.set(at, label)); return labels.end(); };
    const told = [stroke([1, 1], [2, 1], [1, 2], [1, 1]), stroke([2, 0], [5, 2]), stroke([5, 2])];
    seen.push([...labels.values]);
    for (const step of ['undo', 'undo', 'undo', 'redo', 'redo']) { labels[step](); seen.push([...labels.values]); }
    labels.undo(); stroke([9, 1]); labels.redo(); seen.push([...labels.values]);
    return { told, seen };"""
    found = run(page, "labels", body)
    one, two, none = ({1: 1, 2: 1}, {1: 1, 5: 2}, {})
    want = [two, one, none, none, one, two, one | {9: 1}]
    assert found["seen"] == [[want_of.get(at, 0) for at in range(12)] for want_of in want]
    assert [sorted(labels) for labels in found["told"]] == [[1, 2], [1, 2], []]


def test_a_polygon_holds_the_pixels_whose_centres_it_holds(page: Any) -> None:
    rng = np.random.default_rng(3)
    for _case in range(10):
        points = (rng.random((7, 2)) * 24 - 2).tolist()
        body = "const found = []; m.fillPolygon(a, 20, 18, (u, v) => found.push(v * 20 + u)); return found;"
        found = run(page, "polygon", body, points)
        want = [v * 20 + u for v in range(18) for u in range(20) if inside(points, u + 0.5, v + 0.5)]
        assert sorted(found) == want and len(set(found)) == len(found)


def inside(points: list[list[float]], x: float, y: float) -> bool:
    """Even-odd rule, by counting the sides to the right."""
    sides = zip(points, points[1:] + points[:1], strict=True)
    crossed = [((a, b), (c, d)) for (a, b), (c, d) in sides if (b <= y) != (d <= y)]
    return sum(x < a + (y - b) / (d - b) * (c - a) for (a, b), (c, d) in crossed) % 2 == 1


def test_the_brush_is_a_ball_in_millimetres_and_minds_threshold_and_neighbours(page: Any) -> None:
    body = """const labels = await import('/static/viewer/labels.js');
    const planes = await import('/static/viewer/planes.js');
    const shape = [9, 21, 21], values = new Int16Array(3969).fill(200);
    const picture = { shape, sizes: [21, 21, 9], voxelMm: [0.5, 0.5, 2], values };
    picture.values.fill(50, 4 * 441 + 11 * 21, 4 * 441 + 12 * 21);
    const plane = planes.planeOf('axial', shape, [[0.5, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]]);
    const made = new labels.Labels(3969);
    made.begin(); made.set((4 * 21 + 10) * 21 + 8, 2); made.end(); made.begin();
    m.dab(picture, made, plane, [10, 10, 4], { label: 1, erase: false, mm: 5, least: 130, ...a }); made.end();
    return [...made.values];"""
    z, y, x = np.mgrid[0:9, 0:21, 0:21]
    ball = ((x - 10) * 0.5) ** 2 + ((y - 10) * 0.5) ** 2 + ((z - 4) * 2.0) ** 2 <= 2.5**2
    for sphere in (True, False):
        want = np.where(ball & (sphere | (z == 4)), 1, 0)
        want[4, 11, :], want[4, 10, 8] = 0, 2
        assert (np.array(run(page, "brush", body, {"sphere": sphere})).reshape(9, 21, 21) == want).all()


@pytest.mark.parametrize("outside", [False, True])
@pytest.mark.parametrize("through", [False, True])
def test_scissors_cut_one_lesion_inside_or_outside_here_or_through(page: Any, outside: bool, through: bool) -> None:
    body = """const labels = await import('/static/viewer/labels.js');
    const planes = await import('/static/viewer/planes.js');
    const shape = [4, 6, 8], plane = planes.planeOf('coronal', shape, a.affine), made = new labels.Labels(192);
    made.begin(); for (let at = 0; at < 192; at++) made.set(at, at % 8 === 7 ? 2 : 1); made.end(); made.begin();
    const { outside, through } = a;
    m.cut({ shape }, made, plane, 2, [[1, 1], [5, 1], [5, 3], [1, 3]], { label: 1, outside, through });
    made.end(); return [...made.values];"""
    found = np.array(run(page, "brush", body, {"affine": STRAIGHT, "outside": outside, "through": through}))
    z, y, x = np.mgrid[0:4, 0:6, 0:8]
    held = (x >= 1) & (x < 5) & (3 - z >= 1) & (3 - z < 3)
    gone = (held != outside) & (through | (y == 2)) & (x != 7)
    assert (found.reshape(4, 6, 8) == np.where(x == 7, 2, np.where(gone, 0, 1))).all()


REGIONS = [
    {"x0": 0, "y0": 0, "x1": 99, "y1": 99, "low": True, "mm": [0.2, 0.1]},
    {"x0": 50, "y0": 0, "x1": 99, "y1": 49, "low": False, "mm": [0.5, 0.5]},
    {"x0": 100, "y0": 0, "x1": 199, "y1": 99, "low": False, "mm": None},
    {"x0": 0, "y0": 60, "x1": 40, "y1": 99, "low": True, "mm": [0.3, 0.3]},
]


@pytest.mark.parametrize(
    ("ends", "value", "unit", "sentence"),
    [
        ([[10, 10], [40, 50]], np.hypot(6, 4), "mm", ""),
        ([[60, 10], [60, 30]], 10, "mm", ""),
        ([[40, 10], [60, 10]], 20, "px", "different scales overlap"),
        ([[110, 10], [150, 10]], 40, "px", "no scale in centimetres"),
        ([[10, 10], [150, 10]], 140, "px", "different regions"),
        ([[10, 10], [10, 150]], 140, "px", "outside every"),
        ([[10, 70], [20, 70]], 10, "px", "different scales overlap"),
    ],
)
def test_ultrasound_calipers_obey_the_regions(
    page: Any, ends: list[list[float]], value: float, unit: str, sentence: str
) -> None:
    picture = {"kind": "ultrasound", "shape": [1, 200, 200], "regions": REGIONS}
    found = run(page, "calipers", "return m.lengthOf(a.picture, a.ends, null);", {"picture": picture, "ends": ends})
    assert found["value"] == pytest.approx(value) and found["unit"] == unit
    assert sentence in found["sentence"] and bool(found["sentence"]) == (unit == "px")


def test_a_film_is_in_pixels_until_it_is_calibrated(page: Any) -> None:
    picture = {"kind": "film", "shape": [1, 99, 99], "aspect": [1, 2], "pixel_mm": None, "sentence": "Calibrate it."}
    body = "return [null, { ends: [[0, 0], [0, 10]], mm: 40 }].map((known) => m.lengthOf(a, [[0, 0], [3, 2]], known));"
    bare, known = run(page, "calipers", body, picture)
    assert (bare["unit"], bare["sentence"]) == ("px", "Calibrate it.")
    assert known["unit"] == "mm" and known["value"] == pytest.approx(np.hypot(3 * 2, 2 * 4))
