"""Scores of a questionnaire: known, or not known with the rule that says why; never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass

from calcitrial.diary.instrument import Instrument, ScoreRule


@dataclass(frozen=True)
class Score:
    """One score. `value` is None when it is not known; `why` then says so, with the source of the rule."""

    rule: ScoreRule
    value: float | None
    why: str = ""

    @property
    def written(self) -> str:
        """Return the score as people read it."""
        return "not known" if self.value is None else f"{self.value:.4g}"


def scores(instrument: Instrument, answers: Mapping[str, str]) -> list[Score]:
    """Return every score of a questionnaire for its answers by item; '' and absent answers are missing."""
    return [_score(rule, answers) for rule in instrument.scores]


def _score(rule: ScoreRule, answers: Mapping[str, str]) -> Score:
    groups = [worst for group in rule.of if (worst := _worst(group, answers)) is not None]
    if len(groups) < rule.at_least:
        why = f"{len(groups)} of {len(rule.of)} parts answered, {rule.at_least} needed. {rule.source}"
        return Score(rule, None, why)
    mean = sum(groups) / len(groups)
    return Score(rule, mean * len(rule.of) if rule.rule == "sum" else mean)


def _worst(group: tuple[str, ...], answers: Mapping[str, str]) -> float | None:
    """Return the highest answer of a group; None without a number among them."""
    found = []
    for name in group:
        try:
            found.append(float(answers.get(name) or "nothing"))
        except ValueError:
            continue
    return max(found, default=None)
