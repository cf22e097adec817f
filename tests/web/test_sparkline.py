"""The small line of a lesion: to scale, with its uncertainty, and said in words."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcitrial.web.lesion_rows import Mass
from calcitrial.web.sparkline import EDGE, FLOOR, HEIGHT, WIDTH, sparkline

MASSES = (Mass("BL", 0, 100.0, 5.0), Mass("W12", 84, 50.0, None), Mass("W24", 168, 75.0, 2.0))


def points(text: str) -> list[tuple[float, float]]:
    root = ElementTree.fromstring(text)
    line = next(part for part in root.iter() if part.tag == "polyline")
    return [tuple(float(n) for n in pair.split(",")) for pair in line.get("points", "").split()]


def test_mass_is_drawn_from_zero_to_scale() -> None:
    heights = [FLOOR - y for _x, y in points(sparkline(MASSES, 168, "treated"))]
    assert heights[1] / heights[0] == pytest.approx(0.5, abs=0.01)
    assert heights[2] / heights[0] == pytest.approx(0.75, abs=0.01)


def test_days_are_drawn_to_scale() -> None:
    across = [x for x, _y in points(sparkline(MASSES, 336, "treated"))]
    assert across == pytest.approx([EDGE, EDGE + (WIDTH - 2 * EDGE) / 4, EDGE + (WIDTH - 2 * EDGE) / 2], abs=0.1)


def test_a_bar_shows_the_uncertainty_where_there_is_one() -> None:
    assert sparkline(MASSES, 168, "treated").count('class="bar"') == 2


def test_it_is_said_in_words() -> None:
    root = ElementTree.fromstring(sparkline(MASSES, 168, "treated"))
    assert root.get("aria-label") == "Mass: BL 100 mg, W12 50 mg, W24 75 mg"
    assert next(t.text for t in root.iter("title")) == "BL, day 0: 100 mg ± 5 (standard uncertainty)"


def test_nothing_measured_draws_nothing() -> None:
    assert sparkline((), 168, "treated") == ""


def test_hostile_text_is_escaped() -> None:
    assert "<b>" not in sparkline((Mass("<b>", 0, 1.0, None),), 0, '"><b>')


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=6), st.integers(-30, 400))
def test_every_point_lies_inside_the_box(masses: list[float], last: int) -> None:
    drawn = sparkline([Mass("V", 28 * n, mass, mass / 9) for n, mass in enumerate(masses)], last, "other")
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points(drawn))
