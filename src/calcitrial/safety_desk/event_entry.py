"""What somebody does about an event: reports it, follows it up, judges it; each one submission."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.http import HttpRequest

from calcitrial.people import author_of
from calcitrial.protocol import Problem, refuse
from calcitrial.record import Draft, Place, now
from calcitrial.safety_desk.event_view import WITH_END
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
    """Enter or change an event as one submission, its message queued with it; RefusedError with every problem."""
    today = now().date()
    draft = Draft(sent.place, dict(sent.values), sent.expected, sent.reason)
    problems = page_problems(sent, today)
    author = author_of(scope_of(request, reading.study), reading.protocol, [draft])
    refuse(problems)
    enter(reading.study, [draft], author)


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
