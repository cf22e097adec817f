"""Where a postal code or a town lies, offline: postal codes of GeoNames (CC BY 4.0) as the package geotz ships them.

The file is sorted by country, so the part of one country is found by bisection and read once. Distances are great
circles on a sphere of the Earth's mean radius.
"""

import os
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.util import find_spec
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import BinaryIO

from calcitrial.protocol import Problem, RefusedError
from calcitrial.registrations.plain_text import searchable
from calcitrial.registrations.terms import country_codes, country_names

# Mean radius of the Earth (2a + b) / 3 of the GRS 80 ellipsoid, in km (Moritz 2000, J. Geodesy 74:128).
EARTH_KM = 6371.0088
CREDIT = "Places: GeoNames (CC BY 4.0)"
# Where French post goes that GeoNames files under a code of its own.
OVERSEAS = {"FR": ("RE", "GP", "MQ", "GF", "YT", "PM", "MC"), "US": ("PR", "VI", "GU")}


@dataclass(frozen=True)
class Place:
    """A town or postal code with its region and where it lies, in degrees (WGS 84)."""

    name: str
    postal_code: str
    region: str
    region_code: str
    country: str
    latitude: float
    longitude: float

    @property
    def label(self) -> str:
        """Return how a page names this place."""
        return ", ".join(part for part in (f"{self.postal_code} {self.name}".strip(), self.region) if part)


@dataclass(frozen=True)
class Country:
    """All places of a country, by postal code and by the searchable name of the town."""

    by_code: dict[str, list[Place]]
    by_name: dict[str, list[Place]]


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great-circle distance of two points (latitude, longitude in degrees) in km (haversine formula)."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(radians, point)) for point in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def locate(text: str, country: str) -> Place:
    """Return the place of a postal code or a town ('87000', 'Springfield, IL') in a country (ISO code or name).

    Raises RefusedError with a sentence and the nearest spellings when there is none, or when several towns have the
    name and no region tells them apart.
    """
    code = country_codes().get(country.strip().casefold(), "")
    if not code or not _span(code)[1]:
        what = f"There are no postal codes of {country[:60]!r} here."
        raise RefusedError([Problem("country", what, "Choose another country.")])
    asked = text.strip()[:80]
    if not asked:
        raise RefusedError([Problem("place", "No place is named.", "Write a postal code or a town.")])
    for one in (code, *OVERSEAS.get(code, ())):
        if found := _postal(asked, country_places(one)):
            return found
    if not any(mark.isalpha() for mark in asked):
        raise _unknown(asked, code, _near_codes(asked, country_places(code)))
    return _town(asked, code)


def _postal(asked: str, places: Country) -> Place | None:
    found = places.by_code.get(asked.upper()) or places.by_code.get(asked.upper().split("-")[0].strip())
    if not found:
        return None
    first = found[0]
    middle = [sum(place.latitude for place in found) / len(found), sum(place.longitude for place in found) / len(found)]
    names = " / ".join(dict.fromkeys(place.name for place in found[:3])) + (" …" if len(found) > 3 else "")
    return Place(names, first.postal_code, first.region, first.region_code, first.country, middle[0], middle[1])


def _town(asked: str, code: str) -> Place:
    name, _comma, region = asked.partition(",")
    places = country_places(code)
    found = places.by_name.get(_folded(name), [])
    if region.strip():
        wanted = searchable(region)
        found = [place for place in found if wanted in (searchable(place.region), searchable(place.region_code))]
    groups: dict[str, list[Place]] = {}
    for place in found:
        groups.setdefault(place.region, []).append(place)
    if not groups:
        raise _unknown(asked, code, _near_names(name, places))
    if len(groups) > 1:
        # A town with most of the codes of its name is the one that is meant, such as Paris.
        largest, second = sorted(map(len, groups.values()))[-1:-3:-1]
        if largest < 3 * second:
            raise _several(name, groups)
    group = max(groups.values(), key=len)
    first = group[0]
    latitude, longitude = (
        sorted(values)[len(values) // 2] for values in ([p.latitude for p in group], [p.longitude for p in group])
    )
    return Place(first.name, "", first.region, first.region_code, first.country, latitude, longitude)


def _unknown(asked: str, code: str, near: list[str]) -> RefusedError:
    instead = f"Did you mean {', '.join(near)}?" if near else "Try the next larger town."
    what = f"{asked!r} is no postal code or town of {country_names()[code]} that is known here."
    return RefusedError([Problem("place", what, instead)])


def _several(name: str, groups: dict[str, list[Place]]) -> RefusedError:
    listed = [f"{group[0].name}, {group[0].region_code or region}" for region, group in sorted(groups.items())][:8]
    what = f"There are {len(groups)} places called {name.strip()!r}."
    return RefusedError(
        [Problem("place", what, f"Add the region, such as {'; '.join(listed)}; or write the postal code.")]
    )


def _near_codes(asked: str, places: Country) -> list[str]:
    wanted = asked.upper().replace(" ", "")
    close = [code for code in places.by_code if code[:2] == wanted[:2] and code.replace(" ", "").isalnum()]
    found = get_close_matches(wanted, sorted(close), 3, 0.6)
    return [f"{code} ({places.by_code[code][0].name})" for code in found]


def _near_names(name: str, places: Country) -> list[str]:
    wanted = _folded(name)
    # Most slips leave the first letter or the first of the rest right; all names would take a second.
    close = [one for one in places.by_name if one[:1] == wanted[:1] or one[1:4] == wanted[1:4]]
    return [places.by_name[one][0].name for one in get_close_matches(wanted, close, 3, 0.7)]


def place_in_name(name_id: str, name: str, country: str) -> Place | None:
    """Return the town that the id of a site names, when its name contains it too; None when they do not agree."""
    code, town = country_codes().get(country.casefold(), ""), _folded(name_id)
    if not code or not town or f" {town} " not in f" {_folded(name)} ":
        return None
    try:
        return _town(name_id, code)
    except RefusedError:
        return None


def _folded(name: str) -> str:
    """Return a town's name as it is looked up: St and Ste written out, without district numbers or CEDEX."""
    words = [word for word in searchable(name).split() if word != "cedex" and not word.isdigit()]
    return " ".join({"st": "saint", "ste": "sainte"}.get(word, word) for word in words)


@lru_cache(maxsize=12)
def country_places(code: str) -> Country:
    """Return all places of a country by its ISO code; empty when there are none."""
    found = Country({}, {})
    start, size = _span(code)
    with _file().open("rb") as file:
        file.seek(start)
        for line in file.read(size).decode("utf-8").splitlines():
            part = line.split("\t")
            place = Place(
                part[2], part[1], part[5] if code == "FR" else part[3], part[4], code, float(part[9]), float(part[10])
            )
            found.by_code.setdefault(part[1], []).append(place)
            found.by_name.setdefault(_folded(part[2]), []).append(place)
    return found


@lru_cache(maxsize=1)
def _file() -> Path:
    """Return the file of postal codes; the package itself is not imported, since it loads maps of time zones."""
    found = find_spec("geotz")
    if found is None or found.origin is None:
        what = "The package geotz with the postal codes is not installed."
        raise RefusedError([Problem("geotz", what, "Install calcitrial with its requirements.")])
    return Path(found.origin).parent / "data" / "geonames_all_countries_sorted.tsv"


@lru_cache(maxsize=300)
def _span(code: str) -> tuple[int, int]:
    """Return where the lines of a country begin in the file, and how many bytes they are."""
    start = _first_from(code.encode())
    return start, _first_from(code.encode() + b"\xff") - start


def _first_from(key: bytes) -> int:
    """Return the offset of the first line whose country is not before the key."""
    with _file().open("rb") as file:
        low, high = 0, file.seek(0, os.SEEK_END)
        while low < high:
            middle = (low + high) // 2
            _to_line(file, middle)
            line = file.readline()
            if line and line.split(b"\t", 1)[0] < key:
                low = middle + 1
            else:
                high = middle
        _to_line(file, low)
        return file.tell()


def _to_line(file: BinaryIO, offset: int) -> None:
    """Move to the first beginning of a line at or after an offset."""
    file.seek(max(0, offset - 1))
    if offset:
        file.readline()
