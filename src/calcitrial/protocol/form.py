"""Forms and their items: what is asked, in which unit, within which limits, and what a form belongs to."""

from typing import Literal

from pydantic import Field

from calcitrial.protocol.part import Part

Level = Literal[
    "study", "participant", "visit", "lesion", "lesion_visit", "reading", "event", "visit_event", "lesion_event"
]
ItemType = Literal["text", "integer", "decimal", "choice", "boolean", "date", "lesion", "visit"]


class Item(Part):
    """One question on a form: its type, unit, hard limits and choices."""

    id: str
    label: str
    type: ItemType
    unit: str = ""
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()
    required: bool = False
    help: str = ""
    show_if: str = Field(default="", description="CEL over the items of the form; asked only where true")
    usual: tuple[float, float] | None = Field(default=None, description="a value outside asks for a second look")
    long: bool = Field(default=False, description="a text of several lines")


class Check(Part):
    """What must hold among the answers of a form, in CEL, and what is said where it does not.

    Attributes:
        severity: 'hard' refuses, 'soft' asks for a confirmation, 'query' stops nobody and becomes a query.
        others: values of other forms or visits of the participant, by the name the rule gives them: 'form.item' at the
            same place, 'form.item@first', '@last' (the smallest, the largest value) or '@previous' (the visit before).
        present: items that must be answered wherever the rule is true; without it the rule itself must hold.
    """

    rule: str
    message: str
    severity: Literal["hard", "soft", "query"] = "hard"
    others: dict[str, str] = Field(default_factory=dict)
    present: tuple[str, ...] = ()

    @property
    def is_across(self) -> bool:
        """Return whether it asks more than whether the answers of one form fit, and so is asked by the gateway."""
        return bool(self.others or self.present) or self.severity != "hard"


class Form(Part):
    """A form: what it belongs to (its level), what it opens, its items, and what must hold among them."""

    id: str
    label: str
    level: Level
    opens: Literal["", "participant", "lesion", "visit"] = ""
    items: tuple[Item, ...]
    checks: tuple[Check, ...] = ()
    repeats: str = Field(default="", description="how its repeats begin: CM for CM1, CM2 and so on")

    def item(self, name: str) -> Item | None:
        """Return the item with this id, or None."""
        return next((item for item in self.items if item.id == name), None)
