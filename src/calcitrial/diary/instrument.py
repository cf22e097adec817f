"""An instrument as data: its questions in each language, how it is scored, whose it is and who may use it.

Instruments of this project lie beside this module as `<id>.toml`. Those of others come as a file from the licence
holder, in the same shape, and stay out of the repository (`shelf`).
"""

import hashlib
import tomllib
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calcitrial.protocol import Problem, RefusedError, refuse

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")
LONGEST = 1000  # signs of a text that somebody types; more is a letter, and belongs on paper
NAME = r"^[a-z][a-z0-9_]{0,39}$"


class Part(BaseModel):
    """Common manners: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(Part):
    """The same words in each language; '' where there is no translation."""

    en: str = ""
    fr: str = ""

    def in_language(self, language: str) -> str:
        """Return the words in a language."""
        return str(getattr(self, language))


class Option(Part):
    """One answer that may be chosen: what is recorded, and what is read."""

    value: str = Field(pattern=r"^[^\s]{1,40}$")
    label: Words


class Question(Part):
    """One question. A scale goes from 0 to 10 in whole steps; `only_if` names answers without which it is not asked."""

    id: str = Field(pattern=NAME)
    type: Literal["scale", "choice", "number", "text"]
    text: Words
    help: Words | None = None
    low: Words | None = None
    high: Words | None = None
    options: tuple[Option, ...] = ()
    min: float = 0
    max: float = 10
    screen: str = ""
    only_if: dict[str, str] = {}

    def problem(self, answer: str) -> str:
        """Return what is wrong with an answer as a sentence; '' when it may be entered."""
        if self.type == "text":
            return "" if len(answer) <= LONGEST else f"The answer has {len(answer)} signs, more than {LONGEST}."
        if self.type == "choice":
            known = [option.value for option in self.options]
            return "" if answer in known else f"{answer[:40]!r} is none of the answers ({', '.join(known)})."
        plain = answer.isascii() and answer.replace(".", "", self.type == "number").isdigit()
        if not plain or not self.min <= float(answer) <= self.max:
            return f"{answer[:40]!r} is no number from {self.min:g} to {self.max:g}."
        return ""

    def said(self, answer: str, language: str) -> str:
        """Return an answer as its label in a language; a number or text as it is."""
        return next((one.label.in_language(language) for one in self.options if one.value == answer), answer)


class ScoreRule(Part):
    """How a score comes from answers: groups of questions, each counted by its worst, then added or averaged.

    At least so many groups must have an answer, else the score is not known; a sum is prorated to all groups.
    """

    id: str = Field(pattern=NAME)
    label: str
    rule: Literal["sum", "mean"]
    of: tuple[tuple[str, ...], ...] = Field(min_length=1)
    at_least: int = Field(ge=1)
    source: str


class Alert(Part):
    """An answer after which the person is asked to call, and the team is told."""

    item: str
    is_: str = Field(alias="is")
    label: str
    text: Words


class Instrument(Part):
    """A questionnaire or diary."""

    id: str = Field(pattern=NAME)
    version: str
    answered_by: Literal["participant", "physician"]
    status: Literal["assumed", "validated", "licensed"]
    source: str
    licence: str
    use: str
    minutes: int = Field(ge=1, le=120)
    title: Words
    introduction: Words
    recall: Words
    items: tuple[Question, ...] = Field(min_length=1, max_length=500)
    scores: tuple[ScoreRule, ...] = ()
    alerts: tuple[Alert, ...] = ()
    digest: str = ""

    def item(self, name: str) -> Question | None:
        """Return the question with this id, or None."""
        return next((one for one in self.items if one.id == name), None)

    @property
    def languages(self) -> tuple[Language, ...]:
        """Return the languages in which every text of it is there."""
        texts = [self.title, self.introduction, self.recall, *(alert.text for alert in self.alerts)]
        for one in self.items:
            texts += [text for text in (one.text, one.help, one.low, one.high) if text is not None]
            texts += [option.label for option in one.options]
        return tuple(language for language in LANGUAGES if all(text.in_language(language) for text in texts))

    def shown_in(self, wanted: str) -> Language:
        """Return the language it is shown in when this one is wanted: this, or the one that it has."""
        return next((one for one in self.languages if one == wanted), self.languages[0])

    def asked(self, answers: dict[str, str]) -> list[Question]:
        """Return the questions that are asked after these answers ('' being left out), in order."""
        return [one for one in self.items if all(answers.get(name) == wanted for name, wanted in one.only_if.items())]


def parse_instrument(content: bytes, name: str) -> Instrument:
    """Return the instrument that a TOML file holds; RefusedError with every problem as a sentence."""
    try:
        raw = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RefusedError([Problem(name, f"This is not TOML: {error}.", "Write the file as TOML in UTF-8.")]) from None
    if "digest" in raw:
        refuse([Problem(f"{name}: digest", "The file gives its own digest.", "Leave it out; it is computed.")])
    try:
        found = Instrument.model_validate(raw | {"digest": hashlib.sha256(content).hexdigest()})
    except ValidationError as error:
        raise RefusedError([_sentence(name, one["loc"], one["msg"]) for one in error.errors()]) from None
    refuse(_inconsistencies(found, name))
    return found


def _sentence(name: str, place: tuple[int | str, ...], message: str) -> Problem:
    where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in place)
    return Problem(f"{name}: {where}", f"{message.rstrip('.')}.", "Mend this part of the file.")


def _inconsistencies(found: Instrument, name: str) -> list[Problem]:
    """Return what in an instrument does not fit together."""
    problems = []
    if not found.languages:
        what = "No language has every text."
        problems.append(Problem(name, what, f"Complete one of: {', '.join(LANGUAGES)}."))
    ids = [one.id for one in found.items]
    for doubled in sorted({one for one in ids if ids.count(one) > 1}):
        problems.append(Problem(f"{name}: {doubled}", "Two questions have this id.", "Give each its own."))
    for place, item in [
        *((f"scores.{rule.id}", item) for rule in found.scores for group in rule.of for item in group),
        *((f"items.{one.id}.only_if", item) for one in found.items for item in one.only_if),
        *(("alerts", alert.item) for alert in found.alerts),
    ]:
        if item not in ids:
            problems.append(Problem(f"{name}: {place}", f"There is no question {item!r}.", "Name one of its own."))
    for one in found.items:
        if one.type == "choice" and len(one.options) < 2:
            problems.append(Problem(f"{name}: items.{one.id}", "A choice has fewer than two answers.", "List them."))
        if one.type in ("scale", "number") and one.min >= one.max:
            problems.append(Problem(f"{name}: items.{one.id}", "Its limits are upside down.", "Swap them."))
    for rule in found.scores:
        if rule.at_least > len(rule.of):
            what = f"It needs {rule.at_least} answers of {len(rule.of)}."
            problems.append(Problem(f"{name}: scores.{rule.id}", what, "Ask for no more than there are."))
    return problems
