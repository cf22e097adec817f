"""The agreement of readers as text and as JSON."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from calcitrial.reading.agreement import Agreement, Pair
from calcitrial.reading.limits import Interval
from calcitrial.version import __version__


def agreement_text(found: Agreement) -> str:
    """Return the agreement as a page of text."""
    title = f"Agreement of {', '.join(found.readers)}: {found.quantity}" + (f", {found.unit}" if found.unit else "")
    how = "mean squares of the complete table" if found.complete else "REML variances, readings are missing"
    lines = [
        title,
        f"{found.source}; {found.lesions} lesions of {found.participants} participants, sizes compared as logarithms",
        "",
        f"Intraclass correlation of first readings ({how})",
        *(
            f"  {one.name:<9} {one.value:7.4f}  (95% CI {one.low:.4f} to {one.high:.4f})  {one.meaning}"
            for one in found.coefficients
        ),
        "",
        f"Variances of log sizes (REML, {found.components.readings} readings)",
        *_variance_lines(found),
        "",
        *_change_lines(found),
    ]
    for pair in found.pairs:
        lines += ["", *_pair_lines(pair)]
    return "\n".join([*lines, "", *_repeat_lines(found), "", *(f"Note: {note}" for note in found.notes)])


def _variance_lines(found: Agreement) -> Iterator[str]:
    total = sum(found.components.variances.values())
    for name, variance in found.components.variances.items():
        zero = "  (estimated as zero)" if name in found.components.zero else ""
        yield f"  {name:<16} {variance:10.6f}  {100 * variance / total:5.1f} %{zero}"


def _change_lines(found: Agreement) -> Iterator[str]:
    sems = [("other reader", found.sem_agreement)]
    sems += [] if found.sem_repeat is None else [("same reader", found.sem_repeat)]
    for name, sem in sems:
        ratio = found.sdc_ratio(sem)
        yield (
            f"Smallest detectable change, {name}: a ratio above {ratio:.3f} or below {1 / ratio:.3f}"
            f" (+{100 * (ratio - 1):.1f} % or -{100 * (1 - 1 / ratio):.1f} %); SEM {sem:.4f} on the log scale"
        )


def _pair_lines(pair: Pair) -> Iterator[str]:
    first, second = pair.readers
    yield f"{first} over {second} (Bland-Altman, ratios)"
    limits = pair.limits
    if limits is None:
        yield f"  only {len(pair.means)} lesions were measured by both"
    else:
        yield f"  bias         {_told(limits.bias)}  {limits.count} lesions"
        yield f"  lower limit  {_told(limits.lower_exact)}  exact; approximate CI {_ends(limits.lower)}"
        yield f"  upper limit  {_told(limits.upper_exact)}  exact; approximate CI {_ends(limits.upper)}"
    same = sum(count for (one, other), count in pair.outcomes.items() if one == other)
    total = sum(pair.outcomes.values())
    yield f"  outcome      the same on {same} of {total} lesions"
    for (one, other), count in sorted(pair.outcomes.items()):
        yield f"    {first} {one}, {second} {other}: {count}"


def _repeat_lines(found: Agreement) -> Iterator[str]:
    yield "Hidden repeats"
    for reader, one in found.repeats.items():
        if one is None:
            yield f"  {reader}: fewer than three lesions were measured twice"
            continue
        rc = one.rc.ratio()
        yield (
            f"  {reader}: wSD {one.wsd:.4f} on the log scale; repeatability coefficient as a ratio {rc.value:.3f}"
            f" (95% CI {rc.low:.3f} to {rc.high:.3f}); {one.count} lesions"
        )


def _told(interval: Interval) -> str:
    return f"{math.exp(interval.value):.3f}  (95% CI {_ends(interval)})"


def _ends(interval: Interval) -> str:
    return f"{math.exp(interval.low):.3f} to {math.exp(interval.high):.3f}"


def agreement_json(found: Agreement) -> dict[str, Any]:
    """Return the agreement as plain data: everything on the log scale, and as ratios where that is read."""
    ratios = {"agreement": found.sdc_ratio(found.sem_agreement)}
    ratios |= {} if found.sem_repeat is None else {"repeat": found.sdc_ratio(found.sem_repeat)}
    return {
        "software": f"calcitrial {__version__}",
        "source": found.source,
        "quantity": found.quantity,
        "unit": found.unit,
        "scale": "natural logarithm",
        "readers": list(found.readers),
        "lesions": found.lesions,
        "participants": found.participants,
        "icc_from": "mean squares" if found.complete else "REML variances",
        "icc": [asdict(one) for one in found.coefficients],
        "variances": found.components.variances,
        "variances_zero": list(found.components.zero),
        "mean": found.components.mean,
        "log_likelihood": found.components.log_likelihood,
        "readings": found.components.readings,
        "sem": {"agreement": found.sem_agreement, "repeat": found.sem_repeat},
        "sdc_ratio": ratios,
        "bland_altman": [_pair_json(pair) for pair in found.pairs],
        "repeatability": {name: None if one is None else asdict(one) for name, one in found.repeats.items()},
        "notes": list(found.notes),
    }


def _pair_json(pair: Pair) -> dict[str, Any]:
    outcomes = [{"first": a, "second": b, "lesions": count} for (a, b), count in sorted(pair.outcomes.items())]
    content: dict[str, Any] = {"readers": list(pair.readers), "outcomes": outcomes, "log": None, "ratio": None}
    if pair.limits is not None:
        content["log"] = asdict(pair.limits)
        intervals = {name: one for name, one in vars(pair.limits).items() if isinstance(one, Interval)}
        content["ratio"] = {name: asdict(one.ratio()) for name, one in intervals.items()}
    return content
