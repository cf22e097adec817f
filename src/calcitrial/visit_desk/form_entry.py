"""What somebody does on the page of one form: what was sent, entered through the gateway, or what stands against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from calcitrial.desk import confirmations, confirmed_in, saved_for_later, values_of
from calcitrial.protocol import Form, Problem, RefusedError, not_asked, readable, unusual
from calcitrial.quality import soft_questions
from calcitrial.record import Author, Draft, Place, Step, since, standing_of, values_at
from calcitrial.verbs import door, enter

SHOWN = 100_000  # of a longer text the page gives back the beginning, and says so


@dataclass(frozen=True)
class Sent:
    """What a browser sent for one form: the values as typed, the version seen when the page was made, and why.

    `confirmed` are the unusual values that were ticked as right, as 'item=value'.
    """

    values: dict[str, str]
    expected: str
    reason: str
    partial: bool
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Refusal:
    """Why a form was not entered, and how the page goes on: values to show, version to expect, questions to ask.

    `meanwhile` is what others entered since the page was made; `questions` the unusual values by 'item=value'.
    """

    problems: tuple[Problem, ...]
    values: dict[str, str]
    expected: int
    meanwhile: tuple[Step, ...] = ()
    questions: dict[str, str] = field(default_factory=dict)


def sent_by(form: Form, post: QueryDict) -> Sent:
    """Return what a browser sent for a form."""
    return Sent(
        values_of(form, post),
        post.get("_expected", ""),
        post.get("_reason", "").replace("\r\n", "\n").strip(),
        saved_for_later(post),
        confirmed_in(post),
    )


def enter_form(study: str, place: Place, form: Form, sent: Sent, by: Author) -> Refusal | None:
    """Enter a form as one submission; return None, or why it was refused, with nothing lost of what was typed."""
    if not sent.expected.isdecimal() or len(sent.expected) > 9:
        what = "The version of the form that this page was made from is missing."
        return Refusal((Problem(str(place), what, "Open the form again."),), sent.values, 0)
    strange = [name for name in sent.values if form.item(name) is None]
    if strange:
        known = ", ".join(item.id for item in form.items)
        problems = (Problem(name, f"Form {form.id} has no item {name[:80]!r}.", f"Known: {known}.") for name in strange)
        return Refusal(tuple(problems), sent.values, int(sent.expected))
    questions = asked_about(study, place, form, sent.values)
    confirmed = confirmations(questions, sent.confirmed)
    expected = int(sent.expected)
    draft = Draft(place, sent.values, expected, sent.reason, sent.partial and not form.opens, confirmed)
    try:
        enter(study, [draft], by)
    except RefusedError as error:
        refusal = Refusal(error.problems, sent.values, expected, questions=questions)
        return _shortened(_reconciled(study, place, form, refusal))
    return None


def asked_about(study: str, place: Place, form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """Return what must be confirmed, by 'item=value': a confirmation holds for one value and no other."""
    canonical = readable(form, values)
    found = unusual(form, canonical)
    for item, what in soft_questions(door(study, place.participant), place, values).items():
        found[item] = f"{found.get(item, '')} {what}".strip()
    return {f"{item}={canonical.get(item, '')}": what for item, what in found.items()}


def _reconciled(study: str, place: Place, form: Form, refusal: Refusal) -> Refusal:
    """Return a refusal that also says what was entered by others since the page was made.

    What the person left as they saw it takes its value of now; what they typed stays; the next save then expects
    the version of now, and so is a change on top of the other one, made knowingly.
    """
    now = standing_of(study, place)
    if now.version == refusal.expected:
        return refusal
    # `form` has only what the person may see; of the rest nothing is told.
    steps = [step for step in since(study, place, refusal.expected) if form.item(step.item)]
    seen = values_at(study, place, refusal.expected)
    values, typed = dict(refusal.values), readable(form, refusal.values)
    for step in steps:
        if typed.get(step.item, values.get(step.item, "")) == seen.get(step.item, ""):
            values[step.item] = now.values.get(step.item, "")
    names = ", ".join(sorted({f"{step.author} ({step.role})" for step in steps})) or "somebody"
    what = f"This form was changed by {names} after you opened it."
    instead = "See below what changed; what you typed is kept. Save again, with a reason, to enter it on top."
    stale = Problem(str(place), what, instead)
    others = [problem for problem in refusal.problems if "was expected, but the form is at version" not in problem.what]
    others = [problem for problem in others if not problem.what.startswith("A change of an entered form has no reason")]
    return replace(refusal, problems=(stale, *others), values=values, expected=now.version, meanwhile=tuple(steps))


def _shortened(refusal: Refusal) -> Refusal:
    values = {item: value[:SHOWN] for item, value in refusal.values.items()}
    return replace(refusal, values=values)


def skipped_items(form: Form, values: dict[str, str]) -> Sequence[str]:
    """Return the items that are not asked with these values, whatever cannot be read among them."""
    return list(not_asked(form, readable(form, values)))


def rules_for_browser(form: Form, tree: Any) -> dict[str, Any]:
    """Return what a browser needs to hide and show questions as somebody types: rules as trees, types by item."""
    rules = {item.id: tree(item.show_if) for item in form.items if item.show_if}
    return {"rules": rules, "types": {item.id: item.type for item in form.items}}
