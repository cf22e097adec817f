"""The forest of estimates: the primary one, the same at each visit, and each further analysis of the question."""

import textwrap
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from calcitrial.analysis import Analysis
from calcitrial.documents import estimate_words, rounded
from calcitrial.figures.lesions import FAINT, INK, STYLE, svg
from calcitrial.models import Estimate

MARKS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0)
Line = tuple[str, Estimate, bool]


def forest_lines(analysis: Analysis) -> list[Line]:
    """Return (label, estimate, whether it is the primary one), in the order of the picture.

    Supporting analyses without an estimate, and those on another scale, have no place on the axis.
    """
    lines = [(one.name, one, one == analysis.estimate) for _, one in analysis.by_visit]
    scale = analysis.estimate.scale
    further = [(one.label, one.estimate) for one in analysis.supporting if one.estimate is not None]
    return lines + [(label, one, False) for label, one in further if one.scale == scale]


def forest_figure(analysis: Analysis) -> bytes:
    """Return an SVG: each estimate with its interval, drawn and in numbers; the primary one is filled."""
    lines = forest_lines(analysis)
    visits, ratio = len(analysis.by_visit), analysis.estimate.scale == "ratio"
    with mpl.rc_context(STYLE):
        folded = sum(name.count("\n") for name in map(_folded, (name for name, _, _ in lines)))
        figure = Figure(figsize=(7.2, 0.85 + 0.3 * len(lines) + 0.1 * folded), layout="constrained")
        axes = figure.subplots()
        for place, (_, one, primary) in enumerate(lines):
            axes.plot([one.low, one.high], [place, place], color=INK, linewidth=1.4)
            filled = INK if primary else "white"
            mark = "s" if place < visits else "D"
            axes.plot(one.estimate, place, mark, color=INK, markerfacecolor=filled, markersize=6)
        axes.axvline(1 if ratio else 0, color=INK, linewidth=0.8, linestyle=":")
        if len(lines) > visits:
            axes.axhline(visits - 0.5, color=FAINT, linewidth=0.7)
        _labels(axes, lines)
        axes.set_xlabel(f"{analysis.estimate.statistic.capitalize()} with 95 % interval")
        if ratio:
            ratio_axis(axes, [bound for _, one, _ in lines for bound in (one.low, one.high, 1.0)])
        return svg(figure)


def _labels(axes: Axes, lines: Sequence[Line]) -> None:
    """Write the names on the left and the numbers on the right of the axis."""
    axes.set_yticks(range(len(lines)), [_folded(name) for name, _, _ in lines])
    axes.set_ylim(len(lines) - 0.4, -0.6)
    right = axes.secondary_yaxis("right")
    numbers = [f"{estimate_words(one)} ({rounded(one.low)} to {rounded(one.high)})" for _, one, _ in lines]
    right.set_yticks(range(len(lines)), numbers)
    right.spines["right"].set_visible(False)
    right.tick_params(length=0)
    axes.tick_params(axis="y", length=0)


def _folded(name: str) -> str:
    return "\n".join(textwrap.wrap(name, 38))


def ratio_axis(axes: Axes, values: Sequence[float]) -> None:
    """Make the horizontal axis logarithmic, with marks that people read ratios by."""
    axes.set_xscale("log")
    low, high = min(values) / 1.06, max(values) * 1.06
    axes.set_xlim(low, high)
    shown = [mark for mark in MARKS if low <= mark <= high]
    close = len(shown) > 9  # then the marks between 0.5 and 1 would run into each other
    axes.set_xticks([mark for mark in shown if not close or mark not in (0.4, 0.6, 0.7, 0.8, 0.9, 1.25, 1.5)])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
