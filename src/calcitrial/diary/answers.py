"""Answers come in: checked against the instrument, each an entry with its originator, both clocks, and a history.

Every answer is a form of its own (`diary_entry`), so that it has its own version, originator and history; the form
`questionnaire` says once which version of the instrument was shown. Whoever answered by a personal link is the only
one who corrects that answer; the team corrects what it took down itself. Answers feed no endpoint: the form `pain`
stays the source of the pain outcome unless a protocol says otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from calcitrial.diary.book import Occasion, Standing, read_book
from calcitrial.diary.instrument import Question
from calcitrial.diary.plan import plan_problems
from calcitrial.diary.shelf import instruments, shipped
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, trail_of

CORRECTION = timedelta(hours=24)
CLOCK_WRONG = 300  # seconds; a device this far off is shown as wrong
BY_LINK = "personal link"


@dataclass(frozen=True)
class Given:
    """One answer that comes in: '' when the question was left out; `expected` is the version that was seen."""

    item: str
    answer: str
    expected: int = 0
    device_at: str = ""


@dataclass(frozen=True)
class Teller:
    """Who tells, by which way, in which language; the name of the sending, and how far the device's clock is off."""

    told_by: str
    by_way_of: str
    language: str
    relation: str = ""
    sending: str = ""
    clock_off: int | None = None


def answer(
    gateway: Gateway, occasion: tuple[str, str], given: Sequence[Given], teller: Teller, by: Author, reason: str = ""
) -> Receipt:
    """Enter answers to one questionnaire as one submission; `occasion` is (participant, repeat of the questionnaire).

    What stands already as it is sent makes no entry, so a sending that got lost on its way back can be sent again.
    RefusedError when the questionnaire is not open, an answer cannot be taken, or a change has no reason.
    """
    participant, repeat = occasion
    now = gateway.clock()
    try:
        return _enter(gateway, _standing(gateway.study, participant, repeat, now), given, teller, (by, reason, now))
    except RefusedError:
        # The same sending may have come in twice at once: then it is there, and all is well.
        if given and not _new(_standing(gateway.study, participant, repeat, now), given):
            return gateway.enter([], by)
        raise


def _enter(
    gateway: Gateway, here: Standing, given: Sequence[Given], teller: Teller, act: tuple[Author, str, datetime]
) -> Receipt:
    by, reason, now = act
    fresh = _new(here, given)
    problems = [*_closed(here, teller), *_unfit(here, given)] if fresh else []
    for one in fresh:
        problems += _fixed(gateway, here, one, teller, now) if one.item in here.answers else []
    refuse(problems)
    shown = here.occasion.instrument
    header = {"instrument": shown.id, "version": shown.version, "digest": shown.digest}
    drafts = [Draft(here.occasion.place, header | {"due_on": here.occasion.due.isoformat()})] if not here.rows else []
    drafts += [_draft(here.occasion, one, teller, reason) for one in fresh]
    return gateway.enter(drafts if fresh else [], by)


def _draft(occasion: Occasion, one: Given, teller: Teller, reason: str) -> Draft:
    values: dict[str, object] = {
        "answer": one.answer or None,
        "left_out": None if one.answer else True,
        "told_by": teller.told_by,
        "relation": teller.relation or None,
        "by_way_of": teller.by_way_of,
        "language": teller.language,
        "device_at": one.device_at or None,
        "clock_off": teller.clock_off,
        "sending": teller.sending or None,
    }
    return Draft(occasion.answer_place(one.item), values, one.expected, reason)


def _standing(study: str, participant: str, repeat: str, now: datetime) -> Standing:
    book = read_book(study, participant)
    for one in book.standings(participant, book.day(participant, now)):
        if one.occasion.place.repeat == repeat:
            return one
    what = f"{participant} has no questionnaire {repeat!r}."
    raise RefusedError([Problem(f"{participant} {repeat}", what, "Choose one from the list.")])


def _new(here: Standing, given: Sequence[Given]) -> list[Given]:
    """Return the answers that do not stand already as they come."""
    return [one for one in given if here.answers.get(one.item) != one.answer]


def _closed(here: Standing, teller: Teller) -> list[Problem]:
    """Return why nothing can be answered here today; a diary kept on paper may be handed in late."""
    one, today = here.occasion, here.today
    last = date.max if teller.by_way_of == "paper" else one.closes
    if one.opens <= today <= last or here.state == "answered":
        return []
    what = f"This questionnaire is open from {one.opens} to {one.closes}; today is {today}."
    return [Problem(str(one.place), what, "Nothing was saved: what is remembered later is no diary.")]


def _unfit(here: Standing, given: Sequence[Given]) -> list[Problem]:
    found = []
    for one in given:
        question = here.occasion.instrument.item(one.item)
        if question is None:
            what = f"{here.occasion.instrument.id} has no question {one.item!r}."
            found.append(Problem(one.item, what, "Load the page again."))
        elif one.answer and (wrong := question.problem(one.answer)):
            found.append(Problem(one.item, wrong, "Choose or write another answer."))
    return found


def _fixed(gateway: Gateway, here: Standing, one: Given, teller: Teller, now: datetime) -> list[Problem]:
    """Return why an answer that stands cannot be changed by who wants to."""
    row = here.rows[one.item]
    by_link = row["by_way_of"] == BY_LINK
    if by_link != (teller.by_way_of == BY_LINK):
        who = "the participant gave it by the personal link" if by_link else "the team took it down"
        return [Problem(one.item, f"The answer stands: {who}.", "Only who entered it corrects it.")]
    if not by_link:
        return []
    (first, *_rest) = sorted(step.at for step in trail_of(gateway.study, row["entries"]))
    if now - datetime.fromisoformat(first) > CORRECTION:
        what = "The answer was given more than 24 hours ago."
        return [Problem(one.item, what, "It stands as it is. Call your study team if it is wrong.")]
    return []


def clock_off(sent_at: str, now: datetime) -> int | None:
    """Return by how many seconds the server is ahead of a device; None when it does not say when it sent."""
    moment = moment_of(sent_at)
    return None if moment is None else max(-(10**9), min(10**9, round((now - moment).total_seconds())))


def moment_of(text: str) -> datetime | None:
    """Return the moment that a device wrote, in UTC; None when it wrote none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def diary_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return what speaks against a form of a diary, by whatever door it comes: question, answer, plan."""
    place = draft.place
    if place.form == "diary_plan":
        return plan_problems(gateway, draft, instruments(gateway.study))
    if place.form != "diary_entry":
        return []
    question = question_of(gateway.study, place)
    if question is None:
        return [Problem(str(place), "No instrument of the study has this question.", "Enter it by its questionnaire.")]
    said = str(draft.values.get("answer") or "")
    wrong = question.problem(said) if said else ""
    if not said and str(draft.values.get("left_out")).lower() != "true":
        wrong = "There is neither an answer nor the word that it was left out."
    return [Problem(f"{place}.answer", wrong, "Give an answer of the instrument.")] if wrong else []


def question_of(study: str, place: Place) -> Question | None:
    """Return the question that the place of an answer names."""
    name, _, rest = place.repeat.partition(":")
    instrument = shipped().get(name) or instruments(study).get(name)
    return instrument.item(rest.rpartition(":")[2]) if instrument else None


HAND_FORMS = frozenset({"diary_entry", "questionnaire", "diary_link", "reminder", "instrument"})


def diary_by_hand_problems(_gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return that a form of diaries is entered by its own verb only, so that its originator is who it says."""
    if draft.place.form not in HAND_FORMS:
        return []
    what = f"The form {draft.place.form} is not entered by hand."
    return [Problem(str(draft.place), what, "Use the diary pages, `calcitrial remind` or `calcitrial instrument`.")]
