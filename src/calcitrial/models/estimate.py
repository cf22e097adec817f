"""The shape in which one result leaves this room, and the way the room says no."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


class AnalysisError(ValueError):
    """What is wrong with an analysis request, in sentences; `problems` holds all of them."""

    def __init__(self, *problems: str) -> None:
        self.problems: tuple[str, ...] = problems
        super().__init__("\n".join(problems))


def refuse_if_any(problems: Iterable[str]) -> None:
    """Raise one error with every problem found, or do nothing.

    Args:
        problems: sentences, possibly none.

    Raises:
        AnalysisError: when there is at least one sentence.
    """
    found = tuple(problems)
    if found:
        raise AnalysisError(*found)


def _three(value: float) -> str:
    return f"{round(value, 3) + 0.0:.3f}"  # adding zero takes the minus from a zero


@dataclass(frozen=True)
class Estimate:
    """One number of the report with everything needed to judge it and to walk back to its source.

    `estimate`, `low` and `high` are on `scale` ("ratio": 1 means no difference); `se` is on the log
    scale when `scale` is "ratio". `df` and `p` belong to the test of no difference. `n_rows`,
    `n_participants` and `n_lesions` count what was analysed, `dropped` the rows left out because a value
    was missing. `entries` are the numbers of the record entries used; `cut_digest` names the data cut.
    """

    name: str
    statistic: str
    estimate: float
    low: float
    high: float
    level: float
    se: float
    df: float
    p: float
    scale: str
    method: str
    n_rows: int
    n_participants: int
    n_lesions: int
    dropped: int
    messages: tuple[str, ...] = ()
    entries: tuple[int, ...] = ()
    cut_digest: str = ""

    def __str__(self) -> str:
        """Return the estimate as a reader of the report sees it."""
        test = "p < 0.0001" if self.p < 0.0001 else f"p = {self.p:.4f}"
        return (
            f"{self.name}: {self.statistic} {_three(self.estimate)} "
            f"({100 * self.level:g}% CI {_three(self.low)} to {_three(self.high)}; {test})"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name, with lists where the fields hold tuples."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
