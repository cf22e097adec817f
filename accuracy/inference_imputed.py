"""Missing sizes drawn and pooled (Barnard and Rubin) beside the likelihood of what was seen."""

import numpy as np
import polars as pl
from inference_outcome import Outcome, counted

from calcitrial.models import Design, fit_many, parse_formula, prepare
from calcitrial.statistics import Analysed, impute, pool

PART = "A fifth of the sizes missing at random, arms compared at the last visit"
FORMULA = "y ~ arm*visit + base + (1|participant) + (1|participant:lesion)"
IMPUTATIONS = 10
METHODS = ("10 imputations, Barnard-Rubin", "likelihood, Kenward-Roger", "5 imputations, normal instead of t")


def outcomes(rng: np.random.Generator, trials: int) -> list[Outcome]:
    """Return what pooling does with 12 and 24 participants of 2 lesions and 3 visits."""
    return [one for people in (12, 24) for one in situation(rng, trials, people)]


def situation(rng: np.random.Generator, trials: int, people: int) -> list[Outcome]:
    """Draw trials with gaps and without an effect, and return the outcome of each method."""
    told = [_missed(drawn(rng, people), rng) for _ in range(trials)]
    name = f"{people} participants x 2 lesions x 3 visits"
    return [counted(PART, name, method, own) for method, own in zip(METHODS, zip(*told, strict=True), strict=True)]


def drawn(rng: np.random.Generator, people: int) -> pl.DataFrame:
    """Draw a trial without an effect; who was large at one visit is missed more often at the next."""
    person = np.repeat(np.arange(people), 6)
    lesion, visit = np.tile(np.repeat([0, 1], 3), people), np.tile([0, 1, 2], 2 * people)
    base = np.repeat(rng.normal(5, 1, 2 * people), 3)
    y = 0.8 * base + rng.normal(0, 0.3, people)[person] + np.repeat(rng.normal(0, 0.35, 2 * people), 3)
    y += rng.normal(0, 0.2, len(y))
    large = np.r_[0.0, (y - 0.8 * base)[:-1]]
    gone = (visit > 0) & (rng.random(len(y)) < 0.6 / (1 + np.exp(-2 * large)))
    return pl.DataFrame(
        {
            "participant": [f"P{n:02}" for n in person],
            "lesion": [f"L{n}" for n in lesion],
            "arm": np.where(person % 2, "STS", "CTL"),
            "visit": [f"W{n}" for n in visit],
            "base": base,
            "y": y,
            "gone": gone,
        }
    ).with_columns(y=pl.when("gone").then(None).otherwise("y"))


def _missed(rows: pl.DataFrame, rng: np.random.Generator) -> tuple[bool, bool, bool]:
    made = impute(rows, FORMULA, generator=rng, imputations=IMPUTATIONS, burn_in=50, thinning=5)
    whole = prepare(made.completed(0), parse_formula(FORMULA))
    responses = np.array([made.completed(number)["y"].to_numpy() for number in range(IMPUTATIONS)])
    each = fit_many(whole, responses, _line(whole))
    complete = float(np.mean(each.df[:, 0]))
    all_of_them = pool([Analysed(q, u, complete) for q, u in zip(each.estimates[:, 0], each.se[:, 0], strict=True)])
    few = pool([Analysed(q, u) for q, u in zip(each.estimates[:5, 0], each.se[:5, 0], strict=True)])
    seen = prepare(rows, parse_formula(FORMULA))
    alone = fit_many(seen, seen.response[None], _line(seen))
    return all_of_them.p < 0.05, bool(alone.p[0, 0] < 0.05), abs(few.estimate / few.se) > 1.959964


def _line(design: Design) -> np.ndarray:
    return np.array([float(term in ("arm[STS]", "arm[STS]:visit[W2]")) for term in design.terms])
