"""How often tests reject without an effect and intervals hold the truth, in trials as small as ours.

Writes docs/accuracy_statistics.md. The analyses are those of the product, each trial is drawn anew.

python accuracy/inference.py           everything, some minutes on one core
python accuracy/inference.py --quick   few trials; prints and writes nothing
"""

import argparse
import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import inference_imputed
import inference_mixed
import inference_residual
import inference_shares
import numpy as np
from inference_outcome import Outcome

from calcitrial.version import __version__

DOCS = Path(__file__).parents[1] / "docs"
SEED = 1


def document(outcomes: Sequence[Outcome]) -> str:
    """Return the document as Markdown."""
    lines = [
        "# How often the statistics are wrong",
        "",
        f"Made by `make accuracy` with calcitrial {__version__}, seed {SEED}; do not edit. Each number is the percent",
        "of simulated trials in which the method missed the truth, with its Monte Carlo standard error: a test at 5 %",
        "rejected without an effect, which is when its 95 % interval leaves the truth out. **5 is right**; more is",
        "false certainty, less is waste. Coverage is 100 less the number. *Refused* counts trials in which a method",
        "said that there is no answer (the most of any method of the row); they are in no percentage.",
    ]
    for part, own in groupby(outcomes, key=lambda one: one.part):
        lines += ["", *_part(part, list(own))]
    return "\n".join(lines) + "\n"


def _part(part: str, own: list[Outcome]) -> list[str]:
    methods = list(dict.fromkeys(one.method for one in own))
    told = {(one.situation, one.method): one for one in own}
    situations = list(dict.fromkeys(one.situation for one in own))
    lines = [f"## {part}", "", f"| | {' | '.join(methods)} | trials | refused |", "|--|" + "--|" * (len(methods) + 2)]
    for situation in situations:
        here = [told[situation, method] for method in methods]
        cells = [f"{one.share:.1f} ± {one.error:.1f}" for one in here]
        refused = max(one.refused for one in here)
        lines.append(f"| {situation} | {' | '.join(cells)} | {here[0].trials + here[0].refused:,} | {refused or '-'} |")
    every = [[told[situation, method].share for situation in situations] for method in methods]
    ranges = [f"**{min(own):.1f} to {max(own):.1f}**" for own in every]
    return [*lines, f"| **in all** | {' | '.join(ranges)} | | |"]


def everything(trials: int, seed: int = SEED) -> list[Outcome]:
    """Return the outcomes of every part.

    Args:
        trials: of the cheapest part; the dearer ones take a share of it.
        seed: everything follows from it.
    """
    streams = np.random.default_rng(seed).spawn(5)
    return [
        *inference_mixed.outcomes(streams[0], trials),
        *inference_residual.outcomes(streams[4], trials // 10),
        *inference_imputed.outcomes(streams[1], trials // 5),
        *inference_shares.proportions(streams[2], trials // 5),
        *inference_shares.marginal(streams[3], trials // 5),
    ]


def main() -> None:
    """Run everything, print the document, and write it unless the run was short."""
    ask = argparse.ArgumentParser(description="Type I error and coverage in small trials.")
    ask.add_argument("--quick", action="store_true", help="few trials; write nothing")
    quick = ask.parse_args().quick
    start = time.process_time()
    text = document(everything(400 if quick else 10_000))
    print(text)
    print(f"{time.process_time() - start:.0f} s of CPU time.")
    if not quick:
        (DOCS / "accuracy_statistics.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
