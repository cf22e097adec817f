"""Figures as vector pictures with deterministic bytes: their common style, and the lesions over the visits.

Colours are Okabe and Ito's (https://jfly.uni-koeln.de/color/) with a grey, which people with colour blindness
tell apart; marker and line style repeat the distinction in grey print.
"""

import io
import math
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from calcitrial.analysis import shown_arms
from calcitrial.protocol import Protocol

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#8C8C8C")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
LINES = ("-", "--", "-.", ":")
INK, FAINT = "#1b1f24", "#c9ced6"
# Where the font is missing, Verdana: both descend from Bitstream Vera and are nearly as wide.
FACES = "'DejaVu Sans', Verdana, sans-serif"
NAMED = 24  # beyond so many participants a legend tells nobody apart
STYLE: Any = {
    "svg.fonttype": "none",  # text stays text: searchable, readable by screen readers
    "svg.hashsalt": "calcitrial",
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is the same on every machine
    "font.size": 8.5,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
}


def style_of(index: int) -> dict[str, Any]:
    """Return colour, marker and line style of the participant at this place in the sorted list."""
    return {
        "color": PALETTE[index % len(PALETTE)],
        "marker": MARKERS[index % len(MARKERS)],
        "linestyle": LINES[index // len(PALETTE) % len(LINES)],
    }


def lesion_figure(data: pl.DataFrame, protocol: Protocol, label: str) -> bytes:
    """Return an SVG: every lesion over the visits on a log axis, one panel per arm.

    One line per lesion, one colour, marker and line style per participant; of more than NAMED participants all
    lines are grey, and the quartiles of the lesions are drawn. The thick line is the geometric mean. An open mark is
    a lesion that had vanished, drawn at the value that stands in for zero.
    """
    data = _shown(data)
    arms = [arm for arm in shown_arms(protocol) if data.filter(arm=arm.id).height] or list(shown_arms(protocol))
    people = sorted(set(data["participant"]))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 3.9), layout="constrained")
        panels = figure.subplots(1, len(arms), sharey=True, squeeze=False)[0]
        for axes, arm in zip(panels, arms, strict=True):
            rows = data.filter(arm=arm.id)
            if len(people) <= NAMED:
                _lesion_lines(axes, rows, people, protocol)
            else:
                _many_lines(axes, rows, protocol)
            _mean_line(axes, rows, protocol)
            lesions, persons = rows["lesion"].n_unique(), rows["participant"].n_unique()
            axes.set_title(f"{arm.label}\n{persons} participants, {lesions} lesions", fontsize=8.5, loc="left")
            _visit_axis(axes, data, protocol)
        _log_axis(panels[0], label)
        if len(people) <= NAMED:
            _legend(figure, people)
        return svg(figure)


def lesion_words(data: pl.DataFrame, protocol: Protocol, label: str) -> tuple[str, str]:
    """Return what the picture of the lesions shows, and its caption."""
    data = _shown(data)
    told = []
    for arm in shown_arms(protocol):
        rows = data.filter(arm=arm.id)
        means = _means(rows)
        if means.height:
            sizes = ", ".join(
                f"{math.exp(mean):.3g} at {visit}" for visit, mean in means.select("visit", "mean").rows()
            )
            told.append(f"{arm.label}, {means['lesions'][0]} lesions measured at every visit: {sizes}")
    words = "; ".join(told) or "no lesion was measured at every visit"
    alt = f"Each lesion over the visits on a logarithmic axis, {label}. Geometric means: {words}."
    named = data["participant"].n_unique() <= NAMED
    how = "colour, mark and line style name the participant. Thick:" if named else "dashed: their quartiles; thick: the"
    return alt, (
        f"Each line is a lesion; {how} geometric mean of the lesions measured at every visit. Open mark: a lesion that "
        "had vanished, at the value that stands for 0."
    )


def _shown(data: pl.DataFrame) -> pl.DataFrame:
    return data.filter((pl.col("excluded") == "") & pl.col("log_size").is_not_null())


def _days(rows: pl.DataFrame, protocol: Protocol) -> list[int]:
    days = {visit.id: visit.day for visit in protocol.visits}
    return [days[visit] for visit in rows["visit"]]


def _lesion_lines(axes: Axes, rows: pl.DataFrame, people: Sequence[str], protocol: Protocol) -> None:
    for (_lesion,), lesion in rows.group_by("lesion", maintain_order=True):
        style = style_of(people.index(lesion["participant"][0]))
        days, sizes = _days(lesion, protocol), [math.exp(value) for value in lesion["log_size"]]
        axes.plot(days, sizes, linewidth=0.9, markersize=3.6, alpha=0.85, **style)
        gone = [(d, s) for d, s, v in zip(days, sizes, lesion["vanished"], strict=True) if v]
        for day, size in gone:
            axes.plot(day, size, marker=style["marker"], color=style["color"], markersize=6.5, markerfacecolor="white")


def _many_lines(axes: Axes, rows: pl.DataFrame, protocol: Protocol) -> None:
    """Draw many lesions as one grey cloud with its quartiles: no colours tell some hundred people apart."""
    lines = [
        list(zip(_days(lesion, protocol), [math.exp(value) for value in lesion["log_size"]], strict=True))
        for _, lesion in rows.group_by("lesion", maintain_order=True)
    ]
    axes.add_collection(LineCollection(lines, colors=PALETTE[-1], linewidths=0.5, alpha=0.45))
    gone = rows.filter("vanished")
    axes.plot(_days(gone, protocol), gone["log_size"].exp(), "o", color=INK, markersize=4, markerfacecolor="white")
    by_visit = rows.group_by("visit", maintain_order=True)
    for share in (0.25, 0.75):
        quartile = by_visit.agg(pl.col("log_size").quantile(share, "linear").exp())
        axes.plot(_days(quartile, protocol), quartile["log_size"], color=INK, linewidth=1.1, linestyle="--", zorder=4)
    axes.autoscale_view()


def _means(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the mean logarithm at each visit of the lesions that have every visit: one set of lesions is compared."""
    complete = rows.filter(pl.len().over("lesion") == rows["visit"].n_unique())
    return complete.group_by("visit", maintain_order=True).agg(
        pl.col("log_size").mean().alias("mean"), pl.col("lesion").n_unique().alias("lesions")
    )


def _mean_line(axes: Axes, rows: pl.DataFrame, protocol: Protocol) -> None:
    means = _means(rows)
    if means.height > 1:
        days, sizes = _days(means, protocol), [math.exp(value) for value in means["mean"]]
        axes.plot(days, sizes, color="white", linewidth=5, zorder=5)
        axes.plot(days, sizes, color=INK, linewidth=2.6, zorder=6)


def _visit_axis(axes: Axes, data: pl.DataFrame, protocol: Protocol) -> None:
    shown = [visit for visit in protocol.visits if visit.id in set(data["visit"])]
    axes.set_xticks([visit.day for visit in shown], [visit.id for visit in shown])
    axes.set_xlabel("Visit")
    axes.grid(axis="y", which="major", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)


def _log_axis(axes: Axes, label: str) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(base=10, subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel(f"{label}, log scale")


def _legend(figure: Figure, people: Sequence[str]) -> None:
    from_style = [Line2D([], [], markersize=4, linewidth=0.9, **style_of(i)) for i in range(len(people))]
    mean = Line2D([], [], color=INK, linewidth=2.6)
    figure.legend(
        [*from_style, mean],
        [*people, "Geometric mean"],
        loc="outside lower center",
        ncols=min(6, len(people) + 1),
        frameon=False,
        fontsize=7.5,
    )


def svg(figure: Figure) -> bytes:
    """Return a figure as SVG whose bytes depend on the figure alone: no date, no version, fixed ids."""
    stream = io.BytesIO()
    FigureCanvasSVG(figure)
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue().decode()
    # The XML declaration and doctype have no place inside a page, and the doctype names an address.
    body = text[text.index("<svg") :].replace("'DejaVu Sans'", FACES)
    return re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL).encode()
