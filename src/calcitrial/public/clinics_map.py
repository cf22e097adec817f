"""A map as a picture that the program draws: places of the gazetteer as dots, rings of distance, and the clinics.

Every point is drawn in the direction and at the distance that it has from the middle (azimuthal equidistant), so the
rings are true. Nothing is fetched from anywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import acos, cos, pi, radians, sin

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from calcitrial.registrations import EARTH_KM, Place, country_places
from calcitrial.web import spoken

WIDTH, HEIGHT, EDGE = 380, 320, 14
# Dots lie on a raster of this many units, so that a country of 40,000 codes is a few hundred of them.
STEP = 4
MOST_DOTS = 2500
RINGS = (10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000)


@dataclass(frozen=True)
class Pin:
    """A numbered clinic on the map, in degrees."""

    number: int
    latitude: float
    longitude: float


def around(middle: Place, latitude: float, longitude: float) -> tuple[float, float]:
    """Return how far east and north of the middle a point is drawn, in km."""
    lat1, lat2, turn = radians(middle.latitude), radians(latitude), radians(longitude - middle.longitude)
    cosine = sin(lat1) * sin(lat2) + cos(lat1) * cos(lat2) * cos(turn)
    angle = acos(max(-1.0, min(1.0, cosine)))
    scale = 1.0 if angle < 1e-9 else angle / sin(angle) if angle < pi - 1e-6 else 0.0
    east = scale * cos(lat2) * sin(turn)
    north = scale * (cos(lat1) * sin(lat2) - sin(lat1) * cos(lat2) * cos(turn))
    return east * EARTH_KM, north * EARTH_KM


def drawn(middle: Place, pins: Sequence[Pin], countries: Iterable[str]) -> SafeString:
    """Return the map as SVG: the person's place in the middle, each pin by its number, the countries as dots."""
    points = [around(middle, pin.latitude, pin.longitude) for pin in pins]
    reach = max((max(abs(x) / WIDTH, abs(y) / HEIGHT) * 2 for x, y in points), default=0.0)
    per_km = 1 / max(reach * 1.2, 60 / WIDTH)
    rings = [km for km in RINGS if 24 < km * per_km < WIDTH / 2][-3:]
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="map-title" xmlns="http://www.w3.org/2000/svg">',
        f'<title id="map-title">{escape(_title(middle, pins))}</title>',
        f'<path class="land" d="{_dots(middle, per_km, tuple(countries))}"/>',
        *(_ring(km, km * per_km) for km in rings),
        *_pins(pins, points, per_km),
        f'<circle class="you" cx="{WIDTH / 2:g}" cy="{HEIGHT / 2:g}" r="5"/>',
        f'<text class="you-text" x="{WIDTH / 2 + 8:g}" y="{HEIGHT / 2 + 14:g}">{escape(middle.name[:24])}</text>',
        "</svg>",
    ]
    return mark_safe("".join(parts))


def _title(middle: Place, pins: Sequence[Pin]) -> str:
    return spoken(f"Map around {middle.label} with {len(pins)} clinics; the list tells the same in words.")


def _ring(km: float, radius: float) -> str:
    x, y = WIDTH / 2, HEIGHT / 2
    top = y - radius
    label = f'<text x="{x + 3:g}" y="{top - 2:.1f}">{km:g} km</text>' if top > EDGE else ""
    return f'<circle class="ring" cx="{x:g}" cy="{y:g}" r="{radius:.1f}"/>{label}'


def _pins(pins: Sequence[Pin], points: Sequence[tuple[float, float]], per_km: float) -> list[str]:
    """Return the pins, the first on top; those at the same place as an earlier one are left to the list."""
    shown: dict[tuple[int, int], str] = {}
    for pin, (east, north) in zip(pins, points, strict=True):
        x, y = WIDTH / 2 + east * per_km, HEIGHT / 2 - north * per_km
        mark = f'<g class="site"><circle cx="{x:.1f}" cy="{y:.1f}" r="7.5"/>'
        shown.setdefault(
            (round(x / 3), round(y / 3)), f'{mark}<text x="{x:.1f}" y="{y + 3.4:.1f}">{pin.number}</text></g>'
        )
    return list(reversed(shown.values()))


@lru_cache(maxsize=64)
def _dots(middle: Place, per_km: float, countries: tuple[str, ...]) -> str:
    """Return the places of countries as dots on a raster, as the path of a line with round ends."""
    cells: set[tuple[int, int]] = set()
    for country in countries:
        for places in country_places(country).by_code.values():
            east, north = around(middle, places[0].latitude, places[0].longitude)
            x, y = WIDTH / 2 + east * per_km, HEIGHT / 2 - north * per_km
            if 0 < x < WIDTH and 0 < y < HEIGHT:
                cells.add((round(x / STEP) * STEP, round(y / STEP) * STEP))
    chosen = sorted(cells)[:: max(1, -(-len(cells) // MOST_DOTS))]
    return "".join(f"M{x} {y}h0" for x, y in chosen)
