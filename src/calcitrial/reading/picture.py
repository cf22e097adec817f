"""A Bland-Altman picture of two readers on the scale of ratios, as SVG."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from calcitrial.reading.agreement import Agreement, Pair
from calcitrial.reading.limits import Limits

WIDE, HIGH, LEFT, TOP, RIGHT, BOTTOM = 640, 420, 70, 40, 20, 60
TICKS = (1, 2, 5)


def bland_altman_svg(found: Agreement, pair: Pair) -> str:
    """Return a Bland-Altman picture: ratio of two readers over the geometric mean, both on logarithmic axes.

    Bands are the 95 % intervals of bias and limits (exact). A pair without limits gives a picture that says so.
    """
    title = f"{pair.readers[0]} over {pair.readers[1]}: {found.quantity}"
    body = [f'<text x="{LEFT}" y="24" font-size="15">{escape(title)}</text>']
    if pair.limits is None:
        body.append(f'<text x="{LEFT}" y="{HIGH // 2}">Fewer than three lesions were measured by both.</text>')
    else:
        body += _drawn(found, pair, pair.limits)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" font-family="sans-serif"'
        f' font-size="12"><title>{escape(title)}</title><rect width="{WIDE}" height="{HIGH}" fill="white"/>'
        + "".join(body)
        + "</svg>\n"
    )


def _drawn(found: Agreement, pair: Pair, limits: Limits) -> Iterator[str]:
    across = _axis(min(pair.means), max(pair.means), LEFT, WIDE - RIGHT)
    ends = (*pair.differences, limits.lower_exact.low, limits.upper_exact.high, 0.0)
    up = _axis(min(ends), max(ends), HIGH - BOTTOM, TOP)
    for band in (limits.lower_exact, limits.upper_exact, limits.bias):
        top, high = up.at(band.high), up.at(band.low) - up.at(band.high)
        yield f'<rect x="{LEFT}" y="{top:.1f}" width="{WIDE - LEFT - RIGHT}" height="{high:.1f}" fill="#dde6f0"/>'
        y = up.at(band.value)
        yield f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#1f4e79"/>'
        yield f'<text x="{WIDE - RIGHT}" y="{y - 3:.1f}" text-anchor="end">{math.exp(band.value):.2f}</text>'
    even = up.at(0.0)
    dashed = 'stroke="#555" stroke-dasharray="4 3"'
    yield f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{even:.1f}" y2="{even:.1f}" {dashed}/>'
    yield f'<text x="{LEFT - 6}" y="{even + 4:.1f}" text-anchor="end">1</text>'
    for mean, difference in zip(pair.means, pair.differences, strict=True):
        yield f'<circle cx="{across.at(mean):.1f}" cy="{up.at(difference):.1f}" r="3" fill="#b3541e"/>'
    for size in across.ticks():
        x = across.at(math.log(size))
        yield f'<text x="{x:.1f}" y="{HIGH - BOTTOM + 18}" text-anchor="middle">{size:g}</text>'
    unit = f" ({found.unit})" if found.unit else ""
    yield f'<text x="{(LEFT + WIDE) // 2}" y="{HIGH - 16}" text-anchor="middle">geometric mean{escape(unit)}</text>'
    yield f'<text x="18" y="{HIGH // 2}" text-anchor="middle" transform="rotate(-90 18 {HIGH // 2})">ratio</text>'


@dataclass(frozen=True)
class _Axis:
    """A linear map from log values to picture coordinates."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Return round sizes (1, 2, 5 times powers of ten) inside the axis; its ends when there is none."""
        decades = range(math.floor(self.low / math.log(10)), math.ceil(self.high / math.log(10)) + 1)
        found = [step * 10.0**decade for decade in decades for step in TICKS]
        inside = [size for size in found if self.low <= math.log(size) <= self.high]
        return inside or [math.exp(self.low), math.exp(self.high)]


def _axis(low: float, high: float, start: float, end: float) -> _Axis:
    """Return an axis with a margin on both sides."""
    margin = 0.06 * (high - low) or 0.1
    return _Axis(low - margin, high + margin, start, end)
