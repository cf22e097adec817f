"""An instrument as data: its questions in each language, how it is scored, whose it is and who may use it.

Instruments of this project lie beside this module as `<id>.toml`. Those of others come as a file from the licence
holder, in the same shape, and stay out of the repository (`shelf`).
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calcitrial.protocol import ExpressionError, Problem, RefusedError, Value, evaluate, names_in, refuse

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")
LONGEST = 1000  # signs of a text that somebody types; more is a letter, and belongs on paper
BEFORE = "_before"
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

    @property
    def counts(self) -> bool:
        """Return whether its answers are numbers."""
        numbers = [one.value.replace(".", "", 1).isdecimal() for one in self.options]
        return self.type in ("scale", "number") or (self.type == "choice" and all(numbers))

    def compared(self, answer: str) -> Value:
        """Return an answer as a rule compares it: a number where all its answers are numbers, else the text."""
        return Decimal(answer) if self.counts else answer

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
    """An answer after which the person is asked to call, and the team is told.

    Raised where the answer is exactly `is`, or where `when` is true: CEL over the answers of this questionnaire, and,
    with `_before` behind their names, over the last earlier ones (pain_worst >= 8; pain - pain_before >= 3). What was
    not answered raises nothing.
    """

    item: str
    is_: str = Field(default="", alias="is")
    when: str = ""
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

    def raised(self, answers: Mapping[str, str], before: Mapping[str, str]) -> list[Alert]:
        """Return the alerts that these answers raise, given the last earlier ones ('' being left out)."""
        known = self._known(answers, before)
        given = [(one, answers[one.item]) for one in self.alerts if answers.get(one.item)]
        return [one for one, said in given if said == one.is_ or (one.when and evaluate(one.when, known) == "true")]

    def _known(self, answers: Mapping[str, str], before: Mapping[str, str]) -> dict[str, Value]:
        found = {one.id: one.compared(answers[one.id]) for one in self.items if answers.get(one.id)}
        earlier = {f"{one.id}{BEFORE}": one.compared(before[one.id]) for one in self.items if before.get(one.id)}
        return found | earlier

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
    return [*problems, *(one for alert in found.alerts for one in _unfit(found, alert, f"{name}: alerts.{alert.item}"))]


def _unfit(found: Instrument, alert: Alert, place: str) -> Iterator[Problem]:
    """Yield what is wrong with the condition of an alert."""
    if bool(alert.is_) == bool(alert.when):
        yield Problem(place, "It says not when it is raised, or says it twice.", "Write one of `is` and `when`.")
    question = found.item(alert.item)
    if alert.is_ and question and question.type == "choice" and question.problem(alert.is_):
        yield Problem(place, question.problem(alert.is_), "Name one of the answers.")
    if not alert.when:
        return
    one_answer = {one.id: one.options[0].value if one.options else f"{one.min:g}" for one in found.items}
    sample = {one.id: one.compared(one_answer[one.id]) for one in found.items}
    sample |= {f"{name}{BEFORE}": value for name, value in sample.items()}
    try:
        unknown = sorted(names_in(alert.when) - set(sample))
        if unknown:
            what = f"Its rule names {', '.join(unknown)}."
            yield Problem(place, what, f"Name questions of its own, or those with {BEFORE} behind.")
        elif alert.item not in names_in(alert.when):
            what = f"Its rule says nothing of {alert.item}."
            yield Problem(place, what, "Name the question to which the alert belongs.")
        else:
            evaluate(alert.when, sample)
    except ExpressionError as error:
        yield Problem(place, str(error), "Write a condition in CEL, such as pain >= 8.")
