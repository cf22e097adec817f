"""The swimmer figure: one lane per participant with follow-up, injections, events by grade, and how it ended.

Marks differ in shape and in black and white, and grades are written as figures, so that nothing hangs on colour.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from calcitrial.analysis import Event, SafetyAnalysis, groups_of
from calcitrial.record import Cut
from calcitrial.safety import exposure, visit_days

WIDTH, LEFT, RIGHT, TOP, LANE, AXIS = 720.0, 92.0, 26.0, 6.0, 19.0, 58.0
INK, EDGE, FAINT, TREATED = "#1b1f24", "#6b7480", "#d4d9e0", "#c3d4e6"
PAGE = 40  # lanes that stay legible on a page
MOST = 240  # beyond, only participants with an event or an early end are drawn
STEPS = (7, 14, 28, 56, 84, 182, 364, 728, 1456)
TOUCHING = 11.0  # marks nearer than this, in px, are drawn as one
SEVERE = 3
Place = Callable[[float], float]


@dataclass(frozen=True)
class Lane:
    """One participant: days are counted from enrolment; `end` is when the study ended for the person, with `reason`.

    `followed` is the day of the last visit. `reason` is '' while the person is in the study.
    """

    participant: str
    arm: str
    treated: bool
    followed: int
    injections: tuple[int, ...]
    events: tuple[tuple[int, Event], ...]
    end: int | None
    reason: str
    died: bool


@dataclass(frozen=True)
class Swimmer:
    """Lanes in the order in which they are drawn, and what is in no lane, as sentences."""

    lanes: tuple[Lane, ...]
    notes: tuple[str, ...]


def swimmer(cut: Cut, found: SafetyAnalysis) -> Swimmer:
    """Return the lanes of the enrolled: by arm, the longest followed first."""
    known, visits = exposure(cut), visit_days(cut)
    starts = {p: day for p, day in cut.table("enrolment").select("participant", "enrolment_date").iter_rows() if day}
    arms = [group for group in groups_of(cut) if group.kind == "arm" and not known.by_lesion]
    treated = {arm.id for arm in cut.protocol.arms if arm.treated} or {""}
    everybody = sorted(cut.table("enrolment")["participant"])
    ends = _ends(cut)
    lanes = []
    for person in [one for one in everybody if one in starts]:
        start = date.fromisoformat(starts[person])
        group = next((arm for arm in arms if person in arm.participants), None)
        seen = [(day - start).days for (who, _), day in visits.items() if who == person]
        given = {(i.day - start).days for i in known.injections if i.participant == person and i.day}
        own = [event for event in found.events if event.participant == person]
        ended, reason = ends.get(person, ("", ""))
        lanes.append(
            Lane(
                person,
                group.label if group else "",
                group is None or group.id in treated,
                max(seen, default=0),
                tuple(sorted(given)),
                tuple((event.day, event) for event in own if event.day is not None),
                (date.fromisoformat(ended) - start).days if ended else None,
                reason,
                any(event.outcome == "fatal" or event.grade == 5 for event in own),
            )
        )
    order = {arm.label: place for place, arm in enumerate(arms)}
    lanes.sort(key=lambda lane: (order.get(lane.arm, len(order)), -lane.followed, lane.participant))
    return Swimmer(tuple(lanes), tuple(_notes(found, everybody, starts)))


def _ends(cut: Cut) -> dict[str, tuple[str, str]]:
    if cut.protocol.form("end_of_study") is None:
        return {}
    rows = cut.table("end_of_study").select("participant", "end_date", "end_reason").iter_rows()
    return {person: (day or "", reason or "reason redacted") for person, day, reason in rows}


def _notes(found: SafetyAnalysis, everybody: Sequence[str], starts: dict[str, str]) -> Iterable[str]:
    undrawn = [person for person in everybody if person not in starts]
    if undrawn:
        yield f"Without a date of enrolment, so without a lane: {', '.join(undrawn)}."
    undated = [event for event in found.events if event.enrolled and event.onset is None]
    if undated:
        names = ", ".join(f"{event.participant} {event.term}" for event in undated)
        yield f"Events without a date, in no lane: {len(undated)} ({names})."


def shown(lanes: Sequence[Lane]) -> tuple[list[Lane], str]:
    """Return the lanes to be drawn and a sentence on those that are not ('' when all are)."""
    if len(lanes) <= MOST:
        return list(lanes), ""
    told = [lane for lane in lanes if lane.events or lane.reason not in ("", "completed")][:MOST]
    return told, (
        f"Of {len(lanes)} participants the {len(told)} are drawn who had an event or left early (at most {MOST})."
    )


def pages(lanes: Sequence[Lane]) -> list[tuple[Lane, ...]]:
    """Return lanes in pages of at most PAGE, as even as they can be."""
    number = -(-len(lanes) // PAGE)
    size = -(-len(lanes) // number) if number else 0
    return [tuple(lanes[start : start + size]) for start in range(0, len(lanes), size)] if size else []


def swimmer_picture(lanes: Sequence[Lane], first: int, last: int) -> bytes:
    """Return lanes as SVG text, on an axis from `first` to `last` day, the same on every page."""
    first, last = min(first, 0), max(last, 7)
    scale = (WIDTH - LEFT - RIGHT) / (last - first)

    def at(day: float) -> float:
        return LEFT + (day - first) * scale

    shapes: list[str] = []
    y, arm = TOP, None
    for lane in lanes:
        if lane.arm != arm and lane.arm:
            shapes.append(f'<text x="4" y="{y + 12:g}" font-weight="bold">{escape(lane.arm)}</text>')
            y += LANE
        arm = lane.arm
        middle = y + LANE / 2
        shapes.append(
            f'<text x="{LEFT - 8:g}" y="{middle + 3.5:g}" text-anchor="end">{escape(lane.participant)}</text>'
        )
        shapes += _lane(lane, middle, at)
        y += LANE
    grid = _axis(first, last, y, at)
    return _framed([*grid, *shapes, *_legend(y + 42, any(not lane.treated for lane in lanes))], y + AXIS + 10)


def _lane(lane: Lane, y: float, at: Place) -> Iterable[str]:
    fill = TREATED if lane.treated else "url(#hatch)"
    stop = at(lane.followed)
    yield (
        f'<rect x="{at(0):.1f}" y="{y - 3.5:g}" width="{max(stop - at(0), 1):.1f}" height="7" fill="{fill}" '
        f'stroke="{EDGE}" stroke-width="0.6"/>'
    )
    if lane.end is not None and lane.end > lane.followed:
        yield f'<path d="M{stop:.1f} {y:g}H{at(lane.end):.1f}" stroke="{EDGE}" stroke-dasharray="2 2" fill="none"/>'
    yield from (_triangle(at(day), y) for day in lane.injections)
    yield _ending(lane, at(lane.followed if lane.end is None else max(lane.end, lane.followed)), y)
    yield from _events(lane, y, at)


def _triangle(x: float, y: float) -> str:
    return f'<path d="M{x - 3:.1f} {y - 10:g}h6l-3 5Z" fill="{INK}"/>'


def _ending(lane: Lane, x: float, y: float) -> str:
    stroke = f'stroke="{INK}" stroke-width="2" fill="none"'
    if lane.died:
        return f'<path d="M{x + 5:.1f} {y - 7:g}v14M{x + 1:.1f} {y - 3:g}h8" {stroke}/>'
    if lane.reason == "completed":
        return f'<path d="M{x + 1:.1f} {y - 5.5:g}v11" {stroke}/>'
    if lane.reason:
        return f'<path d="M{x + 1.5:.1f} {y - 4:g}l8 8m0 -8l-8 8" {stroke}/>'
    return f'<path d="M{x:.1f} {y - 4:g}l6 4l-6 4" stroke="{INK}" stroke-width="1.2" fill="none"/>'


def _events(lane: Lane, y: float, at: Place) -> Iterable[str]:
    """Yield the marks of events; those that would touch become the worst of them with their number beside it."""
    groups: list[list[tuple[float, Event]]] = []
    for x, event in sorted(((at(day), event) for day, event in lane.events), key=lambda one: one[0]):
        if groups and x - groups[-1][0][0] < TOUCHING:
            groups[-1].append((x, event))
        else:
            groups.append([(x, event)])
    for group in groups:
        worst = max((event for _, event in group), key=lambda event: (event.grade or 0, bool(event.serious)))
        yield _mark(group[0][0], y + 2, worst.grade, any(event.serious for _, event in group))
        if len(group) > 1:
            yield f'<text x="{group[0][0] + 6:.1f}" y="{y - 3:g}" font-size="7">×{len(group)}</text>'


def _mark(x: float, y: float, grade: int | None, serious: bool) -> str:
    dark = (grade or 0) >= SEVERE
    paint = f'fill="{INK if dark else "#ffffff"}" stroke="{INK}" stroke-width="1.1"'
    shape = (
        f'<rect x="{x - 5:.1f}" y="{y - 5:g}" width="10" height="10" {paint}/>'
        if serious
        else f'<circle cx="{x:.1f}" cy="{y:g}" r="5.2" {paint}/>'
    )
    colour = "#ffffff" if dark else INK
    text = "?" if grade is None else str(grade)
    return (
        f'{shape}<text x="{x:.1f}" y="{y + 2.9:g}" font-size="8" font-weight="bold" text-anchor="middle" '
        f'fill="{colour}">{text}</text>'
    )


def _axis(first: int, last: int, y: float, at: Place) -> Iterable[str]:
    step = next((step for step in STEPS if (last - first) / step <= 10), STEPS[-1])
    for day in range(-(-first // step) * step, last + 1, step):
        x = at(day)
        yield f'<path d="M{x:.1f} {TOP:g}V{y + 4:g}" stroke="{FAINT}" stroke-width="0.6" fill="none"/>'
        yield f'<text x="{x:.1f}" y="{y + 15:g}" text-anchor="middle">{day}</text>'
    yield f'<path d="M{at(first):.1f} {y + 4:g}H{at(last):.1f}" stroke="{INK}" stroke-width="0.8" fill="none"/>'
    yield f'<text x="{(at(first) + at(last)) / 2:.1f}" y="{y + 28:g}" text-anchor="middle">Days since enrolment</text>'


def _legend(y: float, untreated: bool) -> Iterable[str]:
    """Yield what each mark means, in two lines."""
    lane = Lane("", "", True, 0, (), (), None, "", False)
    died, done, left = (
        Lane("", "", True, 0, (), (), None, r, d) for r, d in (("x", True), ("completed", False), ("x", False))
    )
    bars = [(_bar(TREATED), "followed")] + ([(_bar("url(#hatch)"), "followed, untreated arm")] if untreated else [])
    rows = (
        [*bars, (_triangle(8, 7), "injections"), (_mark(6, 0, 2, False), "event, its grade (dark: 3 or more)"),
         (_mark(6, 0, 2, True), "serious")],
        [(_ending(done, 6, 0), "completed"), (_ending(left, 2, 0), "left early"), (_ending(died, 1, 0), "died"),
         (_ending(lane, 2, 0), "still in the study"),
         ('<path d="M0 0H14" stroke="#6b7480" stroke-dasharray="2 2" fill="none"/>', "last visit to end of study")],
    )  # fmt: skip
    for number, row in enumerate(rows):
        x = 8.0
        for mark, text in row:
            yield f'<g transform="translate({x:g} {y + 18 * number:g})">{mark}<text x="18" y="3.5">{text}</text></g>'
            x += 34 + 6.0 * len(text)


def _bar(fill: str) -> str:
    return f'<rect x="0" y="-3.5" width="14" height="7" fill="{fill}" stroke="{EDGE}" stroke-width="0.6"/>'


def _framed(shapes: Sequence[str], height: float) -> bytes:
    body = "\n".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}" height="{height:g}" '
        f'viewBox="0 0 {WIDTH:g} {height:g}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="9.5" '
        f'fill="{INK}">\n<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="5" height="5" fill="#ffffff"/>'
        f'<path d="M0 0V5" stroke="{EDGE}" stroke-width="1.6"/></pattern></defs>\n{body}\n</svg>\n'
    ).encode()
