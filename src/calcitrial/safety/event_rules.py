"""What an adverse event must say to be admitted: words and grade, why it is serious, and days that can be."""

from collections.abc import Iterator, Mapping
from datetime import date, time

from calcitrial.protocol import Problem
from calcitrial.record import Draft, Gateway, Place, current_rows, tabulate
from calcitrial.safety.ctcae import check_event
from calcitrial.safety.reported import CRITERIA, FORM, YES, day

OTHER = "other, specify"
ENDED = ("recovered", "recovered with sequelae", "fatal")
LASTING = ("recovering", "not recovered")


def event_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return what is wrong inside an adverse event; [] for any other form.

    What a form asked before these rules were there stays admissible: a recovered event without the day of its end is
    entered and shown as unfinished.
    """
    if draft.place.form != FORM:
        return []
    values = {name: "" if value is None else str(value).strip() for name, value in draft.values.items()}
    found = [*check_event(values), *_words(values), *_serious(values), *_days(values), *_aware(values)]
    return [Problem(f"{draft.place}.{one.place.split('.')[-1]}", one.what, one.instead) for one in found] + list(
        _linked(gateway, draft.place, values)
    )


def _words(values: Mapping[str, str]) -> Iterator[Problem]:
    if values.get("term", "").casefold().endswith(OTHER) and not values.get("other_specify"):
        yield Problem("other_specify", "The term says “Other, specify”.", "Write the event in words.")


def _serious(values: Mapping[str, str]) -> Iterator[Problem]:
    serious = values.get("serious", "").lower() in YES
    met = [item for item in CRITERIA if values.get(item, "").lower() in YES]
    if serious and not met:
        yield Problem("serious", "No criterion says why the event is serious.", "Choose at least one.")
    if met and not serious:
        what = f"The event is said not to be serious, yet it meets: {', '.join(CRITERIA[item] for item in met)}."
        yield Problem("serious", what, "An event that meets a criterion is serious.")
    fatal = values.get("grade") == "5" or values.get("outcome") == "fatal"
    if fatal and not serious and values.get("serious"):
        yield Problem("serious", "A fatal event is said not to be serious.", "A death is always serious.")
    if values.get("grade") == "5" and values.get("outcome") not in (None, "", "fatal"):
        what = f"Grade 5 is death, yet the outcome is {values['outcome']}."
        yield Problem("outcome", what, "Correct the grade or the outcome.")


def _days(values: Mapping[str, str]) -> Iterator[Problem]:
    onset, end, outcome = day(values.get("onset_date")), day(values.get("ae_end_date")), values.get("outcome")
    if onset and end and end < onset:
        yield Problem("ae_end_date", f"The event ended on {end}, before its onset on {onset}.", "Correct one of them.")
    if end and outcome in LASTING:
        yield Problem("ae_end_date", f"The event has an end, yet it is {outcome}.", "Leave the end out.")
    look = day(values.get("next_look"))
    if look and onset and look < onset:
        yield Problem("next_look", f"The next look on {look} lies before the onset.", "Choose a later day.")


def _aware(values: Mapping[str, str]) -> Iterator[Problem]:
    onset, aware, clock = day(values.get("onset_date")), day(values.get("aware_date")), values.get("aware_time")
    if onset and aware and aware < onset:
        yield Problem("aware_date", f"The site knew on {aware}, before the onset on {onset}.", "Correct one of them.")
    if clock and not _is_time(clock):
        yield Problem("aware_time", f"The time is {clock!r}.", "Write hours and minutes, such as 14:05.")
    elif clock and not aware:
        yield Problem("aware_date", "There is a time without its day.", "Enter the day too.")


def _is_time(text: str) -> bool:
    try:
        return len(text) == 5 and bool(time.fromisoformat(text).isoformat())
    except ValueError:
        return False


def _linked(gateway: Gateway, place: Place, values: Mapping[str, str]) -> Iterator[Problem]:
    """Yield that an event began before the injection that it is said to have followed."""
    onset, visit = day(values.get("onset_date")), values.get("ae_visit")
    on = _visit_day(gateway, place.participant, visit) if onset and visit else None
    if onset and on and onset < on:
        what = f"The event began on {onset}, before the visit {visit} on {on} whose injection it followed."
        yield Problem(f"{place}.ae_visit", what, "Choose an earlier visit, or none.")


def _visit_day(gateway: Gateway, participant: str, visit: str) -> date | None:
    rows = current_rows(gateway.study, participant, ("visit",))
    table = tabulate(gateway.protocol, rows, "visit").filter(visit=visit)
    return day(table["visit_date"][0]) if table.height else None
