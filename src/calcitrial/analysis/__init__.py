"""What a protocol promised to answer, answered from a cut.

`analyse` answers an endpoint of a protocol as its estimand asks: within the population, with what intercurrent events
make of values, by a mixed model, with the further analyses that show what the answer depends on; or it says why it
cannot. `order_of_tests` says which endpoints may be claimed;
`flow` counts people and lesions, `exposures` what they were injected with, and `safety_analysis` what happened to
them. The numbers come from the rooms `models` and `statistics`; `fit` and `read_csv` of `models` are offered here too,
for a statistician with a plain table.
"""

from calcitrial.analysis.asked_rows import analysis_data
from calcitrial.analysis.endpoint import Analysis, analyse, endpoint_of
from calcitrial.analysis.exposed import ArmExposure, Exposed, Exposures, Given, Spread, exposures
from calcitrial.analysis.flow import flow, shown_arms
from calcitrial.analysis.flow_steps import FlowStep
from calcitrial.analysis.groups import Group, groups_of
from calcitrial.analysis.harm_counts import Count, CountLine, Event, GradeLine
from calcitrial.analysis.harm_rates import EventRate, LesionShare, Ratio
from calcitrial.analysis.harms import SafetyAnalysis, SafetyGroup, safety_analysis, safety_json
from calcitrial.analysis.measurement import Measurement, decrease_of
from calcitrial.analysis.missing import MissingData, Planned
from calcitrial.analysis.multiplicity import Tested, order_of_tests
from calcitrial.analysis.population import Enforced
from calcitrial.analysis.present import analysis_json, analysis_text, fit_text, method_named
from calcitrial.analysis.responders import Compared, Responders, Share, Threshold
from calcitrial.analysis.size_source import ReadBy, SizeSource, Waiting
from calcitrial.analysis.supporting import Supporting
from calcitrial.models import AnalysisError, Estimate, Fit, fit, read_csv

__all__ = [
    "Analysis",
    "AnalysisError",
    "ArmExposure",
    "Compared",
    "Count",
    "CountLine",
    "Enforced",
    "Estimate",
    "Event",
    "EventRate",
    "Exposed",
    "Exposures",
    "Fit",
    "FlowStep",
    "Given",
    "GradeLine",
    "Group",
    "LesionShare",
    "Measurement",
    "MissingData",
    "Planned",
    "Ratio",
    "ReadBy",
    "Responders",
    "SafetyAnalysis",
    "SafetyGroup",
    "Share",
    "SizeSource",
    "Spread",
    "Supporting",
    "Tested",
    "Threshold",
    "Waiting",
    "analyse",
    "analysis_data",
    "analysis_json",
    "analysis_text",
    "decrease_of",
    "endpoint_of",
    "exposures",
    "fit",
    "fit_text",
    "flow",
    "groups_of",
    "method_named",
    "order_of_tests",
    "read_csv",
    "safety_analysis",
    "safety_json",
    "shown_arms",
]
