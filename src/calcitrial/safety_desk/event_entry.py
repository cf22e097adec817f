"""What somebody does about an event: reports it, follows it up, judges it; each one submission, and then the mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.http import HttpRequest
from django.urls import reverse

from calcitrial.people import author_of
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.record import Draft, Place, current_rows, now
from calcitrial.safety import Kind, special_interest, tell
from calcitrial.safety_desk.event_view import FORM, WITH_END
from calcitrial.verbs import door as door_of
from calcitrial.verbs import enter
from calcitrial.web import Reading, scope_of


@dataclass(frozen=True)
class Sent:
    """What a browser sent about an event: its place, the values as typed, the version seen, and the reason."""

    place: Place
    values: Mapping[str, str]
    expected: int = 0
    reason: str = ""
    problems: tuple[Problem, ...] = field(default=())


def version_of(reading: Reading, place: Place) -> int:
    """Return how often the form at a place was entered or changed; 0 when it is not there."""
    keys = {"participant": place.participant, "form": place.form, "repeat": place.repeat}
    found = reading.rows.filter(**keys)["version"].max()
    return int(str(found)) if found is not None else 0


def enter_event(request: HttpRequest, reading: Reading, sent: Sent) -> None:
    """Enter or change an event as one submission, then tell who must know; RefusedError with every problem."""
    today = now().date()
    draft = Draft(sent.place, dict(sent.values), sent.expected, sent.reason)
    problems = page_problems(sent, today)
    try:
        author = author_of(scope_of(request, reading.study), reading.protocol, [draft])
        if problems:
            refuse(problems)
        receipt = enter(reading.study, [draft], author)
    except RefusedError as error:
        raise RefusedError(list(error.problems)) from None
    if receipt.entries:
        _tell(request, reading, sent, set(receipt.entries))


def page_problems(sent: Sent, today: date) -> list[Problem]:
    """Return what the page asks beyond the rules of every door: days that are not to come, the end of what ended."""
    values, found = sent.values, []
    days = (("onset_date", "Onset"), ("ae_end_date", "End"), ("aware_date", "Awareness"))
    for item, words in days:
        if values.get(item, "") > today.isoformat():
            what = f"{words} is {values[item]}, which is still to come."
            found.append(Problem(f"{sent.place}.{item}", what, f"Today is {today}."))
    if values.get("outcome") in WITH_END and not values.get("ae_end_date"):
        what = f"The event is {values['outcome']}, and the day of its end is missing."
        found.append(Problem(f"{sent.place}.ae_end_date", what, "Enter the day."))
    if values.get("serious") == "true" and not values.get("aware_date"):
        what = "A serious event does not say when the site became aware of it."
        found.append(Problem(f"{sent.place}.aware_date", what, "Enter the day: the clock of the report runs from it."))
    return found


def _tell(request: HttpRequest, reading: Reading, sent: Sent, entries: set[int]) -> None:
    """Send what this entry calls for; at most one message, the most urgent one."""
    grade = sent.values.get("grade", "")
    rows = current_rows(reading.study, sent.place.participant, (FORM, "hold", "study_hold"))
    fresh = set(rows.filter(rows["number"].is_in(sorted(entries)))["form"].to_list())
    held = bool(fresh & {"hold"}) or bool(_study_hold_in(reading.study, entries))
    kind: Kind
    if sent.values.get("serious") == "true":
        kind = "follow-up report" if sent.expected else "first report"
    elif held:
        kind = "hold"
    elif special_interest(sent.values.get("term", ""), int(grade) if grade.isdecimal() else 5) and not sent.expected:
        kind = "special interest"
    else:
        return
    door, place = door_of(reading.study), sent.place
    tell(door, place.participant, place.repeat, kind, event_address(request, reading.study, place))


def _study_hold_in(study: str, entries: set[int]) -> bool:
    rows = current_rows(study, "", ("study_hold",))
    return bool(set(rows["number"].to_list()) & entries)


def event_address(request: HttpRequest, study: str, place: Place) -> str:
    """Return the whole address of the page of an event, as a message needs it."""
    return request.build_absolute_uri(reverse("event", args=[study, place.participant, place.repeat]))
