import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcitrial.models import AnalysisError, clopper_pearson
from calcitrial.statistics import clustered_proportion, wilson

METHODS = ["korn-graubard", "logit", "likelihood", "arcsine", "cr2", "wilson"]


def table(answers: list[list[int | None]]) -> pl.DataFrame:
    rows = [(f"P{number:02d}", answer) for number, own in enumerate(answers) for answer in own]
    return pl.DataFrame(rows, schema={"participant": pl.String, "responder": pl.Int64}, orient="row")


MIXED = table([[1, 1, 0], [0, 0], [1], [0, 1], [0, 0, 0]])


@pytest.mark.parametrize("method", METHODS)
def test_interval_holds_the_share(method: str) -> None:
    found = clustered_proportion(MIXED, "responder", "participant", method)
    assert (found.events, found.n, found.clusters, found.dropped) == (4, 11, 5, 0)
    assert found.estimate == pytest.approx(4 / 11)
    assert found.low < found.estimate < found.high


@settings(max_examples=20)
@given(st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=4), min_size=3, max_size=10), st.randoms())
def test_order_of_rows_and_the_other_answer_do_not_matter(answers: list[list[int]], random) -> None:
    rows = table(answers)
    try:
        found = clustered_proportion(rows, "responder", "participant")
    except AnalysisError:
        return
    order = list(range(rows.height))
    random.shuffle(order)
    again = clustered_proportion(rows[order], "responder", "participant")
    other = clustered_proportion(
        rows.with_columns((1 - pl.col("responder")).alias("responder")), "responder", "participant"
    )
    assert (again.low, again.high) == pytest.approx((found.low, found.high))
    assert (other.low, other.high) == pytest.approx((1 - found.high, 1 - found.low))


def test_one_lesion_each_is_nearly_the_interval_of_people() -> None:
    alone = table([[1]] * 7 + [[0]] * 13)
    found = clustered_proportion(alone, "responder", "participant", "wilson")
    people = wilson(7, 20)
    assert (found.low, found.high, found.icc) == pytest.approx((people.low, people.high, 0.0))
    exact, surveyed = clopper_pearson(7, 20), clustered_proportion(alone, "responder", "participant")
    assert (surveyed.low, surveyed.high) == pytest.approx((exact.low, exact.high), abs=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_alike_lesions_count_as_one_person(method: str) -> None:
    alike = table([[1, 1, 1]] * 4 + [[0, 0, 0]] * 6)
    found = clustered_proportion(alike, "responder", "participant", method)
    people = wilson(4, 10)
    lesions = wilson(12, 30)
    assert found.high - found.low > 0.9 * (people.high - people.low) > lesions.high - lesions.low
    assert found.icc == pytest.approx(1.0)


def test_truncation_keeps_the_size_at_the_rows() -> None:
    unlike = table([[1, 0]] * 5 + [[1, 1], [0, 0]])
    free = clustered_proportion(unlike, "responder", "participant", truncate=False)
    kept = clustered_proportion(unlike, "responder", "participant")
    assert free.effective_n > kept.effective_n
    assert kept.effective_n <= 14
    assert kept.low < free.low


def test_missing_answers_are_dropped_and_counted_and_booleans_are_taken() -> None:
    found = clustered_proportion(table([[1, None, 0], [0, 0], [None], [1, 0]]), "responder", "participant")
    assert (found.n, found.clusters, found.dropped) == (6, 3, 2)
    yes = MIXED.with_columns(pl.col("responder") == 1)
    assert clustered_proportion(yes, "responder", "participant").low == pytest.approx(
        clustered_proportion(MIXED, "responder", "participant").low
    )


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([[0, 0], [0]], "None of the 3 rows of 2 participants responded.*not estimable"),
        ([[1, 1], [1]], "All of the 3 rows of 2 participants responded"),
        ([[1, 0, 1]], "All 3 rows belong to one participant"),
        ([[1, 0], [1, 0]], "Every participant has the same share 0.500"),
        ([[None], [None]], "None of the 2 rows has both"),
        ([[2, 0], [1]], "The response responder holds 2; it must be 0 or 1"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_what_cannot_be_estimated_is_said(method: str, answers: list, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        clustered_proportion(table(answers), "responder", "participant", method)


def test_wrong_requests_are_refused_all_at_once() -> None:
    with pytest.raises(AnalysisError) as error:
        clustered_proportion(MIXED, "response", "participant", "wald", level=95)
    assert len(error.value.problems) == 3
    with pytest.raises(AnalysisError, match="holds text such as 'a'"):
        clustered_proportion(pl.DataFrame({"responder": ["a"], "participant": [1]}), "responder", "participant")


@pytest.mark.heavy
@pytest.mark.parametrize("method", METHODS)
def test_coverage_with_fifteen_people(method: str) -> None:
    random = np.random.default_rng(1)
    hits, tried = 0, 0
    for _ in range(2000):
        shares = random.beta(0.4 * 2, 0.6 * 2, 15)  # intraclass correlation 1/3
        rows = table([random.binomial(1, share, 3).tolist() for share in shares])
        try:
            found = clustered_proportion(rows, "responder", "participant", method)
        except AnalysisError:
            continue
        tried += 1
        hits += found.low <= 0.4 <= found.high
    error = (0.95 * 0.05 / tried) ** 0.5
    assert hits / tried > 0.95 - 0.02 - 3 * error
