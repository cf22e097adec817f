"""From a point on the body map to the named body site there, and small pictures of where a lesion lies."""

import math
from functools import cache
from typing import NamedTuple

from calcitrial.lesions.body_map import VIEWS, Group, draw_shape, locate, outline, sites


class Spot(NamedTuple):
    """A body site of one side at its point on one view (fractions of the view's box)."""

    site: str
    side: str
    view: str
    x: float
    y: float


@cache
def spots() -> tuple[Spot, ...]:
    """Return every site of every side at its point on every view that shows it."""
    return tuple(
        Spot(site.name, side, view, *locate(site.name, side, view))
        for site in sites()
        for side in (("midline",) if site.laterality == "midline" else ("left", "right"))
        for view in site.views(side)
    )


def nearest(view: str, x: float, y: float) -> Spot:
    """Return the named site nearest to a point of a view, as the eye measures it; RefusedError for an unknown view."""
    form = outline(view)
    here = [spot for spot in spots() if spot.view == view]
    return min(here, key=lambda spot: math.hypot((spot.x - x) * form.width, (spot.y - y) * form.height))


def shapes() -> str:
    """Return the outlines of the body map once, hidden, for the small pictures of a page to point to."""
    drawn = []
    for view in VIEWS:
        if not view.startswith("right"):
            form = outline(view)
            path = next(d for name, d in form.paths if name == "outline")
            name = f"shape-{view.split()[-1]}"
            drawn.append(
                f'<symbol id="{name}" viewBox="0 0 {form.width:g} {form.height:g}"><path d="{path}"/></symbol>'
            )
    body = "".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="shapes" width="0" height="0" aria-hidden="true">{body}</svg>'
    )


def thumbnail(view: str, x: float, y: float, group: Group = "other") -> str:
    """Return a small picture of one point on a view; the page must hold `shapes()`. It says nothing to the ear."""
    form = outline(view)
    mirror = f' transform="translate({form.width:g} 0) scale(-1 1)"' if view.startswith("right") else ""
    size = f'width="{form.width:g}" height="{form.height:g}"'
    mark = draw_shape(group, x * form.width, y * form.height, form.height * 0.055)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="thumb" viewBox="0 0 {form.width:g} {form.height:g}" '
        f'aria-hidden="true"><g{mirror}><use href="#shape-{view.split()[-1]}" {size}/></g>{mark}</svg>'
    )
