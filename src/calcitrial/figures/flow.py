"""The participant flow as a picture in the manner of the CONSORT 2025 diagram, drawn as SVG.

Where people have arms there is a column for each from allocation on. Where lesions have arms the people stay one
column, and only their lesions are split (the within-person extension, Pandis 2017): a person is in both arms. Every box
has people and lesions.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from calcitrial.analysis import FlowStep
from calcitrial.protocol import Arm

WIDTH, GAP, LINE, PAD = 720.0, 20.0, 14.0, 9.0
STEM = 190.0  # the middle of the boxes of everybody
BEFORE = ("prescreened", "not_screened", "screened", "not_enrolled", "enrolled", "not_allocated")
INK, SHADE, EDGE = "#1b1f24", "#f3f5f8", "#6b7480"


@dataclass
class _Sheet:
    """Shapes in the order in which they are drawn, and how far down they reach."""

    shapes: list[str] = field(default_factory=list)
    bottom: float = 0.0

    def box(self, x: float, y: float, width: float, lines: Sequence[str], plain: bool = False) -> float:
        """Draw a box with its first line bold; return the y of its lower edge."""
        height = 2 * PAD + LINE * len(lines) - 2
        fill = "#ffffff" if plain else SHADE
        self.shapes.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="3" fill="{fill}" '
            f'stroke="{EDGE}" stroke-width="0.9"/>'
        )
        for number, line in enumerate(lines):
            weight = ' font-weight="bold"' if number == 0 else ""
            place = f'x="{x + PAD:g}" y="{y + PAD + 9.5 + LINE * number:g}"'
            self.shapes.append(f"<text {place}{weight}>{escape(line)}</text>")
        self.bottom = max(self.bottom, y + height)
        return y + height

    def arrow(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw a line with a head at its end; lines run straight down or straight to the right."""
        self.shapes.append(_line(x1, y1, x2, y2))
        head = (
            f"M{x2 - 4:g} {y2 - 6:g}L{x2:g} {y2:g}L{x2 + 4:g} {y2 - 6:g}Z"
            if x1 == x2
            else f"M{x2 - 6:g} {y2 - 4:g}L{x2:g} {y2:g}L{x2 - 6:g} {y2 + 4:g}Z"
        )
        self.shapes.append(f'<path d="{head}" fill="{EDGE}"/>')


def flow_picture(steps: Sequence[FlowStep], arms: Sequence[Arm]) -> bytes:
    """Return the flow as SVG text: everybody above, then one column per arm."""
    sheet = _Sheet()
    common = {step.kind: step for step in steps if not step.arm} if arms[0].id else {}
    common = common or {step.kind: step for step in steps if step.kind in BEFORE}
    log = common.get("prescreened")
    y = _stem(sheet, [(_told(log), [common["not_screened"]])], 4.0, first=True) if log else 4.0
    y = _stem(sheet, [([*_told(common["screened"])], [common["not_enrolled"]])], y, first=log is None)
    y = _stem(sheet, [(_told(common["enrolled"]), _some(common.get("not_allocated")))], y)
    if "allocated" in common:  # lesions have arms, so the people go on together
        visits = [step for step in steps if step.kind == "followed"]
        y = _stem(sheet, [(_told(common["allocated"]), [])], y)
        told = ["Followed", *(_visit_line(step) for step in visits), *_ending(common)]
        y = _stem(sheet, [(told, _some(common.get("discontinued")))], y)
    columns = [(arm, [step for step in steps if step.arm == arm.id and step.kind not in BEFORE]) for arm in arms]
    _columns(sheet, columns, y, split="allocated" in common)
    return _framed(sheet)


def _stem(sheet: _Sheet, boxes: Sequence[tuple[list[str], list[FlowStep]]], y: float, first: bool = False) -> float:
    """Draw boxes of everybody, each with who left beside it; return how far down they reach."""
    for lines, losses in boxes:
        top = y if first else y + GAP
        if not first:
            sheet.arrow(STEM, y, STEM, top)
        y = sheet.box(40, top, 300, [part for line in lines for part in _wrap(line, 300)])
        for loss in losses:
            side = sheet.box(390, y + GAP - 8, 320, _lines(loss, 320), plain=True)
            sheet.arrow(STEM, y + GAP + 6, 390, y + GAP + 6)
            bottom = max(side, y + 2 * GAP) - 6
            sheet.shapes.append(_line(STEM, y, STEM, bottom))
            y = bottom
    return y


def _columns(sheet: _Sheet, columns: Sequence[tuple[Arm, list[FlowStep]]], top: float, split: bool) -> None:
    alone = len(columns) == 1
    width = 300.0 if alone else (WIDTH - 10 - GAP * (len(columns) - 1)) / len(columns)
    left = 40.0 if alone else 5.0
    centres = [left + place * (width + GAP) + width / 2 for place in range(len(columns))]
    start = top
    if split:
        sheet.shapes.append(f'<text x="{STEM + 8:g}" y="{top + 19:g}">The same people; their lesions by arm</text>')
        top, start = _down(sheet, top, top + 26), top + 26
    if not alone:
        start = top + GAP / 2
        sheet.shapes.append(_line(STEM, top, STEM, start) + _line(centres[0], start, centres[-1], start))
    for centre, (arm, steps) in zip(centres, columns, strict=True):
        _column(sheet, arm, steps, centre, start, width, alone)


def _down(sheet: _Sheet, y1: float, y2: float) -> float:
    sheet.shapes.append(_line(STEM, y1, STEM, y2))
    return y2


def _column(
    sheet: _Sheet, arm: Arm, steps: list[FlowStep], centre: float, y: float, width: float, beside: bool
) -> None:
    """Draw one arm; losses stand beside its boxes when there is room, below them otherwise."""
    left = centre - width / 2
    visits = [_visit_line(step) for step in steps if step.kind == "followed"]
    found = {step.kind: step for step in steps}
    received = [f"{found['received'].label}: {_counts(found['received'])}"] if "received" in found else []
    boxes = (
        ([arm.label, *_told(found["allocated"]), *received], _some(found.get("not_received"))),
        (["Followed", *visits, *_ending(found)] if visits else [], _some(found.get("discontinued"), found.get("lost"))),
        (_told(found["analysed"]) if "analysed" in found else [], _some(found.get("not_analysed"))),
    )
    if not visits:
        boxes = (boxes[0], ([], []), boxes[2])
        boxes[0][1].extend(_some(found.get("lost")))
    hanging = 0.0  # how far down the losses beside a box reach; the next box must not stand beside them
    for lines, losses in boxes:
        if not lines:
            continue
        top = max(y, hanging) + GAP
        sheet.arrow(centre, y, centre, top)
        y = sheet.box(left, top, width, [part for line in lines for part in _wrap(line, width)])
        side, right = top, left + width
        for loss in losses:
            if beside:
                sheet.arrow(right, side + 12, right + 50, side + 12)
                hanging = sheet.box(right + 50, side, 320, _lines(loss, 320), plain=True)
                side = hanging + 8
            else:
                y = sheet.box(left + 18, y + 6, width - 18, _lines(loss, width - 18), plain=True)


def _some(*steps: FlowStep | None) -> list[FlowStep]:
    """Return the steps that somebody, or something, is in."""
    return [step for step in steps if step is not None and (step.participants or step.lesions or step.reasons)]


def _ending(found: Mapping[str, FlowStep]) -> list[str]:
    """Return who completed the study, and who is still in it when anybody is."""
    return [f"{step.label}: {_counts(step)}" for step in _some(found.get("completed"), found.get("ongoing"))]


def _counts(step: FlowStep) -> str:
    return f"participants {step.participants}, lesions {step.lesions}"


def _visit_line(step: FlowStep) -> str:
    measured = "" if step.measured is None else f" ({step.measured} on CT)"
    short = step.label.split(",")[0]
    return f"{short}: {_counts(step)}{measured}"


def _told(step: FlowStep) -> list[str]:
    return [step.label, _counts(step), *step.notes, *(str(reason) for reason in step.reasons)]


def _lines(step: FlowStep, width: float) -> list[str]:
    """Return the text of a step, wrapped to the width of its box."""
    return [part for line in _told(step) for part in _wrap(line, width)]


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="{EDGE}" stroke-width="1" fill="none"/>'


def _wrap(text: str, width: float) -> list[str]:
    # DejaVu Sans at 10.5 px is about 6.1 px wide per character on average.
    return textwrap.wrap(text, int((width - 2 * PAD) / 6.1), subsequent_indent="  ") or [""]


def _framed(sheet: _Sheet) -> bytes:
    height = sheet.bottom + 4
    body = "\n".join(sheet.shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}" height="{height:g}" '
        f'viewBox="0 0 {WIDTH:g} {height:g}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="10.5" '
        f'fill="{INK}">\n{body}\n</svg>\n'
    ).encode()
