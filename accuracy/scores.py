"""Numbers about many records: bias, error, repeatability, spread, coverage, misses."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from runs import Record

from calcitrial.reading.icc import iccs, mean_squares

NAN = float("nan")


@dataclass(frozen=True)
class Score:
    """What a set of records comes to; percent throughout, nan where nothing can be said.

    Attributes:
        n: records.
        bias: mean signed error of the unflagged answers.
        mae: mean absolute error of the unflagged answers.
        worst: largest absolute error of the unflagged answers.
        mae_all: mean absolute error of all answers, flagged ones too.
        coverage: share of unflagged answers with an interval whose interval holds the truth.
        coverage_all: the same of all answers, flagged ones too.
        flagged: share sent to a reader.
        missed: share without an answer and without a flag.
        silent: share without an answer, flagged or not.
    """

    n: int
    bias: float
    mae: float
    worst: float
    mae_all: float
    coverage: float
    coverage_all: float
    flagged: float
    missed: float
    silent: float


def score(records: Iterable[Record]) -> Score:
    """Return the score of records of one method and one quantity."""
    every = list(records)
    told = [r for r in every if r.value is not None]
    sure = np.array([r.error for r in told if not r.flagged])
    bounded = [r for r in told if r.se is not None]
    return Score(
        len(every),
        _mean(sure),
        _mean(np.abs(sure)),
        float(np.abs(sure).max()) if sure.size else NAN,
        _mean(np.abs([r.error for r in told])),
        100 * _mean(np.array([r.covered for r in bounded if not r.flagged], float)),
        100 * _mean(np.array([r.covered for r in bounded], float)),
        100 * _mean(np.array([r.flagged for r in every], float)),
        100 * _mean(np.array([r.value is None and not r.flagged for r in every], float)),
        100 * _mean(np.array([r.value is None for r in every], float)),
    )


def repeatability(records: Iterable[Record], *, flagged: bool = False) -> float:
    """Return the within-lesion coefficient of variation of repeat scans in percent.

    The root mean square over lesions and reconstructions of SD / mean of the repeats, of unflagged answers only or,
    with `flagged`, of all.
    """
    counted = [r for r in records if r.value is not None] if flagged else _sure(records)
    repeats = _grouped(counted, lambda r: (r.case, r.lesion, r.configuration))
    squares = [np.var(v, ddof=1) / np.mean(v) ** 2 for v in _values(repeats) if len(v) > 1 and np.mean(v) > 0]
    return 100 * float(np.sqrt(_mean(np.array(squares))))


def repeat_icc(records: Iterable[Record]) -> float:
    """Return ICC(2,1) of the logarithm of repeat answers, each lesion in each reconstruction a subject.

    Of all answers above zero, flagged ones too; the logarithm, because a few large lesions would decide it alone.
    """
    repeats = _grouped([r for r in records if (r.value or 0.0) > 0], lambda r: (r.case, r.lesion, r.configuration))
    times = len({r.repeat for lesion in repeats.values() for r in lesion})
    table = np.log([values for values in _values(repeats) if len(values) == times])
    squares = mean_squares(table) if len(table) > 1 and times > 1 else None
    return iccs(squares)[1].value if squares and squares.error > 0 else NAN


def spread(records: Iterable[Record]) -> float:
    """Return the mean over lesions of the standard deviation over reconstructions of the error, in points.

    Repeats are averaged first; lesions that lack an unflagged answer in some reconstruction are left out.
    """
    every = _sure(records)
    ways = len({r.configuration for r in every})
    lesions = _grouped(every, lambda r: (r.case, r.lesion))
    found = [_errors(group) for group in lesions.values()]
    return _mean(np.array([np.std(errors, ddof=1) for errors in found if len(errors) == ways > 1]))


def drift(records: Iterable[Record]) -> float:
    """Return by how many points the bias differs between the reconstructions that differ most."""
    biases = _errors(_sure(records))
    return float(np.ptp(biases)) if biases.size else NAN


def chosen(records: Iterable[Record], **wanted: object) -> list[Record]:
    """Return the records whose fields are, or are among, what is wanted."""
    sets = {name: {value} if isinstance(value, str) else set(value) for name, value in wanted.items()}  # type: ignore[call-overload]
    return [r for r in records if all(getattr(r, name) in some for name, some in sets.items())]


def _sure(records: Iterable[Record]) -> list[Record]:
    return [r for r in records if r.value is not None and not r.flagged]


def _grouped(records: Iterable[Record], key: Callable[[Record], Hashable]) -> dict[Hashable, list[Record]]:
    groups: dict[Hashable, list[Record]] = defaultdict(list)
    for record in records:
        groups[key(record)].append(record)
    return groups


def _values(groups: dict[Hashable, list[Record]]) -> list[list[float]]:
    return [[r.value for r in group if r.value is not None] for group in groups.values()]


def _errors(records: Sequence[Record]) -> np.ndarray:
    """Return the mean error in each reconstruction."""
    ways = _grouped(records, lambda r: r.configuration)
    return np.array([np.mean([r.error for r in group]) for group in ways.values()])


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values)) if np.size(values) else NAN
