"""The shape of one published report: its design, people, route, dose, counts and harms, and where each was read.

The words of the public copy stay as they are printed; beside them stand what the program counts and compares: the
kind of design, the conditions of the people, the strength in mg/mL, and each count with its denominator, the words it
was read in and the address where they stand. A number that the copy does not print as a number stays text.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

NOT_VISIBLE = "not visible in the public copy read"
Number = int | str | None
Kind = Literal["randomised", "comparison", "own_control", "trial", "uncontrolled", "case_report", "review", "not_shown"]
Outcome = Literal["response", "adverse_event", "serious_adverse_event", "recurrence"]
Domain = Literal["comparison", "selection", "outcome", "completeness", "reporting"]
Judgement = Literal["low", "some concerns", "high", "not shown"]
OUTCOMES: tuple[Outcome, ...] = ("response", "adverse_event", "serious_adverse_event", "recurrence")
# Codes of the form `screening` where it has one, so that a report can be held against the criteria of a trial.
CONDITIONS = {
    "SSc": "systemic sclerosis",
    "DM": "dermatomyositis",
    "JDM": "juvenile dermatomyositis",
    "IIM": "inflammatory myopathy",
    "MCTD": "mixed connective tissue disease",
    "SLE": "lupus",
    "PHP1A": "pseudohypoparathyroidism type 1A",
    "iPPSD2": "inactivating PTH/PTHrP signalling disorder 2",
    "HFTC": "hyperphosphataemic familial tumoral calcinosis",
    "NSF": "nephrogenic systemic fibrosis",
    "calciphylaxis": "calciphylaxis",
    "tendinopathy": "calcific tendinopathy",
    "pruritus": "itch of kidney failure",
    "calcinosis": "calcinosis of several causes",
    "other": "another disease",
}


class Part(BaseModel):
    """Common manners of all parts of a report: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Count(Part):
    """People with an outcome among those it was looked for in; `read_in` is a field, `read_at` a place in `urls`.

    `conditions` are those of the people who were counted, where they are not all of the report's. `pool` says that a
    reader found the count fit to be added to others of the same thing by the same route.
    """

    outcome: Outcome
    counted: str
    events: int = Field(ge=0)
    denominator: int = Field(ge=1)
    read_in: str
    read_at: int = Field(ge=1)
    conditions: list[str] = []
    pool: bool = False


class Bias(Part):
    """What a reader judged of one domain of bias, the words it rests on, and who judged."""

    domain: Domain
    judgement: Judgement
    basis: str
    by: str


class Study(Part):
    """One report. Counts are whole numbers where the copy prints one, its own words or None otherwise."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    label: str
    first_author: str = ""
    year: Number = None
    source: str
    doi: str = ""
    pmid: str = ""
    kind: Kind
    design: str
    population: str
    conditions: list[str] = Field(min_length=1)
    route: str
    concentration: str = ""
    mg_per_ml: float | None = Field(default=None, gt=0)
    schedule: str = ""
    n_patients: Number = None
    n_lesions: Number = None
    n_treatments: Number = None
    outcome_measure: str = ""
    followup: str = ""
    responders: Number = None
    denominator: Number = None
    definition: str = ""
    size_effect: str = ""
    pain_or_global_effect: str = ""
    ae_text: str = ""
    ae_n: Number = None
    ae_denominator: Number = None
    truncated: str
    meta_ready: str = ""
    urls: list[str] = []
    note: str = ""
    superseded_by: str = ""
    counts: list[Count] = []
    bias: list[Bias] = []

    @property
    def is_review(self) -> bool:
        """Return whether it is a secondary source, which overlaps the primary reports it reviews."""
        return self.kind == "review"

    @property
    def is_case_report(self) -> bool:
        """Return whether it reports one person (or does not say more than one)."""
        return self.n_patients == 1 or self.kind == "case_report"

    @property
    def is_truncated(self) -> bool:
        """Return whether the copy that was read is cut off."""
        return self.truncated.startswith("yes") and "complete" not in self.truncated

    @property
    def not_visible(self) -> tuple[str, ...]:
        """Return the fields that the public copy does not show, or cuts off, in the order of the record."""
        return tuple(
            name for name, value in self if isinstance(value, str) and (NOT_VISIBLE in value or "cut off" in value)
        )

    def counts_of(self, outcome: str) -> tuple[Count, ...]:
        """Return the counts of one outcome."""
        return tuple(count for count in self.counts if count.outcome == outcome)


def faults(study: Study) -> Iterator[tuple[str, str, str]]:
    """Yield what a well-shaped report still contradicts: the place in it, what is wrong, what to write instead."""
    for condition in (*study.conditions, *(code for count in study.counts for code in count.conditions)):
        if condition not in CONDITIONS:
            yield "conditions", f"The condition {condition!r} is unknown.", f"Write one of {', '.join(CONDITIONS)}."
    for place, count in enumerate(study.counts, 1):
        yield from ((f"counts.{place}", what, instead) for what, instead in _count_faults(study, count))
    for one in study.bias:
        if not any(one.basis in value for _, value in study if isinstance(value, str)):
            what = f"The words {one.basis!r} stand nowhere in the report."
            yield f"bias.{one.domain}", what, "Quote words of the report that the judgement rests on."


def _count_faults(study: Study, count: Count) -> Iterator[tuple[str, str]]:
    if count.events > count.denominator:
        what = f"{count.events} of {count.denominator} people is impossible."
        yield what, "Write how many had it, then in how many it was looked for."
    if count.read_at > len(study.urls):
        what = f"It was read at address {count.read_at}, and the report has {len(study.urls)}."
        yield what, "Number the addresses from 1, or add the missing one to urls."
    if not isinstance(getattr(study, count.read_in, None), str) or not getattr(study, count.read_in):
        what = f"It was read in {count.read_in!r}, where no words stand."
        yield what, "Name the field that holds the words, such as definition or ae_text."
    if count.pool and (study.is_review or study.is_case_report):
        kind = "a review, which overlaps what it reviews" if study.is_review else "a report of one person"
        yield f"It is marked for pooling and comes from {kind}.", "Remove pool = true."
