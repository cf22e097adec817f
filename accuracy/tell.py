"""Writes docs/accuracy.md: tables, and sentences that are made from the numbers and from nothing else."""

import inspect
import math
from collections.abc import Callable, Sequence

from faults import faults, limits, number
from grid import CONFIGURATIONS, SITUATIONS
from methods import METHODS
from runs import Record
from scores import Score, chosen, drift, repeatability, score, spread
from targets import CLEAR, targets

from calcitrial.version import __version__


def document(records: Sequence[Record], seed: int, quick: bool) -> str:
    """Return the whole document as Markdown."""
    return (
        "\n".join(
            [
                *_head(records, seed, quick),
                *_promises(records),
                *_mass(records),
                *_volumes(records),
                *_situations(records),
                *_precision(records),
                *["## Where it fails", "", *faults(records), ""],
                *_how(),
            ]
        )
        + "\n"
    )


def _head(records: Sequence[Record], seed: int, quick: bool) -> list[str]:
    lesions = len({(r.case, r.lesion) for r in records})
    scans = len({(r.case, r.configuration, r.repeat) for r in records})
    told = " This is the short run (`--quick`)." if quick else ""
    return [
        "# Accuracy",
        "",
        f"Made by `make accuracy` with calcitrial {__version__}, seed {seed}: {lesions} simulated lesions of exactly "
        f"known size in {scans} scans.{told} Nothing here is written by hand; run it again and compare.",
        "",
        "The truth is a limb drawn from shapes; a simulated scanner blurs it with the point spread of a soft or a "
        "sharp kernel and a real slice profile, and adds noise with the kernel's grain. Every method gets the same "
        "scans, the same seeds and the same calibration. Lesions have radii of 1.5 to 6 mm and 150 to 900 HU of "
        "hydroxyapatite above soft tissue. Two repeat scans of each differ in noise and by up to half a millimetre "
        "in place. Reconstructions are named by kernel and voxel size; 2 mm and 3.3 mm are slice thicknesses.",
        "",
        "Hydroxyapatite in fat may lie in the fat itself (`in fat`, `near skin`) or bring fibrous tissue of its own "
        "(`fibrous in fat`), whose contrast to the fat then counts as mass. No scan tells one from the other; both are "
        "tried.",
        "",
        "These are simulations: no beam-hardened spectra, no helix, no iterative reconstruction, no patient.",
        "",
        "![Bias of the mass in each reconstruction](pictures/accuracy_mass.svg)",
        "",
        "![Error of the mass by situation](pictures/accuracy_situations.svg)",
        "",
    ]


def _promises(records: Sequence[Record]) -> list[str]:
    rows = [[t.name, number(t.reached, 2), limits(t), "yes" if t.met else "**no**"] for t in targets(records)]
    mass = chosen(records, method="calcitrial", quantity="mass")
    shares = ", ".join(f"{score(chosen(mass, situation=s)).flagged:.0f} % of `{s}`" for s in CLEAR)
    told = (
        f"Clear means the situations {' and '.join(f'`{s}`' for s in CLEAR)}. What calcitrial flags for a reader "
        f"({shares}) counts only where a line says so; no other method flags anything. "
        "Trained readers of a published hand score reach an intraclass correlation of 0.93 (limit of that line)."
    )
    return ["## What was promised", "", told, "", *_table(["promise", "reached", "limit", "kept"], rows), ""]


def _mass(records: Sequence[Record]) -> list[str]:
    rows = _by_configuration(chosen(records, quantity="mass", situation=CLEAR), _error_and_bias)
    return [
        "## Mass of lesions clear of bone, skin and fat",
        "",
        "Mean absolute error (bias), in percent of the true mass.",
        "",
        *_table(["method", *CONFIGURATIONS], rows),
        "",
    ]


def _volumes(records: Sequence[Record]) -> list[str]:
    clear = chosen(records, situation=CLEAR)
    corrected = [
        [f"{row[0]}, partial volume corrected", *row[1:]]
        for row in _by_configuration(chosen(clear, quantity="volume_pv"), _error_and_bias)
        if row[0] == "calcitrial"
    ]
    rows = [
        row
        for row in _by_configuration(chosen(clear, quantity="volume"), _error_and_bias)
        if row[0] != "plain integral"
    ]
    return [
        "## Volume of the same lesions",
        "",
        "Mean absolute error (bias), in percent of the true volume.",
        "",
        *_table(["method", *CONFIGURATIONS], [*corrected, *rows]),
        "",
    ]


def _situations(records: Sequence[Record]) -> list[str]:
    lines = [
        "## Mass by situation",
        "",
        "All reconstructions together. Mean absolute error in percent of what was "
        "answered without a flag; then, where there are any, the share missed silently.",
        "",
    ]
    rows = []
    for method in METHODS:
        scores = [score(chosen(records, method=method, quantity="mass", situation=s)) for s in SITUATIONS]
        rows.append([method, *(_error_and_missed(s) for s in scores)])
    ours = [score(chosen(records, method="calcitrial", quantity="mass", situation=s)) for s in SITUATIONS]
    rows.append(["calcitrial: sent to a reader", *(f"{s.flagged:.0f} %" for s in ours)])
    rows.append(["calcitrial: error with these", *(number(s.mae_all, 1) for s in ours)])
    rows.append(["calcitrial: intervals that hold the truth", *(_percent(s.coverage) for s in ours)])
    return [*lines, *_table(["method", *SITUATIONS], rows), ""]


def _precision(records: Sequence[Record]) -> list[str]:
    clear = chosen(records, situation=CLEAR)
    rows = []
    for method in METHODS:
        for quantity in ("mass", "volume", "volume_pv"):
            some = chosen(clear, method=method, quantity=quantity)
            if any(r.value is not None for r in some):
                numbers = repeatability(some), spread(some), drift(some), score(some).silent
                rows.append([method, quantity.replace("_pv", ", corrected"), *(number(n, 1) for n in numbers)])
    return [
        "## Repeatability and spread, clear lesions",
        "",
        "wCV: repeat scans of one lesion, percent. Spread: standard deviation of one lesion's error over the "
        "reconstructions, points, mean over lesions. Drift: largest difference of bias between two reconstructions, "
        "points. Unanswered: percent.",
        "",
        *_table(["method", "quantity", "wCV", "spread", "drift", "unanswered"], rows),
        "",
    ]


def _how() -> list[str]:
    lines = [
        f"- **{name}**. {(inspect.getdoc(method) or _fixed(name)).splitlines()[0]}" for name, method in METHODS.items()
    ]
    rule = (inspect.getdoc(inspect.getmodule(METHODS["half maximum"])) or "").split("\n\n")[1].replace("\n", " ")
    return ["## How each method was run", "", rule, "", *lines, ""]


def _fixed(name: str) -> str:
    formulas = "V = N * voxel volume, mass = c * V * mean HU (doi 10.1148/radiol.2432050808)"
    return f"Threshold at {name}, 26-connected; {formulas}."


def _by_configuration(records: Sequence[Record], cell: Callable[[Score], str]) -> list[list[str]]:
    return [
        [method, *(cell(score(chosen(records, method=method, configuration=name))) for name in CONFIGURATIONS)]
        for method in METHODS
    ]


def _error_and_bias(found: Score) -> str:
    return "–" if math.isnan(found.mae) else f"{found.mae:.1f} ({found.bias:+.1f})"


def _error_and_missed(found: Score) -> str:
    missed = f"; {found.missed:.0f} % missed" if found.missed else ""
    return f"{number(found.mae, 1)}{missed}"


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0f} %"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *("| " + " | ".join(row) + " |" for row in rows)]
