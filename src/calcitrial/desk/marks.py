"""What data review says of the values of one form, to stand on the fields where they are entered.

A query is worked on where the value is, not in a list beside it; who is about to change a value sees that it was
compared with the source, or that a signature under it will become void.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from calcitrial.people import Scope
from calcitrial.quality import FormState, Query, numbers_of, states, verified_in
from calcitrial.record import Place, current_rows
from calcitrial.web import Reading


@dataclass(frozen=True)
class Asked:
    """A query that waits: its number, its state, what it asks, and the way to it."""

    name: str
    state: str
    text: str
    link: str


@dataclass(frozen=True)
class Marks:
    """What stands on one field: queries, 'verified' or 'stale' (changed since) or '', and where one more is raised."""

    queries: tuple[Asked, ...] = ()
    verified: str = ""
    ask: str = ""


NO_MARKS = Marks()


@dataclass(frozen=True)
class FormMarks:
    """What stands on a whole form: its stage, whether a signature is void, queries about all of it, and its fields."""

    stage: str
    void: bool
    queries: tuple[Asked, ...]
    fields: dict[str, Marks]


NOTHING = FormMarks("", False, (), {})


def marks_of(reading: Reading, scope: Scope, place: Place, site: str) -> FormMarks:
    """Return the marks of an entered form, of what the person sees of it; NOTHING where nothing is entered."""
    return marks_at(reading, scope, [place], site)[place]


def marks_at(reading: Reading, scope: Scope, places: Collection[Place], site: str) -> dict[Place, FormMarks]:
    """Return the marks of several forms of one participant at once, by place (see `marks_of`)."""
    numbers = {place: found for place, found in numbers_of(reading.rows).items() if place in places}
    marked: dict[Place, FormMarks] = dict.fromkeys(places, NOTHING)
    if not numbers:
        return marked
    participant = next(iter(numbers)).participant
    stands = states(reading.study, participant)
    seen = verified_in(current_rows(reading.study, participant, ["verification"]))
    asks = scope.may("raise_query", site or None)
    for place, held in numbers.items():
        if place in stands:
            ask = _ask(reading.study, place) if asks else ""
            marked[place] = _marked(reading.study, stands[place], held, seen.get(place, {}), ask)
    return marked


def _marked(study: str, state: FormState, numbers: Mapping[str, int], seen: Mapping[str, int], ask: str) -> FormMarks:
    asked: dict[str, list[Asked]] = {}
    for query in state.queries:
        asked.setdefault(query.item, []).append(_asked(study, query))
    found = {
        item: Marks(
            tuple(asked.get(item, ())),
            "" if item not in seen else "verified" if seen[item] == number else "stale",
            f"{ask}&item={item}#ask" if ask else "",
        )
        for item, number in numbers.items()
    }
    return FormMarks(state.stage, state.void, tuple(asked.get("", ())), found)


def _asked(study: str, query: Query) -> Asked:
    link = reverse("query", args=[study, query.place.participant, query.place.repeat])
    return Asked(query.place.repeat, query.state, query.text, link)


def _ask(study: str, place: Place) -> str:
    keys = {name: value for name, value in place._asdict().items() if value and name != "participant"}
    return f"{reverse('review_form', args=[study, place.participant])}?{urlencode(keys)}"
