"""The waterfall: what became of each lesion by the endpoint's visit, the most shrunken last."""

import math
from collections.abc import Sequence

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from calcitrial.analysis import shown_arms
from calcitrial.figures.lesions import FAINT, INK, STYLE, svg
from calcitrial.protocol import Arm, Protocol

SHADES = ("#2f6fa8", "#e3c9a8", "#8aa17a", "#f4f4f4")  # dark, light, middle, pale: apart in grey print too
STRIPES = (0, 6, 3, 10)  # hatching lines per bar, so that an arm is known without its shade
NAMED = 40  # beyond so many bars names cannot be read
CAPPED = 200.0  # a change of more percent is drawn as this, with a mark


def waterfall_rows(data: pl.DataFrame, visit: str) -> pl.DataFrame:
    """Return lesion, arm and change in percent at a visit, greatest growth first; excluded lesions are left out.

    A vanished lesion has changed by -100 %. Lesions without a size at baseline or at the visit have no row.
    """
    known = pl.col("value").is_not_null() & (pl.col("baseline") > 0) & (pl.col("excluded") == "")
    rows = data.filter(known, visit=visit)
    change = (100 * (pl.col("value") / pl.col("baseline") - 1)).alias("change")
    return rows.select("lesion", "arm", change, "entries").sort(["change", "lesion"], descending=[True, False])


def waterfall_figure(rows: pl.DataFrame, protocol: Protocol, label: str, detectable: float | None = None) -> bytes:
    """Return an SVG: one bar per lesion with its change in percent from `waterfall_rows`.

    Args:
        rows: the lesions in the order of the bars.
        protocol: gives the arms their names and order.
        label: what was measured, for the axis.
        detectable: the smallest detectable change as a ratio above 1, where it is known: growth by more, or a
            decrease to less than its inverse, is more than error of measurement.
    """
    arms = [arm for arm in shown_arms(protocol) if rows.filter(arm=arm.id).height] or list(shown_arms(protocol))[:1]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 3.4), layout="constrained")
        axes = figure.subplots()
        for place, arm in enumerate(arms):
            _bars(axes, rows, arm, place)
        if detectable is not None:
            for bound in (100 * (detectable - 1), 100 * (1 / detectable - 1)):
                axes.axhline(bound, color="white", linewidth=2.4)  # or the dashes are lost on dark bars
                axes.axhline(bound, color=INK, linewidth=0.9, linestyle="--")
        axes.axhline(0, color=INK, linewidth=0.8)
        _axes(axes, rows, label)
        _legend(figure, arms)
        return svg(figure)


def _bars(axes: Axes, rows: pl.DataFrame, arm: Arm, place: int) -> None:
    """Draw the bars of one arm; stripes are lines, for not every program that shows SVG draws patterns."""
    bars = [(x, min(c, CAPPED), c) for x, (a, c) in enumerate(rows.select("arm", "change").rows()) if a == arm.id]
    xs, heights = [x for x, _, _ in bars], [height for _, height, _ in bars]
    few = rows.height <= NAMED
    width, edge = (0.82, 0.6) if few else (1.0, 0.0)
    axes.bar(xs, heights, width=width, color=SHADES[place % 4], edgecolor=INK, linewidth=edge)
    if stripes := STRIPES[place % 4]:
        step = (max(heights, default=0) - min(heights, default=0) + 20) / (stripes * 4)
        lines = [
            [(x - width / 2, math.copysign(level * step, height)), (x + width / 2, math.copysign(level * step, height))]
            for x, height in zip(xs, heights, strict=True)
            for level in range(1, int(abs(height) / step) + 1)
        ]
        axes.add_collection(LineCollection(lines, colors=INK, linewidths=0.45))
    for x, height, change in bars:
        if change > height:
            axes.annotate(f"{change:+.0f}", (x, height), ha="center", va="bottom", fontsize=6.5)


def _axes(axes: Axes, rows: pl.DataFrame, label: str) -> None:
    if 0 < rows.height <= NAMED:
        axes.set_xticks(range(rows.height), rows["lesion"], rotation=90, fontsize=6.5)
        axes.tick_params(axis="x", length=0)
    else:
        axes.set_xticks([])
        axes.set_xlabel("Lesions, by their change")
    axes.set_xlim(-0.8, max(rows.height, 1) - 0.2)
    low, high = min([*rows["change"], 0.0]), min(max([*rows["change"], 0.0]), CAPPED)
    axes.set_ylim(1.08 * low - 2, 1.12 * high + 2)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+.0f}".replace("-", "−").replace("+0", "0")))
    axes.grid(axis="y", which="major", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_ylabel(f"{label}: change, %")


def _legend(figure: Figure, arms: Sequence[Arm]) -> None:
    if len(arms) < 2:
        return
    patches = [
        Patch(facecolor=SHADES[place % 4], edgecolor=INK, hatch="-" * min(STRIPES[place % 4], 4), label=arm.label)
        for place, arm in enumerate(arms)
    ]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(arms), frameon=False, fontsize=7.5)


def waterfall_words(rows: pl.DataFrame, protocol: Protocol, visit: str) -> str:
    """Return what the picture shows: per arm the lesions, how many shrank, and the middle and the ends."""
    told = []
    for arm in shown_arms(protocol):
        changes = sorted(rows.filter(arm=arm.id)["change"].to_list())
        if changes:
            middle = (changes[(len(changes) - 1) // 2] + changes[len(changes) // 2]) / 2
            smaller = sum(change < 0 for change in changes)
            told.append(
                f"{arm.label}: {smaller} of {len(changes)} lesions smaller than at baseline, median change "
                f"{middle:+.0f} %, from {changes[0]:+.0f} % to {changes[-1]:+.0f} %"
            )
    words = "; ".join(told).replace(" -", " −") or "no lesion has a size at baseline and then"
    return f"Change of each lesion from baseline to {visit}. {words}."
