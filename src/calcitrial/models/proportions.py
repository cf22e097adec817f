"""Exact intervals for counts of people, as safety tables show them."""

from dataclasses import dataclass

from scipy import special

from calcitrial.models.estimate import refuse_if_any


@dataclass(frozen=True)
class Proportion:
    """A count of people out of a number of people, with its interval; all shares are between 0 and 1."""

    events: int
    n: int
    estimate: float
    low: float
    high: float
    level: float


def clopper_pearson(events: int, n: int, level: float = 0.95) -> Proportion:
    """Exact binomial interval; Clopper and Pearson, Biometrika 1934;26:404.

    One observation per participant: lesions of one person are not independent and need another method.

    Args:
        events: participants with the event.
        n: participants observed.
        level: confidence level, between 0 and 1.

    Returns:
        The share `events / n` with the interval whose each tail holds at most `(1 - level) / 2`.

    Raises:
        AnalysisError: when the counts or the level are impossible.
    """
    refuse_if_any(_problems(events, n, level))
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(special.betaincinv(events, n - events + 1, tail))
    high = 1.0 if events == n else float(special.betaincinv(events + 1, n - events, 1 - tail))
    return Proportion(int(events), int(n), events / n, low, high, level)


def _problems(events: int, n: int, level: float) -> list[str]:
    problems = []
    if not float(n).is_integer() or n < 1:
        problems.append(f"A proportion needs participants, and n is {n}; give a whole number above 0.")
    elif not float(events).is_integer() or not 0 <= events <= n:
        problems.append(f"{events} of {n} is not a count; give a whole number of events between 0 and {n}.")
    if not 0 < level < 1:
        problems.append(f"The confidence level {level} is outside 0 to 1; give for example 0.95.")
    return problems
