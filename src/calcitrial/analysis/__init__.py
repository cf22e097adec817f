"""What a protocol promised to answer, answered from a cut.

`analyse` answers an endpoint of a protocol with the mixed model that its estimand asks for, or says why it cannot;
`flow` counts people and lesions. The numbers come from the room `models`, whose `fit` and `read_csv` are offered
here too, for a statistician with a plain table.
"""

from calcitrial.analysis.endpoint import Analysis, Supporting, analyse, analysis_data, endpoint_of
from calcitrial.analysis.flow import FlowStep, flow, shown_arms
from calcitrial.analysis.present import analysis_json, analysis_text, fit_text, method_named
from calcitrial.models import AnalysisError, Estimate, Fit, fit, read_csv

__all__ = [
    "Analysis",
    "AnalysisError",
    "Estimate",
    "Fit",
    "FlowStep",
    "Supporting",
    "analyse",
    "analysis_data",
    "analysis_json",
    "analysis_text",
    "endpoint_of",
    "fit",
    "fit_text",
    "flow",
    "method_named",
    "read_csv",
    "shown_arms",
]
