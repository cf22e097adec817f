"""The events of a study as a picture: when after the injection they began, and how severe they were."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from calcitrial.safety_desk.event_view import EventView

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 260, 70, 20, 18, 44
GRADES = 5


def picture(views: Sequence[EventView]) -> str:
    """Return an SVG of the events with a known day since the injection; '' when there is none.

    One mark per day and grade, larger the more events it stands for; the table beside it says the same in words.
    """
    placed = [one for one in views if one.days is not None and one.days >= 0 and one.grade]
    if not placed:
        return ""
    last = max(7, *(one.days or 0 for one in placed))
    groups = Counter((one.days or 0, one.grade or 0, bool(one.special), one.serious) for one in placed)
    marks = "".join(_mark(key, number, last) for key, number in sorted(groups.items()))
    rows = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(grade):.1f}" y2="{_y(grade):.1f}"/>'
        f'<text x="{LEFT - 10}" y="{_y(grade) + 4:.1f}" text-anchor="end">Grade {grade}</text>'
        for grade in range(1, GRADES + 1)
    )
    step = max(1, round(last / 6))
    days = "".join(
        f'<text x="{_x(day, last):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{day}</text>'
        for day in range(0, last + 1, step)
    )
    middle = (LEFT + WIDTH - RIGHT) / 2
    label = f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">days since the injection</text>'
    title = f"{len(placed)} events by days since the injection and grade; the table below lists them"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{rows}{days}{label}{marks}</svg>'
    )


def _mark(key: tuple[int, int, bool, bool], number: int, last: int) -> str:
    day, grade, special, serious = key
    kinds = " ".join(["dot-event", *(["special"] if special else []), *(["serious"] if serious else [])])
    x, y, size = _x(day, last), _y(grade), 5 + 3 * number**0.5
    more = f"{', special interest' if special else ''}{', serious' if serious else ''}"
    title = f"<title>day {day}, grade {grade}: {number}{more}</title>"
    if special:  # a square, so that shape says what colour says
        side = f'width="{2 * size:.1f}" height="{2 * size:.1f}"'
        return f'<rect class="{kinds}" x="{x - size:.1f}" y="{y - size:.1f}" {side}>{title}</rect>'
    return f'<circle class="{kinds}" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}">{title}</circle>'


def _x(day: int, last: int) -> float:
    return LEFT + 14 + (WIDTH - LEFT - RIGHT - 28) * day / last


def _y(grade: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (grade - 0.5) / GRADES
