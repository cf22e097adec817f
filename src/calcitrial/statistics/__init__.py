"""The statistics of few people with several lesions each: tables in, numbers and sentences out.

A share of people has `wilson`, `jeffreys`, `mid_p` and `blaker` beside `models.clopper_pearson`; a share of lesions
has `clustered_proportion`, which knows that lesions of one person are alike. `fit_marginal` compares arms over the
population (GEE) with covariances and t tests made for few clusters. Treated and untreated lesions of the same people
are compared by `paired_t`, `signed_rank`, `sign_test` and `matched_answers`. Events have `poisson_rate`,
`poisson_rate_ratio` and, where some people have many, `compare_event_rates`.

What the data cannot answer is refused with a sentence (`models.AnalysisError`), never printed as a number. This room
knows no trial.
"""

from calcitrial.statistics.clustered import ClusteredProportion, clustered_proportion
from calcitrial.statistics.estimating_equations import Solved, cluster_places, jackknife_covariance, solve
from calcitrial.statistics.intervals import blaker, jeffreys, mid_p, wilson
from calcitrial.statistics.marginal_model import MarginalFit, fit_marginal
from calcitrial.statistics.matched_answers import MatchedAnswers, matched_answers
from calcitrial.statistics.negative_binomial import EventRates, Overdispersion, compare_event_rates
from calcitrial.statistics.paired import SignedRank, paired_t, sign_test, signed_rank
from calcitrial.statistics.rates import Rate, RateRatio, poisson_rate, poisson_rate_ratio
from calcitrial.statistics.separation import separated_terms

__all__ = [
    "ClusteredProportion",
    "EventRates",
    "MarginalFit",
    "MatchedAnswers",
    "Overdispersion",
    "Rate",
    "RateRatio",
    "SignedRank",
    "Solved",
    "blaker",
    "cluster_places",
    "clustered_proportion",
    "compare_event_rates",
    "fit_marginal",
    "jackknife_covariance",
    "jeffreys",
    "matched_answers",
    "mid_p",
    "paired_t",
    "poisson_rate",
    "poisson_rate_ratio",
    "separated_terms",
    "sign_test",
    "signed_rank",
    "solve",
    "wilson",
]
