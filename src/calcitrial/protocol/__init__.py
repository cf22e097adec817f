"""What was promised, as data: the trial's definition, criteria, forms, units, each with its source.

A protocol is a TOML file beside these modules (`limoges`, `stsinj`) or your own. `load` reads it and refuses
it with every problem at once; `choose_control` makes one reading of a control real that is not public;
`evaluate` answers a criterion with true, false or unknown; `check_values` is the door by which every value
enters; `show`, `describe` and `gaps` tell a reader what is known, how well, and what is missing.
"""

from calcitrial.protocol.amending import Held, amendment_problems, carried_over, relaxed
from calcitrial.protocol.asked import (
    State,
    broken_checks,
    completeness,
    not_asked,
    rests_on,
    rule_in_words,
    shown_item,
    unusual,
)
from calcitrial.protocol.check import Checked, check_form, check_values, readable
from calcitrial.protocol.differing import GROUPS, Difference, differences
from calcitrial.protocol.estimand import Condition, Estimand, IntercurrentEvent, Responder
from calcitrial.protocol.expression import ExpressionError, Truth, Value, evaluate, names_in
from calcitrial.protocol.form import Check, Form, Item
from calcitrial.protocol.form_rules import form_problems
from calcitrial.protocol.gaps import assumed, describe, gaps
from calcitrial.protocol.house import house_forms
from calcitrial.protocol.load import SHIPPED, choose_control, chosen_as, find, load, parse
from calcitrial.protocol.newer import lacking, newer_items
from calcitrial.protocol.problem import Problem, RefusedError, refuse
from calcitrial.protocol.rule_tree import rule_tree
from calcitrial.protocol.rules import criterion_items
from calcitrial.protocol.schema import (
    SIZED_BY,
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
    Sizes,
    Source,
    Sourced,
    StoppingRule,
    Variant,
    Visit,
)
from calcitrial.protocol.show import show
from calcitrial.protocol.sourced import sourced_parts
from calcitrial.protocol.unscheduled import is_unscheduled

__all__ = [
    "GROUPS",
    "SHIPPED",
    "SIZED_BY",
    "Allocation",
    "Arm",
    "Check",
    "Checked",
    "Condition",
    "Control",
    "Criterion",
    "Difference",
    "Endpoint",
    "Estimand",
    "ExpressionError",
    "Fact",
    "Form",
    "Held",
    "IntercurrentEvent",
    "Item",
    "Multiplicity",
    "Person",
    "Problem",
    "Protocol",
    "RefusedError",
    "Responder",
    "Site",
    "Sizes",
    "Source",
    "Sourced",
    "State",
    "StoppingRule",
    "Truth",
    "Value",
    "Variant",
    "Visit",
    "amendment_problems",
    "assumed",
    "broken_checks",
    "carried_over",
    "check_form",
    "check_values",
    "choose_control",
    "chosen_as",
    "completeness",
    "criterion_items",
    "describe",
    "differences",
    "evaluate",
    "find",
    "form_problems",
    "gaps",
    "house_forms",
    "is_unscheduled",
    "lacking",
    "load",
    "names_in",
    "newer_items",
    "not_asked",
    "parse",
    "readable",
    "refuse",
    "relaxed",
    "rests_on",
    "rule_in_words",
    "rule_tree",
    "show",
    "shown_item",
    "sourced_parts",
    "unusual",
]
