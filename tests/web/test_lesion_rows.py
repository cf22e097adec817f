"""Lesions as the pages show them: their groups, their change in words, and markers that do not hide each other."""

import math

import pytest

from calcitrial.lesions.body_map import Marker, outline
from calcitrial.web.lesion_rows import LesionRow, Mass, lesion_rows, spread, views_of
from calcitrial.web.reading import read


def lesion(*masses: float, view: str = "front") -> LesionRow:
    found = tuple(Mass(f"V{n}", 84 * n, mass, 1.0) for n, mass in enumerate(masses))
    first = found[0] if found else None
    return LesionRow("A-L3", "A", "knee", "left", view, 0.6, 0.7, "target", "STS", "STS", "treated", found, first)


@pytest.mark.parametrize(
    ("masses", "words"),
    [
        ((100, 150), "▲ +50\xa0%"),
        ((100, 60, 75), "▼ −25\xa0%"),
        ((100, 100.2), "0\xa0%"),
        ((100, 99.8), "0\xa0%"),
        ((100,), ""),
        ((0, 5), ""),
        ((), ""),
    ],
)
def test_the_change_is_from_baseline_to_the_latest(masses: tuple[float, ...], words: str) -> None:
    assert lesion(*masses).change_words == words


def test_a_lesion_without_baseline_has_no_change() -> None:
    row = lesion(100, 50)
    assert LesionRow(**(vars(row) | {"baseline": None})).change is None


def test_a_lesion_is_named_in_words_and_by_its_number() -> None:
    assert lesion(100, 62.5).label == "A-L3, knee, left, target, STS: 62.5 mg at V1"
    assert lesion().label.endswith("not measured")
    assert lesion().number == "3"


def test_the_study_has_its_lesions_in_order(pages: object) -> None:
    rows = lesion_rows(read("stsinj"))
    assert [row.id for row in rows] == [f"PIT-00{n}-L{k}" for n in range(1, 5) for k in range(1, 4)]
    assert [mass.visit for mass in rows[0].masses] == ["BL", "W12", "W24"]
    assert [mass.day for mass in rows[0].masses] == [0, 85, 170]
    assert {row.group for row in rows} == {"treated"}


def test_only_views_with_lesions_are_shown_in_the_order_of_the_map() -> None:
    assert views_of([lesion(view="left hand"), lesion(view="front")]) == ["front", "left hand"]


def test_markers_at_one_point_are_moved_apart_and_stay_on_the_view() -> None:
    markers = [Marker(f"L{n}", "front", 0.6, 0.7, "") for n in range(12)]
    moved = spread(markers)
    form = outline("front")
    points = [(m.x * form.width, m.y * form.height) for m in moved]
    assert points[0] == (0.6 * form.width, 0.7 * form.height)
    assert min(math.dist(a, b) for n, a in enumerate(points) for b in points[:n]) > 0.03 * form.height
    assert all(0 <= x <= form.width and 0 <= y <= form.height for x, y in points)


def test_markers_elsewhere_stay_where_they_are() -> None:
    markers = [
        Marker("A", "front", 0.2, 0.2, ""),
        Marker("B", "front", 0.4, 0.2, ""),
        Marker("C", "back", 0.2, 0.2, ""),
    ]
    assert spread(markers) == markers
