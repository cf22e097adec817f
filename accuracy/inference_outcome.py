"""What a simulation counts: how often a method missed the truth, with the error of that count."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """A method in a situation: `wrong` of `trials` missed the truth; `refused` had no answer and are not in `trials`.

    The truth is missed when a test at 5 % rejects without an effect, which is when its 95 % interval leaves it out.
    """

    part: str
    situation: str
    method: str
    wrong: int
    trials: int
    refused: int = 0

    @property
    def share(self) -> float:
        """Percent of trials in which the truth was missed; 5 is right."""
        return 100 * self.wrong / self.trials

    @property
    def error(self) -> float:
        """Monte Carlo standard error of `share`, in percent."""
        rate = (self.wrong + 1) / (self.trials + 2)  # never zero
        return 100 * (rate * (1 - rate) / self.trials) ** 0.5


def counted(part: str, situation: str, method: str, missed: Sequence[bool | None]) -> Outcome:
    """Count what one method said of each trial: missed the truth or not, or None where it refused."""
    told = [one for one in missed if one is not None]
    return Outcome(part, situation, method, sum(told), len(told), len(missed) - len(told))
