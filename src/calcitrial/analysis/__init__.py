"""From tables to estimates: mixed models that respect people and their lesions, in small trials.

`read_csv` reads a plain table. `fit` takes a table and a formula such as
`log_size ~ arm*visit + log_baseline + (1|participant/lesion)`, refuses what cannot be analysed with sentences
(`AnalysisError`), finds the variances by REML and tests the fixed part after Kenward and Roger. From a `Fit`,
`marginal_means` and `contrasts` answer what the treatment did at each visit, `term_tests` whether a term
matters at all, and `ratio_estimate` makes the `Estimate` that the report prints: a geometric mean ratio with
its interval, its counts and every warning. `clopper_pearson` gives intervals for counts of people.

`prepare` and `fit_design` are the two halves of `fit`.

`analyse` answers an endpoint of a protocol from a cut, `flow` counts people and lesions, `write_report` writes the
report (web page, PDF/A, data, numbers; a `Picture` may be added) from the cut alone, and `why` walks from a number
back to its entries.
"""

from calcitrial.analysis.content import Picture
from calcitrial.analysis.design_matrix import Design, prepare
from calcitrial.analysis.endpoint import Analysis, analyse, endpoint_of
from calcitrial.analysis.estimate import AnalysisError, Estimate
from calcitrial.analysis.flow import FlowStep, flow
from calcitrial.analysis.formula import Formula, parse_formula
from calcitrial.analysis.kenward_roger import FTest, TTest, f_test, t_tests
from calcitrial.analysis.marginal import (
    Contrast,
    MarginalMean,
    adjust_p,
    contrasts,
    marginal_means,
    ratio_estimate,
    term_tests,
)
from calcitrial.analysis.mixed_model import Coefficient, Fit, fit, fit_design
from calcitrial.analysis.plain_table import read_csv
from calcitrial.analysis.present import analysis_json, analysis_text, fit_text, method_named
from calcitrial.analysis.proportions import Proportion, clopper_pearson
from calcitrial.analysis.report import ReportPaths, write_report
from calcitrial.analysis.why import Trace, why, why_text

__all__ = [
    "Analysis",
    "AnalysisError",
    "Coefficient",
    "Contrast",
    "Design",
    "Estimate",
    "FTest",
    "Fit",
    "FlowStep",
    "Formula",
    "MarginalMean",
    "Picture",
    "Proportion",
    "ReportPaths",
    "TTest",
    "Trace",
    "adjust_p",
    "analyse",
    "analysis_json",
    "analysis_text",
    "clopper_pearson",
    "contrasts",
    "endpoint_of",
    "f_test",
    "fit",
    "fit_design",
    "fit_text",
    "flow",
    "marginal_means",
    "method_named",
    "parse_formula",
    "prepare",
    "ratio_estimate",
    "read_csv",
    "t_tests",
    "term_tests",
    "why",
    "why_text",
    "write_report",
]
