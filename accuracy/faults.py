"""Says where calcitrial fails, in sentences made from the numbers."""

import math
from collections.abc import Sequence

from grid import CONFIGURATIONS, SITUATIONS
from runs import Record
from scores import Score, chosen, score
from targets import Target, targets

FINE_ERROR = 10.0  # percent; a group of lesions with a larger mean error is named under "Where it fails"
WORST = 8  # single lesions named


def faults(records: Sequence[Record]) -> list[str]:
    """Return a sentence for every promise not kept, every weak group of lesions, and the worst single errors."""
    ours = chosen(records, method="calcitrial")
    mass = chosen(ours, quantity="mass")
    said = [f"- Not kept: {t.name}: {number(t.reached, 2)} ({limits(t)})." for t in targets(records) if not t.met]
    for situation in SITUATIONS:
        for configuration in CONFIGURATIONS:
            some = chosen(mass, situation=situation, configuration=configuration)
            said += _weak(f"{situation}, {configuration}", score(some))
    said += _bad_lesions(mass)
    return said or ["- In nothing that was tried here."]


def _weak(where: str, found: Score) -> list[str]:
    """Return a sentence on one group where calcitrial errs, misses, or leaves all to a reader."""
    faults = []
    if found.mae > FINE_ERROR:
        faults.append(f"the mass is off by {found.mae:.0f} % on average, by {found.worst:.0f} % at worst")
    if found.missed > 0:
        faults.append(f"{found.missed:.0f} % of the lesions are missed")
    if not math.isnan(found.coverage) and found.coverage < 90:
        faults.append(f"only {found.coverage:.0f} % of the intervals hold the truth")
    if found.flagged >= 50:
        faults.append(f"{found.flagged:.0f} % go to a reader")
    return [f"- {where[0].upper()}{where[1:]}: {'; '.join(faults)}."] if faults else []


def _bad_lesions(mass: Sequence[Record]) -> list[str]:
    sure = sorted((r for r in mass if r.value is not None and not r.flagged), key=lambda r: -abs(r.error))
    named = "; ".join(f"{r.lesion} ({r.case}, {r.configuration}): {r.error:+.0f} %" for r in sure[:WORST])
    return [f"- The largest errors of the mass without a flag: {named}."] if sure else []


def limits(target: Target) -> str:
    """Return between what a promise must lie."""
    return f"≤ {target.most:g}" if target.least == 0 else f"{target.least:g}-{target.most:g}"


def number(value: float, digits: int) -> str:
    """Return a number with its thousands parted, a dash for none."""
    return "–" if math.isnan(value) else f"{value:,.{digits}f}"
