"""Queries: a question about a value or a form, from the moment it is raised until the one who asked is content.

Each step (raise, answer, close, open again) is an entry of the form `query`, so its trail is the conversation.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from calcitrial.protocol import Form, Problem, refuse
from calcitrial.quality.edit_checks import broken
from calcitrial.quality.marks import ABOUT_DATA, Numbers, numbers_of, read_place, table, written_place
from calcitrial.record import (
    CONFIRMED,
    Author,
    Draft,
    Gateway,
    Place,
    Receipt,
    Step,
    current_rows,
    each_of,
    history,
    rows_of,
    trail_of,
)

State = Literal["open", "answered", "closed"]
# From which states a step leads to this one; a step that says again what was said last is no step.
BEFORE: dict[State, tuple[State, ...]] = {
    "answered": ("open",),
    "closed": ("open", "answered"),
    "open": ("answered", "closed"),
}
REASONS: dict[State, str] = {"answered": "query answered", "closed": "query closed", "open": "query opened again"}


@dataclass(frozen=True)
class Query:
    """One query as it stands: what it is about, its state, and what was said last.

    `entry` is the number of the entry that stood there when it was raised (0: none), `now` that of today; `raised`
    and `last` are the numbers of the entries that raised it and changed it last.
    """

    place: Place
    about: Place
    item: str
    entry: int
    now: int
    origin: str
    state: str
    text: str
    version: int
    raised: int
    last: int

    @property
    def pending(self) -> bool:
        """Return whether the query still waits for somebody."""
        return self.state != "closed"

    @property
    def changed(self) -> bool:
        """Return whether the value is another one than when the query was raised."""
        return bool(self.item) and self.now != self.entry

    @property
    def name(self) -> str:
        """Return participant and number, such as 'PIT-001 Q3'."""
        return f"{self.place.participant} {self.place.repeat}"


def queries_in(rows: pl.DataFrame, numbers: Numbers | None = None) -> list[Query]:
    """Return every query that the rows hold, by participant and in the order they were raised."""
    now = numbers_of(rows) if numbers is None else numbers
    held = rows.filter((pl.col("form") == "query") & pl.col("item").is_in(["about", "query_state"]))
    entries: dict[tuple[str, str], dict[str, int]] = {}
    for participant, repeat, item, number in held.select("participant", "repeat", "item", "number").iter_rows():
        entries.setdefault((participant, repeat), {})[item] = number
    found = [
        _made(place, values, entries[place.participant, place.repeat], now)
        for place, values in table(rows, "query").items()
        if "about" in entries.get((place.participant, place.repeat), {})
    ]
    return sorted(found, key=lambda one: (one.place.participant, one.raised))


def _made(place: Place, values: dict[str, Any], entries: dict[str, int], now: Numbers) -> Query:
    about, item = read_place(place.participant, values["about"]), values["about_item"]
    return Query(
        place,
        about,
        item,
        int(values["about_entry"] or 0),
        now.get(about, {}).get(item, 0),
        values["query_origin"],
        values["query_state"],
        values["query_text"],
        values["version"],
        entries["about"],
        entries.get("query_state", entries["about"]),
    )


def next_query(rows: pl.DataFrame, participant: str) -> str:
    """Return the name of the next query of a participant: Q1, Q2 and so on."""
    mine = rows.filter((pl.col("form") == "query") & (pl.col("participant") == participant))
    taken = {int(name[1:]) for name in mine["repeat"].unique() if name[:1] == "Q" and name[1:].isdecimal()}
    return f"Q{max(taken, default=0) + 1}"


def raise_query(gateway: Gateway, about: Place, item: str, text: str, by: Author, name: str = "") -> Receipt:
    """Ask something about a form, or about one item of it; the same question again makes no entry.

    `name` is the query's own (`next_query`), fixed when the page was shown, so that a second tab makes no second
    query. Raises RefusedError for a form or item that the study does not have, and for an empty question.
    """
    rows = current_rows(gateway.study, about.participant)
    draft = _raised(about, item, text, numbers_of(rows), (name or next_query(rows, about.participant), "person"))
    refuse([*_about_problems(gateway, about, item), *_said_problems(about, text)])
    return gateway.enter([draft], by)


def _raised(about: Place, item: str, text: str, now: Numbers, named: tuple[str, str]) -> Draft:
    name, origin = named
    values = {
        "about": written_place(about),
        "about_item": item,
        "about_entry": now.get(about, {}).get(item, 0),
        "query_origin": origin,
        "query_state": "open",
        "query_text": text,
    }
    return Draft(Place(about.participant, "query", repeat=name), values)


def _about_problems(gateway: Gateway, about: Place, item: str) -> list[Problem]:
    form = gateway.protocol.form(about.form)
    if form is None or about.form in ABOUT_DATA:
        return [Problem(str(about), f"There is no form {about.form!r} to ask about.", "Choose a form of the study.")]
    if item and form.item(item) is None:
        return [Problem(str(about), f"The form {form.id} has no item {item!r}.", "Choose one of its items.")]
    return []


def _said_problems(place: Place, text: str) -> list[Problem]:
    if text.strip():
        return []
    return [Problem(str(place), "The text of the query is empty.", "Say what is to be checked, or what was found.")]


def answer_query(gateway: Gateway, query: Place, text: str, expected: int, by: Author) -> Receipt:
    """Answer an open query; RefusedError when it is not open or somebody was quicker."""
    return _step(gateway, query, "answered", text, expected, by)


def close_query(gateway: Gateway, query: Place, text: str, expected: int, by: Author) -> Receipt:
    """Close a query, answered or not."""
    return _step(gateway, query, "closed", text, expected, by)


def reopen_query(gateway: Gateway, query: Place, text: str, expected: int, by: Author) -> Receipt:
    """Open an answered or closed query again."""
    return _step(gateway, query, "open", text, expected, by)


def _step(gateway: Gateway, query: Place, state: State, text: str, expected: int, by: Author) -> Receipt:
    there = table(current_rows(gateway.study, query.participant, ["query"]), "query").get(query)
    if there is None:
        refuse([Problem(str(query), "There is no such query.", "Choose one of the list.")])
        raise AssertionError
    problems = _said_problems(query, text)
    again = there["query_state"] == state and there["query_text"] == text.strip()
    if there["query_state"] not in BEFORE[state] and not again:
        what = f"The query is {there['query_state']}, so it cannot become {state}."
        problems.append(Problem(str(query), what, "Open it again, and read what was said meanwhile."))
    refuse(problems)
    draft = Draft(query, {**_kept(there), "query_state": state, "query_text": text}, expected, REASONS[state])
    return gateway.enter([draft], by)


def _kept(there: dict[str, Any]) -> dict[str, Any]:
    return {name: there[name] for name in ("about", "about_item", "about_entry", "query_origin")}


def conversation(study: str, query: Place) -> list[tuple[Step, str, str]]:
    """Return every step of a query as (who and when, state, text), in order."""
    found: list[tuple[Step, str, str]] = []
    state = text = ""
    steps = history(study, query)
    for place, step in enumerate(steps):
        state = step.value if step.item == "query_state" else state
        text = step.value if step.item == "query_text" else text
        if place + 1 == len(steps) or steps[place + 1].sequence != step.sequence:
            found.append((step, state, text))
    return found


def raised_at(study: str, queries: Sequence[Query]) -> dict[Place, Step]:
    """Return by whom and when each query was raised."""
    steps = {step.number: step for step in trail_of(study, [one.raised for one in queries])}
    return {one.place: steps[one.raised] for one in queries if one.raised in steps}


def asked_now(study: str) -> dict[str, tuple[tuple[Query, Step], ...]]:
    """Return every query of each participant of a study as the record stands now, with who raised it and when."""
    return each_of(study, "asked", lambda rows: _asked(study, rows))


def _asked(study: str, rows: pl.DataFrame) -> dict[str, tuple[tuple[Query, Step], ...]]:
    found: dict[str, tuple[tuple[Query, Step], ...]] = dict.fromkeys(rows["participant"].unique(), ())
    people = rows.filter(pl.col("form") == "query")["participant"].unique()
    queries = queries_in(rows_of(rows, people.to_list()))
    raised = raised_at(study, queries)
    for query in queries:
        found[query.place.participant] += ((query, raised[query.place]),)
    return found


def check_values_again(gateway: Gateway, by: Author) -> Receipt:
    """Raise a query for every current value outside its usual limits, or against an edit check; one submission.

    The query is named after the entry (C and its number), so the same value is asked about once; one that was
    confirmed when it was entered is not asked about at all.
    """
    rows = current_rows(gateway.study)
    now = numbers_of(rows)
    asked = {one.place.repeat for one in queries_in(rows, now)}
    drafts = []
    found = [*_unusual(gateway.protocol.forms, rows), *_broken(gateway, rows)]
    confirmed = _confirmed(gateway.study, {now[place][item] for place, item, _text in found})
    for place, item, text in found:
        number = now[place][item]
        name = f"C{number}"
        if name not in asked and number not in confirmed:
            drafts.append(_raised(place, item, text, now, (name, "edit check")))
            asked.add(name)
    return gateway.enter(drafts, by)


def _confirmed(study: str, numbers: Collection[int]) -> frozenset[int]:
    """Return the entries whose value somebody said is right when it was entered."""
    return frozenset(step.number for step in trail_of(study, sorted(numbers)) if CONFIRMED in step.reason)


def _broken(gateway: Gateway, rows: pl.DataFrame) -> Iterable[tuple[Place, str, str]]:
    """Yield each value that breaks a check of its form across items or visits, whatever its severity."""
    kinds = ((name, gateway.protocol.form(name)) for name in rows["form"].unique())
    checked = {name for name, form in kinds if form and any(one.is_across for one in form.checks)}
    values: dict[Place, dict[str, object]] = {}
    for row in rows.filter(pl.col("form").is_in(sorted(checked))).iter_rows():
        values.setdefault(Place(*row[:5]), {})[row[5]] = row[7]
    for place, given in values.items():
        for check, item in broken(gateway, place, given, entered=True):
            shown = item if item in given else next(iter(given))
            yield place, shown, f"{check.message} Is it right?"


def _unusual(forms: Iterable[Form], rows: pl.DataFrame) -> Iterable[tuple[Place, str, str]]:
    limits = {(form.id, item.id): item for form in forms for item in form.items if item.usual}
    wanted = rows.filter(pl.col("form").is_in(sorted({form for form, _item in limits})))
    columns = ("participant", "form", "visit", "lesion", "repeat", "item", "value")
    for *place, name, value in wanted.select(columns).iter_rows():
        item = limits.get((place[1], name))
        if item is None or item.usual is None or item.type not in ("integer", "decimal"):
            continue
        low, high = item.usual
        if not low <= float(value) <= high:
            unit = f" {item.unit}" if item.unit else ""
            text = f"{item.label} is {value}{unit}; usual is {low:g} to {high:g}{unit}. Is it right?"
            yield Place(*place), name, text
