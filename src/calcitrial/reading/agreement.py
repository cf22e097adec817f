"""How far readers can be trusted: agreement between readers and with themselves, on the scale of ratios.

Sizes are compared as logarithms, because readers err by a share of the size. A lesion that one reader found absent or
not assessable has no logarithm: it is counted in the table of outcomes and left out of every size statistic,
never replaced by a small number.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.reading.icc import Icc, iccs, implied_squares, mean_squares
from calcitrial.reading.limits import DETECTABLE, Limits, Repeatability, limits_of_agreement, repeatability
from calcitrial.reading.lines import Line
from calcitrial.reading.plan import the_plan
from calcitrial.reading.reference import SIZES, Outcome, Reading, readings_of
from calcitrial.reading.variance_components import RESIDUAL, Components, variance_components
from calcitrial.record import Cut

Floats = NDArray[np.float64]
INTERACTION = "reader x lesion"
FEW = 3


@dataclass(frozen=True)
class Pair:
    """Two readers: limits of agreement, the points behind them, and how often their outcomes met.

    `means` and `differences` are of log sizes, one per lesion measured by both; `outcomes` counts (first's,
    second's). `limits` is None when fewer than three lesions were measured by both.
    """

    readers: tuple[str, str]
    limits: Limits | None
    means: tuple[float, ...]
    differences: tuple[float, ...]
    outcomes: Mapping[tuple[Outcome, Outcome], int]


@dataclass(frozen=True)
class Agreement:
    """Everything said about one quantity.

    Attributes:
        quantity: what was measured, with its unit, and where the readings are from.
        lesions: read by at least one reader, and `participants` they belong to.
        coefficients: six ICCs of first readings; `complete` tells whether from a complete table of mean squares
            or, with readings missing, from REML variances.
        components: REML variances of log sizes, all readings.
        sem: standard error of measurement on the log scale, between readers (`agreement`) and of one reader
            (`repeat`, None without repeats).
        pairs: of readers.
        repeats: by reader, None where fewer than three lesions were measured twice.
        notes: what was left out and why, as sentences.
    """

    quantity: str
    unit: str
    source: str
    readers: tuple[str, ...]
    lesions: int
    participants: int
    coefficients: tuple[Icc, ...]
    complete: bool
    components: Components
    sem_agreement: float
    sem_repeat: float | None
    pairs: tuple[Pair, ...]
    repeats: Mapping[str, Repeatability | None]
    notes: tuple[str, ...]

    def sdc_ratio(self, sem: float) -> float:
        """Return the smallest detectable change as a ratio, exp(1.96 sqrt(2) SEM); 1 over it for a decrease."""
        return math.exp(DETECTABLE * sem)


def agreement(cut: Cut, quantity: str = "mass", kind: str = "") -> Agreement:
    """Return the agreement of the two readers of a study's plan on one quantity.

    Args:
        cut: of the record.
        quantity: one of the sizes of the form `read`.
        kind: of image; needed only when the quantity was read on several kinds.

    Raises:
        RefusedError: there is no plan, no such quantity, several kinds, or too few readings.
    """
    plan = the_plan(cut.protocol, cut.rows).plan
    form = cut.protocol.form("read")
    item = form.item(quantity) if form and quantity in SIZES else None
    if item is None:
        what = f"The readers give no {quantity!r}."
        raise RefusedError([Problem("quantity", what, f"Choose one of: {', '.join(SIZES)}.")])
    readings = [one for one in readings_of(cut.protocol, cut.rows) if one.reader in plan.readers]
    chosen = kind or _only_kind(readings, quantity)
    lines = [_line(one, quantity) for one in readings if one.image[3] == chosen]
    source = f"study {cut.study}, submission {cut.sequence}, cut {cut.digest}"
    return agreement_of(lines, plan.readers, quantity=item.label, unit=item.unit, source=source)


def _only_kind(readings: Sequence[Reading], quantity: str) -> str:
    kinds = sorted({one.image[3] for one in readings if quantity in one.values})
    if len(kinds) != 1:
        what = f"The kinds of image with {quantity} are: {', '.join(kinds) or 'none'}."
        refuse([Problem("kind", what, "Name the kind." if kinds else "Let the readers read first.")])
    return kinds[0]


def _line(one: Reading, quantity: str) -> Line:
    size = one.values.get(quantity)
    log_size = math.log(size) if size and one.outcome == "measured" else None
    participant, visit, lesion, _kind = one.image
    return Line(participant, f"{lesion} {visit}", one.reader, 2 if one.second else 1, one.outcome, log_size)


def agreement_of(lines: Sequence[Line], readers: Sequence[str], *, quantity: str, unit: str, source: str) -> Agreement:
    """Return the agreement of these readers over a plain table; RefusedError when it holds too little."""
    firsts = _by_lesion([one for one in lines if one.repeat == 1])
    sized = [one for one in lines if one.log_size is not None]
    table = _table(firsts, readers)
    coefficients, complete = _coefficients(table)
    components, left_out = _components(sized)
    reading = [components.variances.get(name, 0.0) for name in ("reader", INTERACTION, RESIDUAL)]
    apart = INTERACTION in components.variances
    return Agreement(
        quantity=quantity,
        unit=unit,
        source=source,
        readers=tuple(readers),
        lesions=len(firsts),
        participants=len({one.participant for one in lines}),
        coefficients=coefficients,
        complete=complete,
        components=components,
        sem_agreement=math.sqrt(sum(reading)),
        sem_repeat=math.sqrt(components.variances[RESIDUAL]) if apart else None,
        pairs=tuple(_pair(firsts, pair) for pair in combinations(readers, 2)),
        repeats={reader: _repeats([one for one in lines if one.reader == reader]) for reader in readers},
        notes=(*left_out, *_notes(firsts, readers, table)),
    )


def _by_lesion(lines: Sequence[Line]) -> dict[str, dict[str, Line]]:
    found: dict[str, dict[str, Line]] = {}
    for one in lines:
        found.setdefault(one.lesion, {})[one.reader] = one
    return found


def _size(mine: Mapping[str, Line], reader: str) -> float:
    found = mine[reader].log_size if reader in mine else None
    return math.nan if found is None else found


def _table(firsts: Mapping[str, Mapping[str, Line]], readers: Sequence[str]) -> Floats:
    """Return first log sizes (lesions, readers), NaN where there is none, without lesions that nobody measured."""
    table = np.array([[_size(mine, reader) for reader in readers] for mine in firsts.values()], dtype=np.float64)
    table = table.reshape(len(firsts), len(readers))
    return np.asarray(table[~np.isnan(table).all(axis=1)])


def _coefficients(table: Floats) -> tuple[tuple[Icc, ...], bool]:
    """Return the ICCs, from mean squares of a complete table or else from REML variances of what is there."""
    there = ~np.isnan(table)
    if there.all():
        return iccs(mean_squares(table)), True
    rows, columns = np.nonzero(there)
    found = variance_components(
        table[there].tolist(), {"lesion": rows.astype(str).tolist(), "reader": columns.astype(str).tolist()}
    )
    v = found.variances
    return iccs(implied_squares(v["lesion"], v["reader"], v[RESIDUAL], *table.shape)), False


def _components(sized: Sequence[Line]) -> tuple[Components, list[str]]:
    """Return REML variances over all readings with a size, and sentences on effects that could not be told apart."""
    groups = {
        "participant": [one.participant for one in sized],
        "lesion": [one.lesion for one in sized],
        "reader": [one.reader for one in sized],
        INTERACTION: [f"{one.reader}|{one.lesion}" for one in sized],
    }
    count = {name: len(set(levels)) for name, levels in groups.items()}
    notes = []
    if count["participant"] in (1, count["lesion"]):
        del groups["participant"]
        notes.append("Participant and lesion are one effect: no participant has several lesions, or there is only one.")
    if count[INTERACTION] == len(sized):
        del groups[INTERACTION]
        notes.append("No lesion was read twice by one reader: reader x lesion is part of the residual.")
    return variance_components([one.log_size or 0.0 for one in sized], groups), notes


def _pair(firsts: Mapping[str, Mapping[str, Line]], readers: tuple[str, str]) -> Pair:
    both = [(mine[readers[0]], mine[readers[1]]) for mine in firsts.values() if set(readers) <= set(mine)]
    sizes = [(a.log_size, b.log_size) for a, b in both if a.log_size is not None and b.log_size is not None]
    differences = tuple(a - b for a, b in sizes)
    return Pair(
        readers=readers,
        limits=limits_of_agreement(np.array(differences)) if len(sizes) >= FEW else None,
        means=tuple((a + b) / 2 for a, b in sizes),
        differences=differences,
        outcomes=Counter((a.outcome, b.outcome) for a, b in both),
    )


def _repeats(mine: Sequence[Line]) -> Repeatability | None:
    """Return the repeatability of one reader over the lesions measured both times."""
    sizes = {(one.lesion, one.repeat): one.log_size for one in mine if one.log_size is not None}
    pairs = [(size, sizes[lesion, 2]) for (lesion, time), size in sizes.items() if time == 1 and (lesion, 2) in sizes]
    return repeatability(np.array([a - b for a, b in pairs])) if len(pairs) >= FEW else None


def _notes(firsts: Mapping[str, Mapping[str, Line]], readers: Sequence[str], table: Floats) -> Iterator[str]:
    unmeasured = len(firsts) - len(table)
    if unmeasured:
        yield f"{unmeasured} lesions that no reader measured are in the table of outcomes only."
    wanted = set(readers)
    waiting = sum(1 for mine in firsts.values() if not wanted <= set(mine))
    if waiting:
        yield f"{waiting} lesions are not read by every reader yet."
    read = [[mine[reader].log_size for reader in readers] for mine in firsts.values() if wanted <= set(mine)]
    missing = sum(1 for sizes in read if None in sizes and any(size is not None for size in sizes))
    if missing:
        yield (
            f"{missing} lesions have no size of at least one reader; a lesion that one reader finds absent is often "
            "small, so what is missing is not missing at random."
        )
    yield "Intervals take lesions as independent, which those of one participant may not be."
