"""Sizes of what was drawn: against hand-made numbers, and refused when the browser sends what cannot be."""

import numpy as np
import pytest

from calcitrial.protocol import RefusedError
from calcitrial.web.calipers import Ruler, Shape, known_length, read_shapes, size_mm

TURNED = np.array([[0, 0, 2.0, 5], [0.5, 0, 0, -3], [0, 0.25, 0, 8], [0, 0, 0, 1]])  # x to y, y to z, z to x


def line(*ends: tuple[float, float, float]) -> Shape:
    return Shape("length", "length", ends)


def test_a_length_goes_through_the_affine() -> None:
    assert size_mm(Ruler(TURNED), line((0, 0, 0), (6, 0, 2))) == pytest.approx(5.0)  # 3 mm and 4 mm
    assert size_mm(Ruler(TURNED), line((1, 8, 1), (1, 0, 1))) == pytest.approx(2.0)


def test_a_length_on_a_film_minds_both_spacings() -> None:
    assert size_mm(Ruler(pixel_mm=(0.3, 0.4)), line((0, 0, 0), (10, 10, 0))) == pytest.approx(5.0)


def test_an_area_is_that_of_the_plane_it_lies_in() -> None:
    square = Shape("area", "area", ((0, 0, 3), (4, 0, 3), (4, 8, 3), (0, 8, 3)))
    assert size_mm(Ruler(TURNED), square) == pytest.approx(2 * 2)
    assert size_mm(Ruler(pixel_mm=(0.5, 2.0)), square) == pytest.approx(32)
    upright = Shape("area", "area", ((0, 1, 0), (4, 1, 0), (4, 1, 3)))
    assert size_mm(Ruler(TURNED), upright) == pytest.approx(2 * 6 / 2)


def told(**change: object) -> dict[str, object]:
    return {"kind": "length", "name": "width", "ends": [[0, 0, 0], [3, 4, 0]]} | change


def test_shapes_are_read_as_they_were_drawn() -> None:
    assert read_shapes([told()], "A") == (Shape("length", "width", ((0.0, 0.0, 0.0), (3.0, 4.0, 0.0))),)
    assert read_shapes([], "A") == ()


@pytest.mark.parametrize(
    "shapes",
    [
        None,
        {},
        [told(), told()],
        [told(name="mass")],
        [told(kind="area")],
        [told(ends=[[0, 0, 0]])],
        [told(ends=[[0, 0, 0], [1, 1, 1], [2, 2, 2]])],
        [told(ends=[[0, 0], [1, 1]])],
        [told(ends=[[0, 0, 0], [1, "1", 0]])],
        [told(ends=[[0, 0, 0], [1, float("nan"), 0]])],
        [told(ends=[[0, 0, 0], [1, True, 0]])],
        [told(ends=[[0, 0, 0], [1, 1e9, 0]])],
        [{"kind": "area", "name": "area", "ends": [[0, 0, 0], [1, 1, 0]]}],
        ["length"],
        [told(name=name) for name in ("length", "width", "depth")] + [told(name="length"), told(name="width")],
    ],
)
def test_shapes_that_cannot_be_are_refused(shapes: object) -> None:
    with pytest.raises(RefusedError, match="lesion C: What was drawn is not one length, width, depth and area"):
        read_shapes(shapes, "C")


def test_a_known_length_is_two_ends_and_millimetres() -> None:
    known = known_length({"ends": [[10, 20, 0], [110, 20, 0]], "mm": 50, "plane": "picture"})
    assert known is not None and (known.start, known.end, known.mm) == ((10, 20), (110, 20), 50)
    assert known_length(None) is None


@pytest.mark.parametrize(
    "wrong", [5, {}, {"ends": [[1, 1, 0], [2, 2, 0]]}, {"ends": [[1, 1, 0], [9, 9, 0]], "mm": -3}, {"mm": 3}]
)
def test_a_known_length_that_cannot_be_is_refused(wrong: object) -> None:
    with pytest.raises(RefusedError, match="Draw it again and say its length"):
        known_length(wrong)
