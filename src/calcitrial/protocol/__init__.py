"""What was promised, as data: the trial's definition, criteria, forms, units, each with its source.

A protocol is a TOML file beside these modules (`limoges`, `stsinj`) or your own. `load` reads it and refuses
it with every problem at once; `choose_control` makes one reading of a control real that is not public;
`evaluate` answers a criterion with true, false or unknown; `check_values` is the door by which every value
enters; `show`, `describe` and `gaps` tell a reader what is known, how well, and what is missing.
"""

from calcitrial.protocol.check import Checked, check_values
from calcitrial.protocol.estimand import Condition, Estimand, IntercurrentEvent, Responder
from calcitrial.protocol.expression import ExpressionError, Truth, evaluate, names_in
from calcitrial.protocol.form import Form, Item
from calcitrial.protocol.gaps import assumed, describe, gaps
from calcitrial.protocol.house import house_forms
from calcitrial.protocol.load import SHIPPED, choose_control, find, load, parse
from calcitrial.protocol.problem import Problem, RefusedError, refuse
from calcitrial.protocol.rules import criterion_items
from calcitrial.protocol.schema import (
    Allocation,
    Arm,
    Control,
    Criterion,
    Endpoint,
    Fact,
    Multiplicity,
    Person,
    Protocol,
    Site,
    Source,
    Sourced,
    StoppingRule,
    Variant,
    Visit,
)
from calcitrial.protocol.show import show
from calcitrial.protocol.sourced import sourced_parts

__all__ = [
    "SHIPPED",
    "Allocation",
    "Arm",
    "Checked",
    "Condition",
    "Control",
    "Criterion",
    "Endpoint",
    "Estimand",
    "ExpressionError",
    "Fact",
    "Form",
    "IntercurrentEvent",
    "Item",
    "Multiplicity",
    "Person",
    "Problem",
    "Protocol",
    "RefusedError",
    "Responder",
    "Site",
    "Source",
    "Sourced",
    "StoppingRule",
    "Truth",
    "Variant",
    "Visit",
    "assumed",
    "check_values",
    "choose_control",
    "criterion_items",
    "describe",
    "evaluate",
    "find",
    "gaps",
    "house_forms",
    "load",
    "names_in",
    "parse",
    "refuse",
    "show",
    "sourced_parts",
]
