"""What a study demands of its people: delegation, training by role, a second factor by role; each an entry with reason.

Without such an entry nothing is demanded beyond what always holds: a grant, and some valid training.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polars as pl

from calcitrial.people.scope import roles
from calcitrial.protocol import Problem, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, study_forms

FORM = "people_rule"
DELEGATION, TRAINING, FACTOR = "delegation", "training", "second factor"
REQUIRED, FREE = "required", "not required"
TASKS = Path(__file__).parent / "tasks.csv"


@cache
def tasks() -> Mapping[str, frozenset[str]]:
    """Return what each task of the delegation log allows: its capabilities, by task."""
    found: dict[str, set[str]] = {}
    with TASKS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["task"], set()).add(row["capability"])
    return {task: frozenset(held) for task, held in found.items()}


@dataclass(frozen=True)
class Demands:
    """What a study demands: whether tasks must be delegated, which training a role needs, which roles a second factor.

    `rules` holds each rule as it stands: its name, what it says, and its reason.
    """

    delegation: bool = False
    training: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    factor: frozenset[str] = frozenset()
    rules: tuple[tuple[str, str, str], ...] = ()

    def missing(self, role: str, trained: frozenset[str]) -> tuple[str, ...]:
        """Return the topics that a role needs and that are not among those somebody is trained in."""
        return tuple(topic for topic in self.training.get(role, ()) if topic.casefold() not in trained)


def demands_in(rows: pl.DataFrame) -> Demands:
    """Return the demands of a study as these rows say."""
    found: dict[str, dict[str, str]] = {}
    wanted = rows.filter(pl.col("form") == FORM).select("repeat", "item", "value")
    for name, item, value in wanted.iter_rows():
        found.setdefault(name, {})[item] = value
    says = {name: one.get("rule_says", "") for name, one in found.items()}
    in_force = {name: text for name, text in says.items() if text and text != FREE}
    training = {n.partition("/")[2]: _topics(text) for n, text in in_force.items() if n.startswith(f"{TRAINING}/")}
    factor = {name.partition("/")[2] for name in in_force if name.startswith(f"{FACTOR}/")}
    rules = tuple(sorted((name, says[name], one.get("rule_reason", "")) for name, one in found.items()))
    return Demands(DELEGATION in in_force, training, frozenset(factor), rules)


def demands_of(study: str) -> Demands:
    """Return what a study demands of its people now."""
    return demands_in(study_forms(study, (FORM,)).rows)


def demand(gateway: Gateway, what: str, role: str, says: str, by: Author, reason: str) -> Receipt:
    """Enter a rule: `what` is delegation, training or second factor, `says` 'required', 'not required' or topics.

    Topics of training are apart by semicolons. Raises RefusedError for what is unknown, or without a reason.
    """
    said = "; ".join(_topics(says)) if what == TRAINING and says.strip() not in ("", FREE) else says.strip() or FREE
    refuse(_objections(what, role, said, reason))
    place = Place("", FORM, repeat=what if what == DELEGATION else f"{what}/{role}")
    rows = current_rows(gateway.study, forms=(FORM,)).filter(pl.col("repeat") == place.repeat)
    expected = int(max(rows["version"], default=0))
    values = {"rule_says": said, "rule_reason": reason.strip()}
    return gateway.enter([Draft(place, values, expected, reason if expected else "")], by)


def _objections(what: str, role: str, says: str, reason: str) -> list[Problem]:
    found = []
    if what not in (DELEGATION, TRAINING, FACTOR):
        found.append(Problem("rule", f"There is no rule {what!r}.", f"Known: {DELEGATION}, {TRAINING}, {FACTOR}."))
    if what in (TRAINING, FACTOR) and role not in roles():
        found.append(Problem("role", f"There is no role {role!r}.", f"Known: {', '.join(sorted(roles()))}."))
    if what in (DELEGATION, FACTOR) and says not in (REQUIRED, FREE):
        found.append(Problem("says", f"The rule says {says!r}.", f"Write {REQUIRED!r} or {FREE!r}."))
    if not reason.strip():
        found.append(Problem("reason", "No reason is given.", "Say why."))
    return found


def _topics(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in text.split(";") if one.strip()))
