import numpy as np
import polars as pl
import pytest

from calcitrial.models import AnalysisError, fit
from calcitrial.statistics import Analysed, Imputations, impute, tipping_point

NESTED = "log_size ~ arm + (1|participant/lesion)"


def trial(seed: int = 1, gaps: int = 12) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    people, lesions, visits = 16, 3, 3
    person = np.repeat(np.arange(people), lesions * visits)
    lesion = np.tile(np.repeat(np.arange(lesions), visits), people)
    level = 5 + np.repeat(random.normal(0, 0.6, people), lesions * visits)
    level = level + np.repeat(random.normal(0, 0.4, people * lesions), visits) - 0.5 * (person % 2)
    sizes = level + random.normal(0, 0.3, len(person))
    holes = random.choice(len(person), gaps, replace=False)
    return pl.DataFrame(
        {
            "participant": [f"P{n:02d}" for n in person],
            "lesion": [f"L{n}" for n in lesion],
            "arm": np.where(person % 2, "STS", "CTL"),
            "log_size": [None if n in set(holes.tolist()) else float(s) for n, s in enumerate(sizes)],
        }
    )


@pytest.fixture(scope="module")
def many() -> Imputations:
    return impute(trial(), NESTED, generator=np.random.default_rng(2), imputations=400, thinning=2)


def test_draws_are_around_the_predictions_of_the_model(many: Imputations) -> None:
    found = fit(trial(), NESTED)
    beta = {c.term: c.estimate for c in found.coefficients}
    for place, row in enumerate(trial()[many.rows].iter_rows(named=True)):
        predicted = beta["(Intercept)"] + beta["arm[STS]"] * (row["arm"] == "STS")
        predicted += found.random_effects["participant"][row["participant"]]
        own = f"{row['participant']}:{row['lesion']}"
        effect = found.random_effects["participant:lesion"].get(own, 0.0)
        spread = many.values[:, place].std(ddof=1)
        assert many.values[:, place].mean() == pytest.approx(predicted + effect, abs=0.08 + 4 * spread / 20)
        assert spread > 0.95 * found.variances["residual"] ** 0.5  # prediction is less certain than a residual


def test_a_lesion_never_seen_is_drawn_with_the_spread_of_lesions() -> None:
    rows = trial(3, gaps=1)
    unseen = (pl.col("participant") == "P05") & (pl.col("lesion") == "L1")
    rows = rows.with_columns(pl.when(unseen).then(None).otherwise(pl.col("log_size")).alias("log_size"))
    found = impute(rows, NESTED, generator=np.random.default_rng(2), imputations=300, thinning=2)
    own = np.isin(found.rows, np.flatnonzero(rows.select(unseen).to_series().to_numpy()))
    variances = fit(rows, NESTED).variances
    spread = found.values[:, own].var(ddof=1)
    assert spread > variances["residual"] + 0.5 * variances["participant:lesion"]
    pairs = np.corrcoef(found.values[:, own].T)
    assert pairs[0, 1] > 0.3  # visits of one lesion move together


def test_the_same_generator_gives_the_same_draws() -> None:
    first, again = (impute(trial(), NESTED, generator=np.random.default_rng(7), imputations=2) for _ in range(2))
    np.testing.assert_array_equal(first.values, again.values)


def test_completed_tables_keep_what_was_seen(many: Imputations) -> None:
    done = many.completed(0, shift=0.5)
    seen = trial()["log_size"].is_not_null()
    assert done.filter(seen).equals(trial().filter(seen))
    np.testing.assert_allclose(done["log_size"].to_numpy()[many.rows], many.values[0] + 0.5)
    assert done["log_size"].null_count() == 0


def test_nothing_missing_needs_no_draw() -> None:
    found = impute(trial(gaps=0), NESTED, generator=np.random.default_rng(1), imputations=3)
    assert (found.values.shape, found.count) == ((3, 0), 3)
    assert found.completed(1).equals(trial(gaps=0))


@pytest.mark.parametrize(
    ("change", "formula", "sentence"),
    [
        (pl.lit(None, pl.Float64).alias("log_size"), NESTED, "None of the 144 rows"),
        (pl.lit("P1").alias("participant"), NESTED, "All .* rows belong to one participant"),
        (pl.when(pl.int_range(pl.len()) > 2).then(pl.col("arm")).alias("arm"), NESTED, "The column arm has 3 gaps"),
        (pl.col("arm"), "log(log_size) ~ arm + (1|participant)", "imputed as it stands"),
        (
            pl.when(pl.col("log_size").is_null()).then(pl.lit("NEW")).otherwise(pl.col("arm")).alias("arm"),
            NESTED,
            r"No observed row tells of arm\[NEW\]",
        ),
    ],
)
def test_what_cannot_be_imputed_is_said(change: pl.Expr, formula: str, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        impute(trial().with_columns(change), formula, generator=np.random.default_rng(1))


def test_few_groups_and_wrong_requests() -> None:
    few = trial().filter(pl.col("participant").is_in(["P00", "P01", "P02"]))
    with pytest.raises(AnalysisError, match="participant has 3 groups with observed rows"):
        impute(few, NESTED, generator=np.random.default_rng(1))
    with pytest.raises(AnalysisError) as error:
        impute(few, NESTED, generator=np.random.default_rng(1), imputations=1, thinning=0)
    assert len(error.value.problems) == 2


def mean_difference(table: pl.DataFrame) -> Analysed:
    means = table.group_by("participant", "arm").agg(pl.col("log_size").mean())
    treated, other = (means.filter(pl.col("arm") == arm)["log_size"] for arm in ("STS", "CTL"))
    return Analysed(float(treated.mean() - other.mean()), float((treated.var() / 8 + other.var() / 8) ** 0.5), 14.0)


def test_shifts_move_the_estimate_by_their_share(many: Imputations) -> None:
    few = Imputations(many.data, many.column, many.rows, many.values[:5])
    surface = tipping_point(few, mean_difference, "arm", {"STS": [0.0, 1.0], "CTL": [0.0, -1.0]})
    estimates = {tuple(point.deltas.values()): point.pooled.estimate for point in surface.points}
    arms = many.data["arm"].to_numpy()[many.rows]
    for arm, place in [("STS", (1.0, 0.0)), ("CTL", (0.0, -1.0))]:
        share = (arms == arm).sum() / 72  # of all rows of an arm; every participant has nine
        assert estimates[place] - estimates[0.0, 0.0] == pytest.approx(share)
    assert estimates[1.0, -1.0] == pytest.approx(sum([estimates[1.0, 0.0], estimates[0.0, -1.0], -estimates[0.0, 0.0]]))


def test_sentences_of_the_surface(many: Imputations) -> None:
    few = Imputations(many.data, many.column, many.rows, many.values[:3])
    sure = lambda table: Analysed(mean_difference(table).estimate, 0.05, 14.0)  # noqa: E731
    assert "holds at all 2 points" in tipping_point(few, sure, "arm", {"STS": [0.0, 0.01]}).sentence
    assert "tips at 1 of 2 points" in tipping_point(few, sure, "arm", {"STS": [0.1, 100.0]}).sentence
    unsure = lambda table: Analysed(mean_difference(table).estimate, 5.0, 14.0)  # noqa: E731
    assert "no conclusion that could tip" in tipping_point(few, unsure, "arm", {"STS": [1.0]}).sentence


def test_impossible_grids_are_refused(many: Imputations) -> None:
    for arm, deltas, sentence in [
        ("group", {"STS": [0.0]}, "no column group"),
        ("arm", {"ABC": [0.0]}, "No value was imputed in arm 'ABC'"),
        ("arm", {"STS": []}, "must be finite numbers, at least one"),
        ("arm", {"STS": [float("inf")]}, "must be finite"),
        ("arm", {}, "No arm is to be shifted"),
    ]:
        with pytest.raises(AnalysisError, match=sentence):
            tipping_point(many, mean_difference, arm, deltas)
