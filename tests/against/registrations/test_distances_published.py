"""Great-circle distances against ones that others published.

pgeocode 0.5 (README, documentation of `GeoDistance`): France 75013 (48.8322, 2.3561) to
69006 (45.7679, 4.8506) is 389.156 km.
Ed Williams' Aviation Formulary: Los Angeles (33 57 N, 118 24 W) to New York JFK (40 38 N, 73 47 W) is 0.623585 radians.
"""

import pytest

from calcitrial.registrations import EARTH_KM, distance_km, locate

PUBLISHED = {"75013": (48.8322, 2.3561), "69006": (45.7679, 4.8506)}


def test_two_points_are_as_far_apart_as_pgeocode_says() -> None:
    assert distance_km(PUBLISHED["75013"], PUBLISHED["69006"]) == pytest.approx(389.156, abs=0.001)


@pytest.mark.parametrize("code", PUBLISHED)
def test_postal_codes_lie_where_pgeocode_found_them(code: str) -> None:
    """Both take GeoNames, of other years; within 3 km, the size of a district."""
    found = locate(code, "FR")
    assert distance_km((found.latitude, found.longitude), PUBLISHED[code]) < 3


def test_los_angeles_and_new_york_are_as_far_apart_as_the_aviation_formulary_says() -> None:
    angle = distance_km((33 + 57 / 60, -118 - 24 / 60), (40 + 38 / 60, -73 - 47 / 60)) / EARTH_KM
    assert angle == pytest.approx(0.623585, abs=1e-6)
