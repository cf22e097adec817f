"""A funnel: the value of each site over its size, between the limits that chance alone would leave."""

from html import escape

from scipy import stats

from calcitrial.data_desk.monitoring import LOOK, OUT, Measure

WIDTH, HEIGHT, LEFT, BELOW, STEPS = 420, 230, 48, 34, 48


def funnel(measure: Measure) -> str:
    """Return an SVG element: sites as dots, the figure of all sites as a line, 95 % and 99.8 % limits as dashes.

    '' where no site has anything to compare.
    """
    known = [one for one in measure.figures if one.of]
    if not known:
        return ""
    widest = max(one.of for one in known) * 1.08
    scale = 100 if measure.share else 1
    top = max([measure.overall, *(one.value for one in known)]) * scale * 1.25 or 1
    curves = {level: _limits(measure, level, widest) for level in (LOOK, OUT)}

    def across(of: float) -> float:
        return LEFT + (WIDTH - LEFT - 12) * of / widest

    def up(value: float) -> float:
        return HEIGHT - BELOW - (HEIGHT - BELOW - 10) * min(max(value, 0), top) / top

    lines = "".join(
        f'<polyline class="limit" points="{" ".join(f"{across(x):.1f},{up(y * scale):.1f}" for x, y in points)}"/>'
        for pair in curves.values()
        for points in pair
    )
    dots = "".join(
        f"<g><title>{escape(one.site or 'no site')}: {one.value * scale:.3g} {measure.unit}</title>"
        f'<circle class="dot-{"out" if one.judged else "in"}" cx="{across(one.of):.1f}" '
        f'cy="{up(one.value * scale):.1f}" r="{5 if one.judged else 4}"/></g>'
        for one in known
    )
    mean = up(measure.overall * scale)
    axes = (
        f'<path class="axis" d="M{LEFT} 10V{HEIGHT - BELOW}H{WIDTH - 12}"/>'
        f'<path class="mean" d="M{LEFT} {mean:.1f}H{WIDTH - 12}"/>'
        f'<text x="{LEFT - 6}" y="{up(top) + 8:.1f}" text-anchor="end">{top:.3g}</text>'
        f'<text x="{LEFT - 6}" y="{HEIGHT - BELOW}" text-anchor="end">0</text>'
        f'<text x="{WIDTH - 12}" y="{HEIGHT - BELOW + 14}" text-anchor="end">{widest / 1.08:.3g}</text>'
        f'<text class="quiet" x="{LEFT}" y="{HEIGHT - 6}">{escape(measure.about)} ({escape(measure.unit)})</text>'
    )
    said = escape(f"{measure.label}, {len(known)} sites; the table beside holds the numbers")
    size = f"0 0 {WIDTH} {HEIGHT}"
    return f'<svg class="chart" viewBox="{size}" role="img" aria-label="{said}">{axes}{lines}{dots}</svg>'


def _limits(
    measure: Measure, level: float, widest: float
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return the lower and the upper limit of a figure over the size of a site, exact in each point."""
    low, high = [], []
    base = measure.overall / measure.per
    for step in range(1, STEPS + 1):
        size = widest * step / STEPS
        if measure.share:
            n = max(round(size), 1)
            pair = stats.binom.interval(1 - level, n, measure.overall)
            size = float(n)
        else:
            pair = stats.poisson.interval(1 - level, base * size)
        low.append((size, measure.per * float(pair[0]) / size))
        high.append((size, measure.per * float(pair[1]) / size))
    return low, high
