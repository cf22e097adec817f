"""The body map: six views with our own outlines, the sites a lesion can be at, and lesions drawn on them.

The outlines (`body_outlines.svg`) were drawn for this project. Positions are fractions of a view's box, from
the left and from the top, as the lesion form stores them. Front and back show the person as the reader sees
them; hands show the palm, fingers up; feet are seen from above, toes up.
"""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from html import escape
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from calcitrial.protocol import Problem, refuse

Group = Literal["treated", "untreated", "other"]
HERE = Path(__file__).parent
SVG = "{http://www.w3.org/2000/svg}"
VIEWS = ("front", "back", "left hand", "right hand", "left foot", "right foot")
TITLES = {
    "front": "Front",
    "back": "Back",
    "left hand": "Left hand, palm",
    "right hand": "Right hand, palm",
    "left foot": "Left foot, from above",
    "right foot": "Right foot, from above",
}
# Okabe and Ito's blue and vermilion, darkened until white figures on them reach a contrast of 4.5:1.
FILLS: Mapping[Group, str] = {"treated": "#00609c", "untreated": "#b04a00", "other": "#5b6570"}
# Radii as shares of the view's height: heaviest lesion, smallest legible marker, area to hit, plain dot.
LARGEST, SMALLEST, HIT, DOT = 0.042, 0.021, 0.036, 0.01


@dataclass(frozen=True)
class Site:
    """A body site in field terms, paired or midline, and its points by view, given for the left side."""

    name: str
    laterality: Literal["paired", "midline"]
    points: Mapping[str, tuple[float, float]]

    def views(self, side: str) -> tuple[str, ...]:
        """Return the views that show this site of one side ('left', 'right' or 'midline')."""
        return tuple(f"{side} {view}" if view in ("hand", "foot") else view for view in self.points)


@dataclass(frozen=True)
class Marker:
    """A lesion to be drawn: its point (fractions of the view), its mass in mg, its group, and what to say.

    `number` is written on the marker; '' draws a small dot without one. `link` makes it a link.
    """

    lesion: str
    view: str
    x: float
    y: float
    label: str
    number: str = ""
    mass: float | None = None
    group: Group = "other"
    link: str = ""


@dataclass(frozen=True)
class Outline:
    """The outline of one view: width and height of its box, and its paths as (class, path data)."""

    width: float
    height: float
    paths: tuple[tuple[str, str], ...]


@cache
def sites() -> tuple[Site, ...]:
    """Return every site of the body map in the order of its file."""
    found: dict[tuple[str, str], dict[str, tuple[float, float]]] = {}
    with (HERE / "body_sites.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            points = found.setdefault((row["site"], row["laterality"]), {})
            points[row["view"]] = (float(row["x"]), float(row["y"]))
    kinds: dict[str, Literal["paired", "midline"]] = {"paired": "paired", "midline": "midline"}
    return tuple(Site(name, kinds[kind], points) for (name, kind), points in found.items())


def locate(site: str, side: str, view: str) -> tuple[float, float]:
    """Return the point of a site on a view as fractions of the view's box, from the left and from the top.

    Raises RefusedError for an unknown site, a side the site does not have, or a view that does not show it.
    """
    known = {one.name: one for one in sites()}
    if site not in known:
        near = get_close_matches(site, known, n=3, cutoff=0.4) or list(known)[:3]
        refuse([Problem("body_site", f"The body map has no site {site!r}.", f"Near it: {'; '.join(near)}.")])
    found = known[site]
    sides = ("midline",) if found.laterality == "midline" else ("left", "right")
    if side not in sides:
        what = f"{site} is {found.laterality}, yet its side is {side!r}."
        refuse([Problem("side", what, f"Write {' or '.join(sides)}.")])
    if view not in found.views(side):
        what = f"The view {view!r} does not show {site} on side {side}."
        refuse([Problem("view", what, f"Views that do: {', '.join(found.views(side))}.")])
    x, y = found.points[view.split()[-1]]
    return (round(1 - x, 3) if side == "right" else x), y


@cache
def outline(view: str) -> Outline:
    """Return the outline of a view; RefusedError for a view that is not there."""
    if view not in VIEWS:
        refuse([Problem("view", f"The body map has no view {view!r}.", f"Its views: {', '.join(VIEWS)}.")])
    symbol = _outlines()[view.split()[-1]]
    _left, _top, width, height = (float(part) for part in symbol.get("viewBox", "").split())
    paths = tuple((p.get("class", ""), " ".join(p.get("d", "").split())) for p in symbol.iter(f"{SVG}path"))
    return Outline(width, height, paths)


@cache
def _outlines() -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring((HERE / "body_outlines.svg").read_text("utf-8"))
    return {symbol.get("id", ""): symbol for symbol in root.iter(f"{SVG}symbol")}


def draw(lesions: Sequence[Marker], view: str, largest: float | None = None) -> str:
    """Return one view as an SVG element with the lesions that lie on it.

    The area of a numbered marker is proportional to its mass, up to `largest` (mg; by default the largest
    mass among `lesions`, whatever their view, so that the views of one person compare). Treated lesions are
    blue circles, untreated ones orange squares, the others grey diamonds; each has its label as title.
    """
    form = outline(view)
    here = [marker for marker in lesions if marker.view == view]
    top = largest or max((marker.mass or 0 for marker in lesions), default=0)
    count = f"{len(here)} lesion{'' if len(here) == 1 else 's'}"
    drawn = "".join(_marker(marker, form, top) for marker in sorted(here, key=lambda m: -(m.mass or 0)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="body-map" viewBox="0 0 {form.width:g} {form.height:g}" '
        f'role="group" aria-label="{TITLES[view]}: {count}">{_paper(form, view)}{drawn}</svg>'
    )


def _paper(form: Outline, view: str) -> str:
    """Return the outline itself, mirrored for the right side, with the sides of the person named."""
    mirror = f' transform="translate({form.width:g} 0) scale(-1 1)"' if view.startswith("right") else ""
    styles = {
        "outline": 'fill="#f1ece6" stroke="#8a8178" stroke-width="1"',
        "detail": 'fill="none" stroke="#c3b8ac" stroke-width="0.9" stroke-linecap="round"',
    }
    paths = "".join(f'<path class="{name}" {styles.get(name, "")} d="{d}"/>' for name, d in form.paths)
    sides = {"front": ("R", "L"), "back": ("L", "R")}.get(view, ())
    letters = "".join(
        f'<text class="side" x="{x}" y="24" font-size="13" fill="#5b6570" text-anchor="middle">{letter}</text>'
        for x, letter in zip((form.width * 0.14, form.width * 0.86), sides, strict=False)
    )
    return f'<g aria-hidden="true"><g{mirror}>{paths}</g>{letters}</g>'


def _marker(marker: Marker, form: Outline, largest: float) -> str:
    x, y = marker.x * form.width, marker.y * form.height
    if not marker.number:
        spot = f'cx="{x:.1f}" cy="{y:.1f}" r="{form.height * DOT:.1f}"'
        return f'<circle class="dot {marker.group}" {spot} fill="{FILLS[marker.group]}" fill-opacity="0.45"/>'
    share = math.sqrt(marker.mass / largest) if marker.mass and largest else 0
    radius = form.height * max(SMALLEST, LARGEST * share)
    size = max(form.height * 0.028, radius * 0.95)
    tag, attributes = ("a", f'href="{escape(marker.link)}"') if marker.link else ("g", 'tabindex="0" role="img"')
    name = f'id="marker-{escape(marker.lesion)}" class="marker {marker.group}"'
    label = escape(marker.label)
    figure = (
        f'<text x="{x:.1f}" y="{y + size * 0.36:.1f}" font-size="{size:.1f}" font-family="sans-serif" '
        f'font-weight="600" fill="#fff" text-anchor="middle">{escape(marker.number)}</text>'
    )
    hit = f'<circle class="hit" cx="{x:.1f}" cy="{y:.1f}" r="{form.height * HIT:.1f}" fill="transparent"/>'
    # The number that is seen begins the name that is said (WCAG 2.2, success criterion 2.5.3).
    drawn = f"<title>{label}</title>{hit}{draw_shape(marker.group, x, y, radius)}{figure}"
    return f'<{tag} {name} {attributes} aria-label="{escape(marker.number)}: {label}">{drawn}</{tag}>'


def draw_shape(group: Group, x: float, y: float, radius: float) -> str:
    """Return a circle, square or diamond of the area of a circle with this radius."""
    paint = f'fill="{FILLS[group]}" stroke="#fff" stroke-width="{radius * 0.14:.1f}"'
    if group == "treated":
        return f'<circle class="shape" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {paint}/>'
    half = radius * math.sqrt(math.pi) / 2
    turn = f' transform="rotate(45 {x:.1f} {y:.1f})"' if group == "other" else ""
    box = f'x="{x - half:.1f}" y="{y - half:.1f}" width="{2 * half:.1f}" height="{2 * half:.1f}"'
    return f'<rect class="shape" {box} {paint}{turn}/>'
