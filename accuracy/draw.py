"""Two vector pictures for docs/accuracy.md, in colours that colour-blind people tell apart, each with its mark."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from grid import CONFIGURATIONS, SITUATIONS
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from methods import METHODS
from runs import Record
from scores import chosen, score
from targets import CLEAR

# Okabe and Ito's palette; SimpleITK and scikit-image at 130 HU give what the bare threshold gives and are left out.
STYLES = {
    "calcitrial": ("#000000", "o"),
    "130 HU": ("#E69F00", "s"),
    "200 HU": ("#56B4E9", "^"),
    "half maximum": ("#009E73", "D"),
    "plain integral": ("#CC79A7", "v"),
    "SimpleITK confidence": ("#0072B2", "P"),
    "scikit-image Otsu": ("#D55E00", "X"),
}


def draw(records: Sequence[Record], folder: Path) -> list[Path]:
    """Write accuracy_mass.svg and accuracy_situations.svg; equal records give equal bytes."""
    assert set(STYLES) <= set(METHODS)
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "calcitrial", "svg.fonttype": "none", "font.size": 9}):
        return [_mass(records, folder / "accuracy_mass.svg"), _situations(records, folder / "accuracy_situations.svg")]


def _mass(records: Sequence[Record], path: Path) -> Path:
    figure = Figure((8.0, 4.2), layout="constrained")
    axes = figure.subplots()
    clear = chosen(records, quantity="mass", situation=CLEAR)
    for method in STYLES:
        biases = [score(chosen(clear, method=method, configuration=name)).bias for name in CONFIGURATIONS]
        _line(axes, method, biases)
    axes.axhspan(-5, 5, color="0.92", zorder=0)
    axes.axhline(0, color="0.4", linewidth=0.8, zorder=1)
    axes.set(ylabel="bias of the mass, %", title="Clear lesions: who is right in every reconstruction? (grey: ± 5 %)")
    axes.set_yscale("symlog", linthresh=10)
    ticks = [-50, -20, -10, -5, 0, 5, 10, 20, 50, 100]
    axes.set_yticks(ticks, [f"{tick:+d}" if tick else "0" for tick in ticks])
    return _finished(figure, axes, list(CONFIGURATIONS), path)


def _situations(records: Sequence[Record], path: Path) -> Path:
    figure = Figure((8.0, 4.2), layout="constrained")
    axes = figure.subplots()
    for method in STYLES:
        some = chosen(records, quantity="mass", method=method)
        _line(axes, method, [score(chosen(some, situation=name)).mae for name in SITUATIONS], joined=False)
    axes.set_yscale("log")
    ticks = [1, 3, 10, 30, 100, 300, 1000, 3000, 10000]
    axes.set_yticks(ticks, [f"{tick:,d}" for tick in ticks])
    axes.set(
        ylabel="mean absolute error of the mass, %", title="All reconstructions: what answers without a flag are worth"
    )
    return _finished(figure, axes, list(SITUATIONS), path)


def _line(axes: Axes, method: str, values: Sequence[float], joined: bool = True) -> None:
    colour, mark = STYLES[method]
    ours = method == "calcitrial"
    width = (2.2 if ours else 1.0) if joined else 0.0
    axes.plot(values, color=colour, marker=mark, label=method, linewidth=width, zorder=3 if ours else 2)


def _finished(figure: Figure, axes: Axes, names: Sequence[str], path: Path) -> Path:
    axes.set_xticks(range(len(names)), names, rotation=20, ha="right")
    axes.minorticks_off()
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False)
    # Matplotlib would write the moment and its version, and the file would change without a reason.
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    return path
