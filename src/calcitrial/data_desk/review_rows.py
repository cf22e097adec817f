"""What the pages of data review show: forms with their state, values with their marks, queries in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from calcitrial.people import Scope
from calcitrial.protocol import Protocol
from calcitrial.quality import (
    FormState,
    Query,
    Tally,
    asked_now,
    is_chosen,
    is_critical,
    numbers_of,
    raised_at,
    states,
    tallies,
    verified_in,
)
from calcitrial.record import Place, Step, current_rows, trail_of
from calcitrial.web import Reading, history_link, written


@dataclass(frozen=True)
class FormRow:
    """One entered form in the list of a participant."""

    state: FormState
    label: str
    visit: str
    about: str
    link: str
    critical: bool
    chosen: bool
    token: str


@dataclass(frozen=True)
class ValueRow:
    """One value of a form: its label and text, entry number, how it is marked, and the way to its history."""

    item: str
    label: str
    text: str
    number: int
    history: str
    verified: str
    queries: tuple[Query, ...]


@dataclass(frozen=True)
class QueryRow:
    """One query in a list: what it is about in words, the value then and now, since when it waits, and by whom."""

    query: Query
    form: str
    item: str
    about: str
    before: str
    value: str
    site: str
    days: int
    at: str
    by: str
    role: str
    link: str


def review_link(study: str, place: Place) -> str:
    """Return the address of the page that reviews one form."""
    keys = {name: value for name, value in place._asdict().items() if value and name != "participant"}
    return f"{reverse('review_form', args=[study, place.participant])}?{urlencode(keys)}"


def query_link(study: str, query: Query) -> str:
    """Return the address of the page of one query."""
    return reverse("query", args=[study, query.place.participant, query.place.repeat])


def visible_states(reading: Reading, participant: str) -> dict[Place, FormState]:
    """Return the states of those forms of a participant of which the person who reads sees anything."""
    seen = numbers_of(reading.rows)
    return {place: state for place, state in states(reading.study, participant).items() if place in seen}


def form_rows(reading: Reading, participant: str) -> list[FormRow]:
    """Return every visible form of a participant in the order of the protocol."""
    return [form_row(reading, state) for state in visible_states(reading, participant).values()]


def form_row(reading: Reading, state: FormState) -> FormRow:
    """Return one form as the list shows it; `token` says which entries were shown when somebody signs."""
    place = state.place
    visit = reading.protocol.visit(place.visit)
    return FormRow(
        state,
        form_label(reading.protocol, place.form),
        visit.label if visit else place.visit,
        " ".join(part for part in (place.lesion, place.repeat) if part),
        review_link(reading.study, place),
        is_critical(place.form),
        is_chosen(reading.study, place),
        token(place, numbers_of(reading.rows).get(place, {})),
    )


def token(place: Place, numbers: Mapping[str, int]) -> str:
    """Return a place and its highest entry as text for a form field: which version the person saw."""
    return "|".join([*place[1:], str(max(numbers.values(), default=0))])


def form_label(protocol: Protocol, form: str) -> str:
    """Return the name of a form in words."""
    found = protocol.form(form)
    return found.label if found else form


def value_rows(reading: Reading, state: FormState) -> list[ValueRow]:
    """Return every visible value of one form, in the form's order, with its marks."""
    place = state.place
    form, numbers = reading.protocol.form(place.form), numbers_of(reading.rows).get(place, {})
    seen = verified_in(current_rows(reading.study, place.participant, ["verification"])).get(place, {})
    texts = {step.item: step.value for step in trail_of(reading.study, sorted(numbers.values()))}
    found = []
    for item in form.items if form else ():
        mine = tuple(query for query in state.queries if query.item == item.id)
        if item.id not in numbers and not mine:
            continue
        number = numbers.get(item.id, 0)
        marked = "" if item.id not in seen else "verified" if seen[item.id] == number else "stale"
        found.append(
            ValueRow(
                item.id,
                item.label,
                written(texts.get(item.id), item.unit, item),
                number,
                history_link(reading.study, place, item.id) if number else "",
                marked,
                mine,
            )
        )
    return found


def tallied(reading: Reading) -> dict[str, Tally]:
    """Return the tally of every participant of a reading, which must not be that of a blinded person."""
    return reading.each("tally", lambda some: tallies(some.protocol, some.rows))


def seen_queries(reading: Reading, scope: Scope, queries: Iterable[Query]) -> list[Query]:
    """Return those queries that are about what this person sees."""
    mine = [query for query in queries if query.place.participant in reading.sites]
    if not scope.blinded:
        return mine
    numbers = numbers_of(reading.among({query.place.participant for query in mine}).rows)
    return [
        query for query in mine if query.about in numbers and (not query.item or query.item in numbers[query.about])
    ]


def seen_asked(reading: Reading, scope: Scope) -> list[tuple[Query, Step]]:
    """Return every query that is about what this person sees, with who raised it and when, by participant."""
    now = asked_now(reading.study)
    asked = {query.place: (query, step) for code in reading.sites for query, step in now.get(code, ())}
    seen = seen_queries(reading, scope, [query for query, _step in asked.values()])
    return [asked[query.place] for query in seen]


def query_rows(reading: Reading, queries: list[Query], sites: Mapping[str, str], today: date) -> list[QueryRow]:
    """Return queries as lists show them."""
    raised = raised_at(reading.study, queries)
    numbers = {number for query in queries for number in (query.entry, query.now) if number}
    texts = {step.number: step for step in trail_of(reading.study, sorted(numbers))}
    found = []
    for query in queries:
        form = reading.protocol.form(query.about.form)
        item = form.item(query.item) if form and query.item else None
        step = raised.get(query.place)
        before, now = (texts.get(number) for number in (query.entry, query.now))
        unit = item.unit if item else ""
        found.append(
            QueryRow(
                query,
                form.label if form else query.about.form,
                item.label if item else "",
                " ".join(part for part in (query.about.visit, query.about.lesion, query.about.repeat) if part),
                written(before.value, unit, item) if before else "",
                written(now.value, unit, item) if now else "",
                sites.get(query.place.participant, ""),
                (today - date.fromisoformat(step.at[:10])).days if step else 0,
                step.at if step else "",
                step.author if step else "",
                step.role if step else "",
                query_link(reading.study, query),
            )
        )
    return found
