"""The statistics of few people with several lesions each: tables in, numbers and sentences out.

A share of people has `wilson`, `jeffreys`, `mid_p` and `blaker` beside `models.clopper_pearson`, and `compare_shares`
between two groups; a share of lesions has `clustered_proportion`, which knows that lesions of one person are alike.
`fit_marginal` compares arms over the population (GEE) with covariances and t tests made for few clusters, and
`robust_tests` asks the same of a mixed model whose random part is doubted. Treated and untreated lesions of the same
people are compared by `paired_t`, `signed_rank`, `sign_test` and `matched_answers`. Events have `poisson_rate`,
`poisson_rate_ratio` and, where some people have many, `event_rate` and `compare_event_rates`.

Missing sizes are drawn by `impute` and the completed tables analysed together by `analyse_imputed` (`pool` combines
what was analysed elsewhere); `tipping_point` asks how wrong "missing at random" may be. Earlier studies are pooled by
`pool_proportions` (binomial) and `pool_effects` (any estimate with its variance), and `map_prior` turns them into a
prior whose worth is a number of participants, which `update` confronts with new data.

What the data cannot answer is refused with a sentence (`models.AnalysisError`), never printed as a number. This room
knows no trial.
"""

from calcitrial.statistics.clustered import ClusteredProportion, clustered_proportion
from calcitrial.statistics.estimating_equations import Solved, cluster_places, jackknife_covariance, solve
from calcitrial.statistics.imputation import Imputations, impute
from calcitrial.statistics.intervals import blaker, jeffreys, mid_p, wilson
from calcitrial.statistics.logistic_mixed import LogisticMixed, fit_logistic_mixed
from calcitrial.statistics.marginal_model import MarginalFit, fit_marginal
from calcitrial.statistics.matched_answers import MatchedAnswers, matched_answers
from calcitrial.statistics.meta_proportions import PooledProportion, pool_proportions
from calcitrial.statistics.multiple_imputation import Analysed, Pooled, analyse_imputed, pool
from calcitrial.statistics.negative_binomial import (
    EventRates,
    GroupRate,
    Overdispersion,
    compare_event_rates,
    event_rate,
)
from calcitrial.statistics.paired import SignedRank, paired_t, sign_test, signed_rank
from calcitrial.statistics.prior import MapPrior, PosteriorShare, map_prior, update
from calcitrial.statistics.random_effects import MetaAnalysis, leave_one_out, log_odds, pool_effects
from calcitrial.statistics.rates import Rate, RateRatio, poisson_rate, poisson_rate_ratio
from calcitrial.statistics.robust_mixed import robust_tests
from calcitrial.statistics.separation import separated_terms
from calcitrial.statistics.tipping_point import Shifted, TippingSurface, tipping_point
from calcitrial.statistics.two_shares import SharesCompared, compare_shares

__all__ = [
    "Analysed",
    "ClusteredProportion",
    "EventRates",
    "GroupRate",
    "Imputations",
    "LogisticMixed",
    "MapPrior",
    "MarginalFit",
    "MatchedAnswers",
    "MetaAnalysis",
    "Overdispersion",
    "Pooled",
    "PooledProportion",
    "PosteriorShare",
    "Rate",
    "RateRatio",
    "SharesCompared",
    "Shifted",
    "SignedRank",
    "Solved",
    "TippingSurface",
    "analyse_imputed",
    "blaker",
    "cluster_places",
    "clustered_proportion",
    "compare_event_rates",
    "compare_shares",
    "event_rate",
    "fit_logistic_mixed",
    "fit_marginal",
    "impute",
    "jackknife_covariance",
    "jeffreys",
    "leave_one_out",
    "log_odds",
    "map_prior",
    "matched_answers",
    "mid_p",
    "paired_t",
    "poisson_rate",
    "poisson_rate_ratio",
    "pool",
    "pool_effects",
    "pool_proportions",
    "robust_tests",
    "separated_terms",
    "sign_test",
    "signed_rank",
    "solve",
    "tipping_point",
    "update",
    "wilson",
]
