"""The forest plot of shares as SVG without styles or scripts, so that any page may hold it."""

from html import escape

from calcitrial.synthesis.shares import Synthesis

WIDTH, LEFT, RIGHT, ROW, HEAD = 720, 270, 500, 24, 34
INK, FAINT = "#1b1f24", "#6b7480"


def forest_picture(found: Synthesis) -> str:
    """Return the plot as SVG text: each count with its exact interval, filled where it may be pooled; '' for none.

    A pooled share is a diamond. The words of every number stand beside it, so nothing is told by the picture alone.
    """
    if not found.lines:
        return ""
    rows = [
        _row(place, (one.study.id, f"{one.events} of {one.denominator}"), (one.share, one.low, one.high), one.ready)
        for place, one in enumerate(found.lines)
    ]
    for place, pool in enumerate(found.pools, len(rows)):
        numbers = (pool.pooled.estimate, pool.pooled.low, pool.pooled.high)
        rows.append(_diamond(place, f"Pooled: {pool.counted}"[:44], numbers))
    height = HEAD + ROW * len(rows) + 34
    title = escape(f"{found.claim.route}, {found.claim.outcome}: share of people with its 95 % interval")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" font-family="sans-serif" font-size="13" fill="{INK}"><title>{title}</title>'
        f'<text x="6" y="20" font-weight="bold">Report</text><text x="160" y="20" font-weight="bold">People</text>'
        f'<text x="512" y="20" font-weight="bold">Share (95 % interval)</text>{"".join(rows)}{_axis(height - 28)}</svg>'
    )


def _x(share: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * share, 1)


def _row(place: int, told: tuple[str, str], numbers: tuple[float, float, float], filled: bool) -> str:
    y = HEAD + ROW * place + 8
    (name, people), (share, low, high) = told, numbers
    fill = INK if filled else "#ffffff"
    return (
        f'<text x="6" y="{y + 4}">{escape(name)}</text><text x="160" y="{y + 4}">{people}</text>'
        f'<path d="M{_x(low)} {y}H{_x(high)}" stroke="{INK}" stroke-width="1.4"/>'
        f'<rect x="{_x(share) - 4:g}" y="{y - 4}" width="8" height="8" fill="{fill}" stroke="{INK}"/>'
        f"{_words(y, numbers)}"
    )


def _diamond(place: int, name: str, numbers: tuple[float, float, float]) -> str:
    y = HEAD + ROW * place + 8
    share, low, high = (_x(one) for one in numbers)
    return (
        f'<text x="6" y="{y + 4}" font-weight="bold">{escape(name)}</text>'
        f'<path d="M{low} {y}L{share} {y - 7}L{high} {y}L{share} {y + 7}Z" fill="{INK}"/>{_words(y, numbers)}'
    )


def _words(y: int, numbers: tuple[float, float, float]) -> str:
    share, low, high = (f"{100 * one:.0f}" for one in numbers)
    return f'<text x="512" y="{y + 4}">{share} % ({low} to {high} %)</text>'


def _axis(y: int) -> str:
    marks = "".join(
        f'<path d="M{_x(share)} {y}v5" stroke="{FAINT}"/>'
        f'<text x="{_x(share)}" y="{y + 19}" text-anchor="middle" fill="{FAINT}">{100 * share:.0f} %</text>'
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    return f'<path d="M{LEFT} {y}H{RIGHT}" stroke="{FAINT}"/>{marks}'
