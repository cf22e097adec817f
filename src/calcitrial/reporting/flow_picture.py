"""The participant flow as a picture in the manner of the CONSORT 2010 diagram, drawn as SVG."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from calcitrial.analysis import FlowStep
from calcitrial.protocol import Arm

WIDTH, GAP, LINE, PAD = 720.0, 20.0, 14.0, 9.0
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
        self.shapes.append(f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="{EDGE}" stroke-width="1" fill="none"/>')
        head = (
            f"M{x2 - 4:g} {y2 - 6:g}L{x2:g} {y2:g}L{x2 + 4:g} {y2 - 6:g}Z"
            if x1 == x2
            else f"M{x2 - 6:g} {y2 - 4:g}L{x2:g} {y2:g}L{x2 - 6:g} {y2 + 4:g}Z"
        )
        self.shapes.append(f'<path d="{head}" fill="{EDGE}"/>')


def flow_picture(steps: Sequence[FlowStep], arms: Sequence[Arm]) -> bytes:
    """Return the flow as SVG text: screened and enrolled above, then one column per arm."""
    sheet = _Sheet()
    before = [step for step in steps if step.kind in ("screened", "not_enrolled", "enrolled")]
    screened, outside, enrolled = before
    y = sheet.box(40, 4, 300, _lines(screened, 300))
    side = sheet.box(390, y + GAP - 8, 320, _lines(outside, 320), plain=True)
    sheet.arrow(190, y + GAP + 6, 390, y + GAP + 6)
    top = max(side, y + 2 * GAP) + GAP - 6
    sheet.arrow(190, y, 190, top)
    y = sheet.box(40, top, 300, _lines(enrolled, 300))
    _columns(sheet, [(arm, [s for s in steps if s not in before and s.arm == arm.id]) for arm in arms], y)
    return _framed(sheet)


def _columns(sheet: _Sheet, columns: Sequence[tuple[Arm, list[FlowStep]]], top: float) -> None:
    width = (WIDTH - 10 - GAP * (len(columns) - 1)) / len(columns) if len(columns) > 1 else 300.0
    left = 5.0 if len(columns) > 1 else 40.0
    centres = [left + place * (width + GAP) + width / 2 for place in range(len(columns))]
    start = top
    if len(columns) > 1:
        start = top + GAP / 2
        sheet.shapes.append(
            f'<path d="M190 {top:g}V{start:g}M{centres[0]:g} {start:g}H{centres[-1]:g}" '
            f'stroke="{EDGE}" stroke-width="1" fill="none"/>'
        )
    for centre, (arm, steps) in zip(centres, columns, strict=True):
        _column(sheet, arm, steps, centre, start, width, len(columns) == 1)


def _column(
    sheet: _Sheet, arm: Arm, steps: list[FlowStep], centre: float, y: float, width: float, beside: bool
) -> None:
    """Draw one arm; losses stand beside its boxes when there is room, below them otherwise."""
    left = centre - width / 2
    visits = [step for step in steps if step.kind == "followed"]
    found = {step.kind: step for step in steps}
    boxes = [
        ([arm.label, *_lines(found["allocated"], width)], None),
        (["Followed", *(_visit_line(step) for step in visits)] if visits else [], found.get("discontinued")),
        (_lines(found["analysed"], width) if "analysed" in found else [], found.get("not_analysed")),
    ]
    for lines, loss in boxes:
        if not lines:
            continue
        wrapped = [part for line in lines for part in _wrap(line, width)]
        top = y + GAP
        sheet.arrow(centre, y, centre, top)
        y = sheet.box(left, top, width, wrapped)
        if loss is not None and (loss.participants or loss.reasons):
            if beside:
                sheet.box(left + width + 50, top, 320, _lines(loss, 320), plain=True)
                sheet.arrow(left + width, top + 12, left + width + 50, top + 12)
            else:
                y = sheet.box(left + 18, y + 6, width - 18, _lines(loss, width - 18), plain=True)


def _counts(step: FlowStep) -> str:
    return f"participants {step.participants}, lesions {step.lesions}"


def _visit_line(step: FlowStep) -> str:
    measured = "" if step.measured is None else f" ({step.measured} on CT)"
    short = step.label.split(",")[0]
    return f"{short}: {_counts(step)}{measured}"


def _lines(step: FlowStep, width: float) -> list[str]:
    """Return the text of a step, wrapped to the width of its box."""
    told = [step.label, _counts(step), *(str(reason) for reason in step.reasons)]
    return [part for line in told for part in _wrap(line, width)]


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
