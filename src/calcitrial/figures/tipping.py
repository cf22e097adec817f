"""When does the conclusion tip? One cell per pair of shifts, or one interval per shift where one arm has gaps.

Tipped points differ from the others by mark and hatching as well as by colour, so the picture can be printed in black.
"""

import math

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from calcitrial.analysis import MissingData
from calcitrial.figures.lesions import INK, PALETTE, STYLE, svg

HOLDS, TIPS = PALETTE[4], PALETTE[1]


def tipping_figure(missing: MissingData, ratio: bool) -> bytes:
    """Return an SVG of the tipping surface: what the answer becomes when missing values are shifted.

    Args:
        missing: with a surface over one or two arms.
        ratio: the values are logarithms, so that shifts and answers are shown as ratios.

    Returns:
        The picture; the axes are the shifts of each arm, the marks say where the conclusion no longer holds.
    """
    surface = missing.tipping
    if surface is None:
        raise ValueError(f"There is no surface to draw. {missing.told}")
    arms = list(surface.points[0].deltas)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.2, 3.9) if len(arms) > 1 else (7.2, 3.2), layout="constrained")
        axes = figure.subplots()
        if len(arms) > 1:
            _cells(axes, missing, arms, ratio)
        else:
            _intervals(axes, missing, arms[0], ratio)
        if concludes(missing):
            _legend(figure, len(arms) > 1)
        return svg(figure)


def concludes(missing: MissingData) -> bool:
    """Tell whether there is a conclusion that could tip: without shifts the answer is significant."""
    surface = missing.tipping
    start = [p for p in surface.points if not any(p.deltas.values())] if surface else []
    return surface is not None and bool(start) and start[0].pooled.p < surface.alpha


def _shift(value: float, ratio: bool) -> str:
    return f"× {math.exp(value):.2g}" if ratio else f"{value:+.2g}"


def _cells(axes: Axes, missing: MissingData, arms: list[str], ratio: bool) -> None:
    surface = missing.tipping
    assert surface is not None
    steps = [sorted({point.deltas[arm] for point in surface.points}) for arm in arms[:2]]
    for point in surface.points:
        x, y = (steps[i].index(point.deltas[arm]) for i, arm in enumerate(arms[:2]))
        tips = point in surface.tipped
        cell = Rectangle((x - 0.5, y - 0.5), 1, 1, alpha=0.45, facecolor=TIPS if tips else HOLDS, edgecolor="white")
        cell.set_hatch("///" if tips else "")
        axes.add_patch(cell)
        value = math.exp(point.pooled.estimate) if ratio else point.pooled.estimate
        axes.text(x, y, f"{value:.2f}\np {point.pooled.p:.3f}", ha="center", va="center", fontsize=6.5, color=INK)
    for axis, arm, own in ((axes.xaxis, arms[0], steps[0]), (axes.yaxis, arms[1], steps[1])):
        axis.set_ticks(range(len(own)), [_shift(step, ratio) for step in own])
        axis.set_label_text(f"Shift of missing values in {arm}")
    axes.set_xlim(-0.5, len(steps[0]) - 0.5)
    axes.set_ylim(-0.5, len(steps[1]) - 0.5)


def _intervals(axes: Axes, missing: MissingData, arm: str, ratio: bool) -> None:
    surface = missing.tipping
    assert surface is not None
    for place, point in enumerate(surface.points):
        one, tips = point.pooled, point in surface.tipped
        low, high, middle = (math.exp(x) if ratio else x for x in (one.low, one.high, one.estimate))
        axes.plot([place, place], [low, high], color=INK, linewidth=1.3, linestyle="--" if tips else "-")
        axes.plot(place, middle, "D" if tips else "s", color=INK, markerfacecolor=TIPS if tips else HOLDS, markersize=6)
    axes.axhline(1 if ratio else 0, color=INK, linewidth=0.8, linestyle=":")
    axes.set_xticks(range(len(surface.points)), [_shift(point.deltas[arm], ratio) for point in surface.points])
    axes.set_xlabel(f"Shift of missing values in {arm}")
    axes.set_ylabel("Geometric mean ratio" if ratio else "Mean difference")


def _legend(figure: Figure, cells: bool) -> None:
    words = ("The conclusion holds", "The conclusion tips")
    if cells:
        marks: list[Patch | Line2D] = [
            Patch(facecolor=HOLDS, alpha=0.45, edgecolor="white"),
            Patch(facecolor=TIPS, alpha=0.45, edgecolor="white", hatch="///"),
        ]
    else:
        marks = [
            Line2D([], [], color=INK, marker="s", markerfacecolor=HOLDS),
            Line2D([], [], color=INK, marker="D", markerfacecolor=TIPS, linestyle="--"),
        ]
    figure.legend(marks, words, loc="outside lower center", ncols=2, frameon=False, fontsize=7.5)
