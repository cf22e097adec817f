"""Two groups of people against PropCIs and fisher.test in R."""

import numpy as np
import pytest

from calcitrial.statistics import compare_shares
from tests.against.statistics.oracle import recorded, same


def finite(values) -> list[float]:
    return [np.inf if value is None else value for value in values]  # JSON has no infinity


def same_odds(ours, theirs) -> None:
    """fisher.test finds each odds ratio, or its inverse when it is above 1, to an absolute 1.2e-4."""
    for own, their in zip(ours, theirs, strict=True):
        upside_down = their > 1
        same(1 / own if upside_down else own, 1 / their if upside_down else their, 0, atol=1.3e-4)


@pytest.mark.parametrize("counts", [(12, 20, 4, 18), (0, 15, 3, 16), (9, 10, 4, 12)])
def test_difference_and_exact_test(counts: tuple[int, int, int, int]) -> None:
    theirs = recorded("proportions", "two_{}_{}_{}_{}".format(*counts))
    ours = compare_shares((counts[0], counts[2]), (counts[1], counts[3]))
    same(ours.estimate, theirs["diff"], 1e-12)
    same(ours.newcombe, theirs["newcombe_hybrid"], 1e-12)
    same((ours.low, ours.high), theirs["propcis_diffscore"], 0, atol=1e-4)
    same(ours.p, theirs["fisher_p"], 1e-9)
    same_odds((ours.odds_ratio, ours.odds_low, ours.odds_high), (theirs["fisher_or"], *theirs["fisher_ci"]))


@pytest.mark.parametrize("trial", ["between", "small"])
def test_participants_with_any_responding_lesion(trial: str) -> None:
    theirs = recorded("responder", f"participant_level_fisher_{trial}")
    (first, first_not), (second, second_not) = theirs["table"]
    ours = compare_shares((first, second), (first + first_not, second + second_not))
    same(ours.p, theirs["p"], 1e-6)
    same_odds((ours.odds_ratio, ours.odds_low, ours.odds_high), finite([theirs["or_cmle"], *theirs["ci"]]))
