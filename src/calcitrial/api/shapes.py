"""The shapes that go over the wire."""

from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field

from calcitrial.record import Draft, Place


class Strict(Schema):
    """Manners of everything that comes in: an unknown key is an error, so that nothing slips through unseen."""

    model_config = ConfigDict(extra="forbid")


class PlaceIn(Strict):
    """Where a form belongs."""

    form: str = Field(max_length=100)
    participant: str = Field(default="", max_length=100)
    visit: str = Field(default="", max_length=100)
    lesion: str = Field(default="", max_length=100)
    repeat: str = Field(default="", max_length=200)

    def place(self) -> Place:
        """Return it as a place of the record."""
        return Place(self.participant, self.form, self.visit, self.lesion, self.repeat)


class DraftIn(PlaceIn):
    """A form somebody wants to enter: values by item, the version they saw, and a reason for a change.

    `confirmed` holds, by item, what was asked about an unusual value that the person said is right.
    """

    values: dict[str, str | int | float | bool | None]
    expected: int = 0
    reason: str = ""
    partial: bool = False
    confirmed: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it

    def draft(self) -> Draft:
        """Return it as a draft of the gateway."""
        return Draft(self.place(), dict(self.values), self.expected, self.reason, self.partial, self.confirmed)


class ReceiptOut(Schema):
    """What the gateway gave back; no entries when the record says all of it already."""

    sequence: int
    hash: str
    entries: list[int]


class FormOut(Schema):
    """One entered form: where it belongs, its version, and its values with units."""

    participant: str
    form: str
    visit: str
    lesion: str
    repeat: str
    version: int
    values: dict[str, str]
    units: dict[str, str]
    entries: dict[str, int]


class StepOut(Schema):
    """One entry of the history: who, when, in which role, what, and what it replaced, why."""

    number: int
    sequence: int
    at: str
    author: str
    role: str
    item: str
    value: str
    unit: str
    replaces: int
    reason: str


class Told(Schema):
    """A refusal: all problems at once."""

    problems: list[dict[str, Any]]
