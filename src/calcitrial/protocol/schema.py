"""The protocol as data: the shape that every study definition has, and that every other room reads."""

import hashlib
from typing import Any, Literal

import orjson
from pydantic import Field

from calcitrial.protocol.estimand import Estimand, Responder
from calcitrial.protocol.form import Form
from calcitrial.protocol.house import house_form
from calcitrial.protocol.part import Part

Status = Literal["seen", "derived", "inferred", "partial", "conflict", "assumed", "unspecified"]
Scalar = str | int | float | bool


class Source(Part):
    """Where something was read: a public page, a registry copy, a paper."""

    title: str
    url: str = ""
    note: str = ""


class Sourced(Part):
    """Anything that was read somewhere: how well it is known, and where it was read."""

    status: Status
    source: tuple[str, ...] = ()
    note: str = ""


class Fact(Sourced):
    """One fact of the trial; `value` is empty exactly when the fact is unspecified."""

    label: str
    value: Scalar | tuple[Scalar, ...] | None = None
    unit: str = ""
    who: str = Field(default="", description="number of the item in the WHO trial registration data set")


class Criterion(Sourced):
    """One eligibility criterion; without an expression it can only be answered by a person."""

    id: str
    type: Literal["inclusion", "exclusion"]
    text: str
    expression: str = Field(default="", description="CEL over the items of participant-level forms")


class Arm(Part):
    """What a participant (or a lesion) is assigned to."""

    id: str
    label: str
    treated: bool


class Allocation(Part):
    """Who is assigned to an arm: nobody (single arm), participants, or lesions inside a participant."""

    unit: Literal["none", "participant", "lesion"] = "none"
    ratio: tuple[int, ...] = (1,)
    block: int = 0
    strata: tuple[str, ...] = ()


class Visit(Sourced):
    """A planned visit: target day from baseline, and the window as [earliest day, latest day]."""

    id: str
    label: str
    kind: Literal["screening", "baseline", "treatment", "follow_up", "unscheduled"]
    day: int
    window: tuple[int, int]
    forms: tuple[str, ...] = ()


SIZED_BY = {
    "automatic": "as the program measures them, without a person",
    "site": "as drawn at the site, by a person who may know the arm",
    "reads": "what the blinded readers arrive at",
}


class Sizes(Sourced):
    """Whose sizes an endpoint takes: the program's own, those drawn at the site, or the blinded readers'."""

    by: Literal["automatic", "site", "reads"]


class Endpoint(Sourced):
    """One endpoint: which outcome measure, at which visit, compared how, by which model."""

    id: str
    label: str
    role: Literal["primary", "secondary", "exploratory"]
    outcome: str = Field(description="name of a file in the outcomes room")
    visit: str
    contrast: Literal["between_arms", "from_baseline", "within_participant"]
    formula: str
    estimand: Estimand
    responder: Responder | None = None
    sizes: Sizes | None = Field(default=None, description="as the outcome is measured first, when left out")

    @property
    def sized_by(self) -> str:
        """Return whose sizes are taken; '' for those of the first measurement."""
        return self.sizes.by if self.sizes else ""


class Multiplicity(Sourced):
    """The key secondary endpoints, tested only after the primary one; all others are exploratory."""

    method: Literal["holm", "fixed_sequence"]
    endpoints: tuple[str, ...] = Field(description="ids, for a fixed sequence in the order of testing")


class StoppingRule(Sourced):
    """A rule that holds or stops treatment, as words and as what the program asks at the entry of an event.

    `when` is CEL over one event (term, grade, related, kind, lesion, serious); `level` is what is held when `count`
    events meet it. A rule without `when` is words alone, for a person to follow.
    """

    id: str
    text: str
    level: Literal["", "participant", "lesion", "study"] = ""
    when: str = ""
    count: int = Field(default=1, ge=1)


class Person(Sourced):
    """A person who runs the trial, as publicly named."""

    name: str
    role: str
    site: str = ""


class Site(Sourced):
    """A place where the trial runs."""

    id: str
    name: str
    country: str


class Variant(Sourced):
    """A runnable reading of a control that the public record does not specify."""

    id: str
    label: str
    arms: tuple[Arm, ...]
    allocation: Allocation = Allocation()
    visits: tuple[Visit, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()


class Control(Sourced):
    """The control of the trial; `unspecified` until a variant is chosen."""

    kind: str
    chosen: str = ""
    variants: tuple[Variant, ...] = ()


class Protocol(Part):
    """A whole study definition; frozen, and identified by the digest of its canonical form."""

    id: str
    name: str
    version: str
    sources: dict[str, Source]
    facts: dict[str, Fact]
    people: tuple[Person, ...] = ()
    sites: tuple[Site, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    control: Control
    arms: tuple[Arm, ...] = ()
    allocation: Allocation = Allocation()
    visits: tuple[Visit, ...] = ()
    forms: tuple[Form, ...]
    lesions: dict[str, Fact] = {}  # noqa: RUF012 - pydantic copies it for each protocol
    dose: dict[str, Fact] = {}  # noqa: RUF012
    endpoints: tuple[Endpoint, ...] = ()
    multiplicity: Multiplicity | None = None
    stopping_rules: tuple[StoppingRule, ...] = ()

    def form(self, name: str) -> Form | None:
        """Return the form with this id: the protocol's own, else the house's, else None."""
        return next((form for form in self.forms if form.id == name), None) or house_form(name)

    def visit(self, name: str) -> Visit | None:
        """Return the visit with this id, or None."""
        return next((visit for visit in self.visits if visit.id == name), None)

    def arm(self, name: str) -> Arm | None:
        """Return the arm with this id, or None."""
        return next((arm for arm in self.arms if arm.id == name), None)

    def canonical(self) -> str:
        """Return the definition as canonical JSON text (sorted keys, no white space, defaults left out).

        Defaults are left out so that a later version of the program, which knows more keys, still finds the same
        digest for a study that is open.
        """
        content: dict[str, Any] = self.model_dump(mode="json", exclude_defaults=True)
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the canonical form, in hexadecimal: the version entries remember."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()
