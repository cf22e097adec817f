"""The body-map figure: how many lesions there are at each place, on our own outlines of body and hands.

Each place has its count written in a circle whose shade grows with it, so that it reads in black and white too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from calcitrial.lesions import TITLES, VIEWS, locate, outline
from calcitrial.protocol import RefusedError
from calcitrial.record import Cut

ALWAYS = ("front", "back", "left hand", "right hand")
HEIGHT, GAP, TITLE = 300.0, 14.0, 18.0
INK, EDGE = "#1b1f24", "#6b7480"
# Blues of rising darkness (ColorBrewer's order); in grey print the order stays.
SHADES = ("#deebf7", "#9ecae1", "#6baed6", "#3182bd", "#08519c")
WHITE_FROM = 3  # figures are white on the shades from here on
RADIUS = 9.5


@dataclass(frozen=True)
class Spot:
    """A place with its lesions: where it is drawn (view, x and y as fractions), and the entries behind it.

    `view` is '' when the lesions could not be placed.
    """

    site: str
    side: str
    view: str
    x: float
    y: float
    lesions: int
    participants: int
    entries: tuple[int, ...]


def spots(cut: Cut) -> tuple[Spot, ...]:
    """Return the places of the lesions of enrolled people, most lesions first; those without a place have no view."""
    enrolled = set(cut.table("enrolment")["participant"])
    places: dict[tuple[str, str, str], list[tuple[float, float, str, list[int]]]] = {}
    for row in cut.table("lesion").iter_rows(named=True):
        if row["participant"] in enrolled:
            x, y, view = _point(row)
            key = (row["body_site"] or "site redacted", row["side"] or "side redacted", view)
            places.setdefault(key, []).append((x, y, row["participant"], row["entries"]))
    found = [_spot(key, own) for key, own in places.items()]
    return tuple(sorted(found, key=lambda spot: (-spot.lesions, spot.site, spot.side, spot.view)))


def _point(row: dict[str, str | None]) -> tuple[float, float, str]:
    """Return where a lesion is drawn: as it was marked, or else where its site is; view '' when neither is known."""
    view = row["view"] or ""
    if view and row["map_x"] and row["map_y"]:
        return float(row["map_x"]), float(row["map_y"]), view
    try:
        return (*locate(row["body_site"] or "", row["side"] or "", view), view)
    except RefusedError:
        return 0.0, 0.0, ""


def _spot(key: tuple[str, str, str], own: Sequence[tuple[float, float, str, list[int]]]) -> Spot:
    x, y = sum(one[0] for one in own) / len(own), sum(one[1] for one in own) / len(own)
    entries = tuple(sorted(number for one in own for number in one[3]))
    return Spot(*key, x, y, len(own), len({one[2] for one in own}), entries)


def body_picture(found: Sequence[Spot]) -> bytes:
    """Return the views of the body with the number of lesions at each place, as SVG text."""
    views = [view for view in VIEWS if view in ALWAYS or any(spot.view == view for spot in found)]
    most = max((spot.lesions for spot in found), default=1)
    shapes, x, top = [], 4.0, TITLE
    boxes = {view: _size(view) for view in views}
    for view in views:
        width, height = boxes[view]
        shapes.append(f'<text x="{x + width / 2:.1f}" y="12" text-anchor="middle">{TITLES[view]}</text>')
        shapes.append(_drawn(view, x, top, width, height))
        here = sorted((spot for spot in found if spot.view == view), key=lambda spot: spot.lesions)
        shapes += [_circle(spot, x + spot.x * width, top + spot.y * height, most) for spot in here]
        x += width + GAP
    bottom = top + max(height for _, height in boxes.values()) + 12
    return _framed([*shapes, *_legend(most, bottom)], x, bottom + 30)


def _size(view: str) -> tuple[float, float]:
    """Return width and height of a view: bodies side by side, hands and feet as large as they can be beside them."""
    form = outline(view)
    height = HEIGHT if view in ("front", "back") else HEIGHT * 0.72
    return form.width * height / form.height, height


def _drawn(view: str, x: float, y: float, width: float, height: float) -> str:
    form = outline(view)
    scale = height / form.height
    mirror = f" translate({form.width:g} 0) scale(-1 1)" if view.startswith("right") else ""
    styles = {
        "outline": f'fill="#ffffff" stroke="{EDGE}" stroke-width="1.2"',
        "detail": 'fill="none" stroke="#b9c0c9" stroke-width="0.9"',
    }
    paths = "".join(f'<path {styles.get(name, "")} d="{d}"/>' for name, d in form.paths)
    sides = {"front": ("R", "L"), "back": ("L", "R")}.get(view, ())
    letters = "".join(
        f'<text x="{x + share * width:.1f}" y="{y + 14:g}" text-anchor="middle" fill="{EDGE}">{letter}</text>'
        for share, letter in zip((0.12, 0.88), sides, strict=False)
    )
    return f'<g transform="translate({x:.1f} {y:g}) scale({scale:.4f}){mirror}">{paths}</g>{letters}'


def _shade(count: int, most: int) -> int:
    """Return the place of the shade of a count among SHADES."""
    return min(len(SHADES) - 1, (count - 1) * len(SHADES) // most)


def _circle(spot: Spot, x: float, y: float, most: int) -> str:
    step = _shade(spot.lesions, most)
    colour = "#ffffff" if step >= WHITE_FROM else INK
    told = f"{spot.side} {spot.site}: lesions {spot.lesions}, participants {spot.participants}"
    return (
        f'<g><title>{escape(told)}</title><circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS:g}" fill="{SHADES[step]}" '
        f'stroke="{INK}" stroke-width="0.9"/><text x="{x:.1f}" y="{y + 3.4:.1f}" text-anchor="middle" '
        f'font-weight="bold" fill="{colour}">{spot.lesions}</text></g>'
    )


def _legend(most: int, y: float) -> Iterable[str]:
    """Yield the shades that occur with the counts that they stand for."""
    yield f'<text x="8" y="{y + 12:.1f}">Lesions at a place:</text>'
    x = 118.0
    for step, shade in enumerate(SHADES):
        counts = [count for count in range(1, most + 1) if _shade(count, most) == step]
        if counts:
            words = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
            box = f'x="{x:g}" y="{y + 1:.1f}" width="22" height="14"'
            yield f'<rect {box} fill="{shade}" stroke="{INK}" stroke-width="0.7"/>'
            yield f'<text x="{x + 27:g}" y="{y + 12:.1f}">{words}</text>'
            x += 40 + 6.5 * len(words)


def _framed(shapes: Sequence[str], width: float, height: float) -> bytes:
    body = "\n".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="10" '
        f'fill="{INK}">\n{body}\n</svg>\n'
    ).encode()
