"""The question of an endpoint after ICH E9(R1), in words for people and as data for the analysis.

What stands in words alone is never enforced silently: the analysis names it as a gap.
"""

from typing import Any, Literal

from pydantic import Field, ModelWrapValidatorHandler, SerializerFunctionWrapHandler, model_serializer, model_validator

from calcitrial.protocol.part import Part

Event = Literal[
    "",
    "lesion_excised",
    "lesion_extruded",
    "rescue",
    "other_treatment",
    "pain_medicine_changed",
    "wrong_lesion_injected",
    "vanished",
    "treatment_stopped",
]
Strategy = Literal["", "treatment_policy", "composite", "while_on_treatment", "hypothetical", "principal_stratum"]


class Condition(Part):
    """One condition of a population that the record can decide.

    `measurable_lesions` are target lesions measured above zero at `visit` (the baseline when left out); `injected`
    counts injections given, and is asked of treated arms only, because others cannot have one.
    """

    kind: Literal["enrolled", "meets_criteria", "injected", "measurable_lesions"]
    at_least: int = Field(default=1, ge=1)
    visit: str = ""


class IntercurrentEvent(Part):
    """What may happen after the start of treatment, and what it does to later values.

    A composite says what the later values count as: 0, or the value at baseline (no success). A plain text has
    neither event nor strategy, and nothing is done.
    """

    text: str
    event: Event = ""
    strategy: Strategy = ""
    counts_as: Literal["", "zero", "baseline"] = ""

    @model_validator(mode="wrap")
    @classmethod
    def _from_text(cls, value: Any, handler: ModelWrapValidatorHandler["IntercurrentEvent"]) -> "IntercurrentEvent":
        return handler({"text": value} if isinstance(value, str) else value)

    @model_serializer(mode="wrap")
    def _as_text(self, handler: SerializerFunctionWrapHandler) -> Any:
        """Write words alone as they were read, so that the digest of an open study stays what it was."""
        return handler(self) if self.event or self.strategy or self.counts_as else self.text

    def __str__(self) -> str:
        """Return the words."""
        return self.text


class Estimand(Part):
    """The five attributes of ICH E9(R1), plus the unit that is specific to lesion-level trials.

    `weight` says whether each participant or each lesion counts alike. A vanished lesion enters logarithms as half
    of `detection_limit` (in the unit of the outcome), or else of the smallest size that is analysed.
    """

    population: str
    unit: str
    treatment: str
    variable: str
    intercurrent_events: tuple[IntercurrentEvent, ...]
    summary: str
    conditions: tuple[Condition, ...] = ()
    weight: Literal["", "participant", "lesion"] = ""
    detection_limit: float | None = Field(default=None, gt=0)

    @property
    def events_in_words(self) -> str:
        """Return the intercurrent events as one text."""
        return "; ".join(str(event) for event in self.intercurrent_events)


class Responder(Part):
    """From which decrease on a lesion has responded.

    Attributes:
        decrease_percent: the decrease that matters, in percent of the size at baseline.
        sdc_percent: the smallest detectable change as growth in percent, where no readings of the study say it; a
            decrease counts from 100 (1 - 1 / (1 + sdc / 100)).
        note: where both come from.
    """

    decrease_percent: float = Field(gt=0, lt=100)
    sdc_percent: float | None = Field(default=None, gt=0)
    note: str
