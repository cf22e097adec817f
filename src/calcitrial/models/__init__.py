"""From plain tables to estimates: mixed models that respect people and their lesions, in small trials.

`read_csv` reads a plain table. `fit` takes a table and a formula such as
`log_size ~ arm*visit + log_baseline + (1|participant/lesion)`, or one with residuals correlated over visits such as
`us(visit|participant)` (MMRM), refuses what cannot be analysed with sentences (`AnalysisError`), finds the variances
by REML and tests the fixed part after Kenward and Roger. From a `Fit`, `marginal_means` and `contrasts` answer what
the treatment did at each visit, `term_tests` whether a term matters at all, and `ratio_estimate` makes the `Estimate`
that the report prints: a geometric mean ratio with its interval, its counts and every warning. `clopper_pearson`
gives intervals for counts of people.

`prepare` and `fit_design` are the two halves of `fit`; `prepare_marginal` is for models of populations
(GEE), which have clusters and no random terms; `fit_many` fits one design to thousands of simulated data
sets. This room knows no trial: tables in, numbers out.
"""

from calcitrial.models.design_matrix import Design, prepare, prepare_marginal
from calcitrial.models.estimable import estimable
from calcitrial.models.estimate import AnalysisError, Estimate, refuse_if_any
from calcitrial.models.formula import Formula, parse_formula
from calcitrial.models.kenward_roger import FTest, Method, TTest, f_test, t_tests
from calcitrial.models.many import ManyFits, fit_many
from calcitrial.models.marginal import (
    DF_NAMES,
    Contrast,
    MarginalMean,
    adjust_p,
    contrasts,
    marginal_means,
    ratio_estimate,
    term_tests,
)
from calcitrial.models.mixed_model import Coefficient, Fit, fit, fit_design
from calcitrial.models.plain_table import read_csv
from calcitrial.models.proportions import Proportion, clopper_pearson
from calcitrial.models.structured_maximum import ResidualCovariance
from calcitrial.models.structures import STRUCTURES

__all__ = [
    "DF_NAMES",
    "STRUCTURES",
    "AnalysisError",
    "Coefficient",
    "Contrast",
    "Design",
    "Estimate",
    "FTest",
    "Fit",
    "Formula",
    "ManyFits",
    "MarginalMean",
    "Method",
    "Proportion",
    "ResidualCovariance",
    "TTest",
    "adjust_p",
    "clopper_pearson",
    "contrasts",
    "estimable",
    "f_test",
    "fit",
    "fit_design",
    "fit_many",
    "marginal_means",
    "parse_formula",
    "prepare",
    "prepare_marginal",
    "ratio_estimate",
    "read_csv",
    "refuse_if_any",
    "t_tests",
    "term_tests",
]
