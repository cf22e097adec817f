"""Whatever is missing, infinite, alone, all the same or separated: a sentence, never a number that is none."""

import warnings
from collections.abc import Callable

import polars as pl
import pytest

from calcitrial.models import AnalysisError, clopper_pearson
from calcitrial.statistics import (
    Analysed,
    blaker,
    clustered_proportion,
    compare_event_rates,
    compare_shares,
    fit_marginal,
    jeffreys,
    map_prior,
    matched_answers,
    mid_p,
    paired_t,
    poisson_rate,
    poisson_rate_ratio,
    pool,
    pool_effects,
    pool_proportions,
    sign_test,
    signed_rank,
    wilson,
)

NAN, INF = float("nan"), float("inf")
ANSWERS = [0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1]


def table(answers: list, arm: str = "", **changed: pl.Expr) -> pl.DataFrame:
    """Six participants with two lesions each, arms in turn."""
    people = [place // 2 for place in range(12)]
    arms = [arm or ("STS" if person % 2 else "CTL") for person in people]
    rows = pl.DataFrame({"participant": people, "arm": arms, "r": answers, "years": [1.0] * 12})
    return rows.with_columns(**changed)


def last(value: float) -> list[float]:
    return [*map(float, ANSWERS[:-1]), value]


def share(rows: pl.DataFrame) -> object:
    return clustered_proportion(rows, "r", "participant")


def odds(rows: pl.DataFrame, formula: str = "r ~ arm") -> object:
    return fit_marginal(rows, formula, "participant", family="binomial")


def mean(rows: pl.DataFrame) -> object:
    return fit_marginal(rows, "r ~ arm", "participant")


def events(rows: pl.DataFrame) -> object:
    return compare_event_rates(rows, "r", "years", "arm")


CALLS: list[tuple[str, Callable[[], object]]] = [
    ("holds nan; it must be 0 or 1", lambda: share(table(last(NAN)))),
    ("holds inf; it must be 0 or 1", lambda: share(table(last(INF)))),
    ("None of the 0 rows", lambda: share(table(ANSWERS).head(0))),
    ("None of the 12 rows", lambda: share(table(ANSWERS, participant=pl.lit(None)))),
    ("holds nan; it must be 0 or 1", lambda: odds(table(last(NAN)))),
    ("The column r is infinite in 1 of 12 rows", lambda: mean(table(last(INF)))),
    ("The column arm is 'STS' in every row", lambda: odds(table(ANSWERS, "STS"))),
    ("perfectly separated by arm", lambda: odds(table([0, 0, 1, 1] * 3))),
    ("All of the 12 rows responded", lambda: odds(table([1] * 12))),
    ("The response r is 1.0 in all 12 rows", lambda: mean(table([1.0] * 12))),
    ("do not differ at all", lambda: mean(table([0.0, 0.0, 1.0, 1.0] * 3))),
    ("All 12 rows belong to one participant", lambda: odds(table(ANSWERS, participant=pl.lit("P")))),
    ("follows exactly from", lambda: odds(table(ANSWERS, site=pl.col("arm")), "r ~ arm + site")),
    ("1 of 3 differences are missing or infinite", lambda: paired_t([1.0, NAN, 2.0])),
    ("1 of 3 differences are missing or infinite", lambda: signed_rank([1.0, INF, 2.0])),
    ("1 of 2 differences are missing or infinite", lambda: sign_test([1.0, NAN])),
    ("needs at least two participants", lambda: paired_t([1.0])),
    ("without spread there is nothing to test", lambda: paired_t([1.0, 1.0, 1.0])),
    ("All 2 differences are zero", lambda: signed_rank([0.0, 0.0])),
    ("All 2 differences are zero", lambda: sign_test([0.0, 0.0])),
    ("The exposure is inf person-years", lambda: poisson_rate(3, INF)),
    ("The exposure is 0 person-years", lambda: poisson_rate(3, 0.0)),
    ("nan is not a number of events", lambda: poisson_rate(NAN, 1.0)),  # type: ignore[arg-type]
    ("Neither group had an event", lambda: poisson_rate_ratio(poisson_rate(0, 1.0), poisson_rate(0, 2.0))),
    ("had no event, so its log rate is infinite", lambda: events(table([0] * 12))),
    ("values of r are no counts", lambda: events(table([-1, 0, 1, 2] * 3))),
    ("values of r are no counts", lambda: events(table([NAN, 0.0, 1.0, 2.0] * 3))),
    ("values of years are not above 0", lambda: events(table(ANSWERS, years=pl.lit(0.0)))),
    ("needs two groups", lambda: events(table(ANSWERS, "STS"))),
    ("no finite estimate", lambda: pool([Analysed(NAN, 1.0, 5.0), Analysed(1.0, 1.0, 5.0)])),
    ("no finite estimate", lambda: pool([Analysed(1.0, 0.0, 5.0), Analysed(1.0, 1.0, 5.0)])),
    ("cannot show how uncertain they are", lambda: pool([Analysed(1.0, 1.0, 5.0)])),
    ("missing or infinite", lambda: pool_effects([1.0, NAN], [1.0, 1.0])),
    ("a variance is not above 0", lambda: pool_effects([1.0, 2.0], [0.0, 1.0])),
    ("needs at least two studies", lambda: pool_effects([1.0], [1.0])),
    ("so the log odds are infinite", lambda: pool_proportions([0, 0, 0], [5, 6, 7])),
    ("so the log odds are infinite", lambda: pool_proportions([5, 6, 7], [5, 6, 7])),
    ("are no counts", lambda: pool_proportions([9, 6, 7], [5, 6, 7])),
    ("needs at least two", lambda: map_prior([3], [10])),
    ("their odds ratio is not estimable", lambda: compare_shares((0, 0), (5, 6))),
    ("their odds ratio is not estimable", lambda: compare_shares((5, 6), (5, 6))),
    ("7 of 5 is not a count", lambda: compare_shares((7, 6), (5, 6))),
    ("a comparison within people needs people", lambda: matched_answers(0, 0, 0, 0)),
    ("The count 'both' is nan", lambda: matched_answers(NAN, 1, 1, 1)),  # type: ignore[arg-type]
    *(
        (said, lambda method=method, counts=counts: method(*counts))
        for method in (clopper_pearson, wilson, jeffreys, mid_p, blaker)
        for said, counts in (("nan of 9 is not a count", (NAN, 9)), ("n is 0", (0, 0)), ("10 of 9", (10, 9)))
    ),
]


@pytest.mark.parametrize(("sentence", "call"), CALLS)
def test_it_is_a_sentence(sentence: str, call: Callable[[], object]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(AnalysisError) as refused:
            call()
    assert sentence in str(refused.value)


def test_the_one_infinite_number_has_its_reason_beside_it() -> None:
    ratio = poisson_rate_ratio(poisson_rate(3, 1.0), poisson_rate(0, 1.0))
    assert ratio.high == INF
    assert ratio.messages == ("The second group had no event, so the ratio has no upper limit.",)
