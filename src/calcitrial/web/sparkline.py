"""A small line of mass over time for one lesion, drawn as SVG, with the uncertainty of each point."""

from collections.abc import Sequence
from html import escape

from calcitrial.web.lesion_rows import Mass
from calcitrial.web.saying import colon, number, spoken

WIDTH, HEIGHT, EDGE = 220, 92, 10
FLOOR = HEIGHT - 16


def sparkline(masses: Sequence[Mass], last_day: int, group: str) -> str:
    """Return an SVG element: mass (mg) from zero to its largest over the days from baseline to `last_day`.

    Bars are 1.96 standard uncertainties to each side; the dashed line is the first mass. '' without masses.
    """
    if not masses:
        return ""
    top = max(point.mass + _reach(point) for point in masses) or 1
    first_day = min(0, masses[0].day)
    span = max(last_day, masses[-1].day) - first_day or 1

    def across(day: int) -> float:
        return EDGE + (WIDTH - 2 * EDGE) * (day - first_day) / span

    def up(mass: float) -> float:
        return FLOOR - (FLOOR - EDGE) * max(mass, 0) / top

    points = [(across(point.day), up(point.mass)) for point in masses]
    said = ", ".join(f"{point.visit} {number(f'{point.mass:g}')} mg" for point in masses)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    bars = "".join(
        f'<path class="bar" d="M{x:.1f} {up(p.mass + _reach(p)):.1f}V{up(p.mass - _reach(p)):.1f}"/>'
        for p, (x, _y) in zip(masses, points, strict=True)
        if p.se
    )
    dots = "".join(_dot(point, x, y) for point, (x, y) in zip(masses, points, strict=True))
    first = f'<path class="first" d="M{EDGE} {points[0][1]:.1f}H{WIDTH - EDGE}"/>'
    floor = f'<path class="floor" d="M{EDGE} {FLOOR}H{WIDTH - EDGE}"/>'
    return (
        f'<svg class="sparkline {escape(group)}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(spoken("Mass"))}{colon()} {escape(said)}">'
        f'{floor}{first}{bars}<polyline points="{line}"/>{dots}</svg>'
    )


def _reach(point: Mass) -> float:
    return 1.96 * (point.se or 0)


def _dot(point: Mass, x: float, y: float) -> str:
    doubt = f" ± {point.se:g} (standard uncertainty)" if point.se else ""
    title = f"{point.visit}, day {point.day}: {point.mass:g} mg{doubt}"
    text = f'<text x="{x:.1f}" y="{HEIGHT - 3}" text-anchor="middle">{escape(point.visit)}</text>'
    return f'<g><title>{escape(title)}</title><circle cx="{x:.1f}" cy="{y:.1f}" r="3.4"/>{text}</g>'
