"""A questionnaire as screens: one question each, or a short group that belongs together; and what a browser sends."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from calcitrial.diary import Given, Instrument, Question, Standing, moment_of


@dataclass(frozen=True)
class Field:
    """One question as it is drawn: its words, its answers, what stands, and what is wrong with what was typed."""

    question: Question
    text: str
    help: str
    low: str
    high: str
    choices: tuple[tuple[str, str], ...]
    value: str
    left_out: bool
    version: int
    problem: str = ""

    @property
    def stands(self) -> bool:
        """Return whether there is an answer in the record already."""
        return self.version > 0


@dataclass(frozen=True)
class Screen:
    """One screen: its number from 1, its questions, and under which answers it is asked."""

    number: int
    fields: tuple[Field, ...]

    @property
    def stands(self) -> bool:
        """Return whether a question of it was answered before."""
        return any(one.stands for one in self.fields)

    @property
    def only_if(self) -> str:
        """Return when it is asked, as 'item=answer' with blanks between; '' for always."""
        return " ".join(f"{name}={value}" for one in self.fields[:1] for name, value in one.question.only_if.items())


@dataclass
class Sent:
    """What a browser sent: answers as given, what is missing or wrong by question, and what was typed."""

    given: list[Given] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)


def groups(instrument: Instrument) -> list[list[Question]]:
    """Return the questions by screen, in order: neighbours that name the same screen stand together."""
    found: list[list[Question]] = []
    for one in instrument.items:
        if found and one.screen and found[-1][-1].screen == one.screen:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def screens(here: Standing, language: str, versions: Mapping[str, int], sent: Sent | None = None) -> list[Screen]:
    """Return every screen of an occasion in a language, filled with what stands or with what was typed."""
    told = sent or Sent()
    return [
        Screen(number, tuple(_field(one, here, language, versions.get(one.id, 0), told) for one in group))
        for number, group in enumerate(groups(here.occasion.instrument), 1)
    ]


def _field(one: Question, here: Standing, language: str, version: int, sent: Sent) -> Field:
    def word(name: str) -> str:
        words = getattr(one, name)
        return words.in_language(language) if words else ""

    typed = one.id in sent.typed or one.id in sent.skipped
    value = sent.typed.get(one.id, "") if typed else here.answers.get(one.id, "")
    left_out = one.id in sent.skipped if typed else here.answers.get(one.id) == ""
    choices = tuple((option.value, option.label.in_language(language)) for option in one.options)
    if one.type == "scale":
        choices = tuple((str(n), str(n)) for n in range(int(one.min), int(one.max) + 1))
    problem = sent.problems.get(one.id, "")
    return Field(one, word("text"), word("help"), word("low"), word("high"), choices, value, left_out, version, problem)


def first_missing(here: Standing, after: int = 0) -> int:
    """Return the first screen behind this one, or else at all, with a question that waits; 0 when none does."""
    missing = {one.id for one in here.missing}
    waiting = [n for n, group in enumerate(groups(here.occasion.instrument), 1) if missing & {one.id for one in group}]
    return next((n for n in waiting if n > after), waiting[0] if waiting else 0)


def read_sent(instrument: Instrument, post: Mapping[str, str], required: str) -> Sent:
    """Return the answers that a page sent: of the questions that it showed (`here-…`), and of no others.

    `required` is the sentence for a question that was neither answered nor left out; '' takes it as not asked.
    """
    found = Sent()
    for one in instrument.items:
        if f"here-{one.id}" not in post:
            continue
        text, skipped = post.get(f"a-{one.id}", "").strip(), f"skip-{one.id}" in post
        found.typed[one.id] = text
        if skipped:
            found.skipped.add(one.id)
        if not text and not skipped:
            if required and _applies(one, found):
                found.problems[one.id] = required
            continue
        moment = moment_of(post.get(f"t-{one.id}", ""))
        seen = post.get(f"v-{one.id}", "")
        expected = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0
        given = Given(one.id, "" if skipped else text, expected, moment.isoformat() if moment else "")
        found.given.append(given)
    return found


def _applies(one: Question, sent: Sent) -> bool:
    """Return whether a question is asked after what was sent with it; what was answered earlier the server checks."""
    return all(sent.typed.get(name, wanted) == wanted for name, wanted in one.only_if.items())
