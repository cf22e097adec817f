"""From a point on the body map to its named site: every site is nearest to its own point, left and right apart."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcitrial.lesions import VIEWS, Spot, locate, nearest, shapes, spots, thumbnail
from calcitrial.protocol import RefusedError


@pytest.mark.parametrize("spot", spots(), ids=lambda spot: f"{spot.side} {spot.site} {spot.view}")
def test_each_site_is_nearest_to_its_own_point(spot: Spot) -> None:
    found = nearest(spot.view, spot.x, spot.y)
    assert (found.x, found.y) == (spot.x, spot.y)


@given(st.sampled_from(VIEWS), st.floats(0, 1), st.floats(0, 1))
def test_every_point_has_a_site_that_the_map_accepts(view: str, x: float, y: float) -> None:
    found = nearest(view, x, y)
    assert locate(found.site, found.side, found.view) == (found.x, found.y) and found.view == view


def test_left_is_the_persons_left() -> None:
    assert nearest("front", 0.66, 0.22).side == "left" and nearest("front", 0.34, 0.22).side == "right"
    assert nearest("back", 0.34, 0.22).side == "left" and nearest("back", 0.66, 0.22).side == "right"
    assert nearest("front", 0.5, 0.3).side == "midline"


def test_a_view_that_is_not_there_is_refused() -> None:
    with pytest.raises(RefusedError, match="no view 'side'"):
        nearest("side", 0.5, 0.5)


@pytest.mark.parametrize("view", VIEWS)
def test_a_small_picture_points_to_a_shape_that_the_page_holds(view: str) -> None:
    drawn = ElementTree.fromstring(thumbnail(view, 0.25, 0.5, "treated"))
    used = re.search(r'href="#([\w-]+)"', thumbnail(view, 0.25, 0.5)).group(1)
    assert f'id="{used}"' in shapes() and drawn.get("aria-hidden") == "true"
    assert len(thumbnail(view, 0.25, 0.5)) < 600 and len(shapes()) < 25_000
