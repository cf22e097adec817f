"""What was promised, as data: the trial's definition, criteria, forms, units, each with its source."""

from calcitrial.protocol.check import Checked, check_values
from calcitrial.protocol.expression import ExpressionError, Truth, evaluate, names_in
from calcitrial.protocol.load import SHIPPED, choose_control, find, load, parse
from calcitrial.protocol.problem import Problem, RefusedError, refuse
from calcitrial.protocol.rules import criterion_items
from calcitrial.protocol.schema import (
    Allocation,
    Arm,
    Control,
    Criterion,
    Endpoint,
    Estimand,
    Fact,
    Form,
    Item,
    Person,
    Protocol,
    Site,
    Source,
    Sourced,
    StoppingRule,
    Variant,
    Visit,
)
from calcitrial.protocol.sourced import sourced_parts

__all__ = [
    "SHIPPED",
    "Allocation",
    "Arm",
    "Checked",
    "Control",
    "Criterion",
    "Endpoint",
    "Estimand",
    "ExpressionError",
    "Fact",
    "Form",
    "Item",
    "Person",
    "Problem",
    "Protocol",
    "RefusedError",
    "Site",
    "Source",
    "Sourced",
    "StoppingRule",
    "Truth",
    "Variant",
    "Visit",
    "check_values",
    "choose_control",
    "criterion_items",
    "evaluate",
    "find",
    "load",
    "names_in",
    "parse",
    "refuse",
    "sourced_parts",
]
