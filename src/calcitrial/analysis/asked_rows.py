"""The rows of an endpoint's outcome as its estimand asks for them: within the population, after what intervened."""

import polars as pl

from calcitrial.analysis.intercurrent import StandIn, enforce_events, stand_in, with_zero_as
from calcitrial.analysis.modelling import visits_of
from calcitrial.analysis.population import Enforced, enforce_population
from calcitrial.models import parse_formula
from calcitrial.outcomes import measure_of
from calcitrial.protocol import Endpoint, Problem, refuse
from calcitrial.record import Cut


def analysis_data(cut: Cut, endpoint: Endpoint) -> pl.DataFrame:
    """Return the endpoint's outcome table with `used`: whether a row belongs in the model.

    Used are rows that are not excluded and have every value of the formula, at planned visits after baseline;
    where change from baseline is the question, a lead-in before baseline is a visit to be compared as well.
    Excluded, with the reason, are people outside the population of the estimand (untreated arms too where change
    under treatment is the question: one mean over treated and untreated people would answer nothing), and what its
    intercurrent events exclude; these may change values too.
    """
    return asked_rows(cut, endpoint)[0]


def asked_rows(cut: Cut, endpoint: Endpoint) -> tuple[pl.DataFrame, tuple[Enforced, ...], StandIn | None]:
    """Return the outcome table as the estimand asks for it, what was enforced, and what stands in for 0."""
    data, population = enforce_population(cut, endpoint, measure_of(endpoint).derive(cut))
    data, events = enforce_events(cut, endpoint, data)
    zero = stand_in(endpoint, data)
    data = with_zero_as(data, zero)
    needed = parse_formula(endpoint.formula).columns
    missing = [name for name in needed if name not in data.columns]
    what = f"The formula {endpoint.formula!r} names {', '.join(missing)}, which {endpoint.outcome} does not have."
    refuse([Problem(f"endpoint {endpoint.id}", what, f"Columns: {', '.join(data.columns)}.")] if missing else [])
    complete = [pl.col(name).is_not_null() for name in needed]
    at_visit = pl.col("visit").is_in(visits_of(cut.protocol, endpoint))
    used = pl.all_horizontal(at_visit, pl.col("excluded") == "", *complete).alias("used")
    return data.with_columns(used), (*population, *events), zero
