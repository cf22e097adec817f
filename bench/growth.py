"""How pages and saves grow from 100 to 10,000 participants: seconds, statements, and weight.

Run `python bench/growth.py`, or with other numbers of participants. A page is asked three ways: by a process that knows
nothing yet (first), again with nothing entered since, and after somebody saved a form. Medians of repeats; pages are
asked through the whole stack of Django, without a network, on SQLite. Seconds of the processor stand beside those of
the clock, because other work on the same computer lengthens these and hardly those. In the smallest study every list is
held against the one that is worked out from the rows alone.
"""

import gzip
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from clinic_home import ANSWERS, BY, STUDY
from django.db import connection
from django.test import Client
from tests.signing_in import sign_in_by_grant

from calcitrial.clinic import dues
from calcitrial.people import scope_for, scoped
from calcitrial.protocol import load
from calcitrial.quality import raise_query
from calcitrial.record import Draft, Gateway, Place, connect, current_rows, gateway, now, open_study, protocol_of
from calcitrial.web.participants import participant_rows
from calcitrial.web.reading import Reading
from calcitrial.web.scoping import read_for

SIZES, TURNS, LIMIT = (100, 1_000, 10_000), 5, 150
SITE = "Site 3"
# Who opens which page: of all sites, or (with @) of one of ten.
PAGES = {
    "data_manager": (
        "", "?sort=due", "participants/P-00005/", "queries/", "monitoring/", "locks/", "trail-review/", "lesions/",
    ),
    "study_nurse": ("today/", "today/?kind=visit", "safety/", "diary/", "screening/"),
    "study_nurse@": ("", "today/", "queries/", "participants/P-00003/forms/pain/?visit=W08"),
    "assessor": ("today/", "queries/"),
    "pharmacist": ("drug/",),
}  # fmt: skip


@dataclass(frozen=True)
class Time:
    """Seconds by the clock, and of the processor."""

    clock: float
    processor: float

    def __str__(self) -> str:
        return f"{self.clock:.3f}/{self.processor:.3f}"


def median(times: Sequence[Time]) -> Time:
    """Return the median of each."""
    return Time(statistics.median(one.clock for one in times), statistics.median(one.processor for one in times))


@dataclass(frozen=True)
class Took:
    """What a page took: the first time, again and after a save; statements again; kB plain and compressed."""

    first: Time
    again: Time
    saved: Time
    asked: int
    plain: float
    sent: float


def report(sizes: Sequence[int] = SIZES) -> str:
    """Return the tables; SystemExit when a page does not come, or a list is not that of the slow way."""
    found, saves = [], []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            connect(Path(folder), create=True)
            _fill(size)
            browsers = {role: _browser(role) for role in PAGES}
            found.append({(role, page): _took(browsers[role], page) for role, pages in PAGES.items() for page in pages})
            saves.append(_save(browsers["study_nurse@"]))
            if size == min(sizes):
                _held_against_the_slow_way(browsers)
    load = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return "\n\n".join([_seconds(sizes, found, saves), _weights(sizes, found), load])


def _seconds(sizes: Sequence[int], found: list[dict[tuple[str, str], Took]], saves: list[Time]) -> str:
    heads = "".join(f"{f'{size:,}: first, again, after a save':>42}" for size in sizes)
    lines = [f"{'seconds of a page (clock/processor), participants':<70}{heads}{'ratio':>7}"]
    for key in found[0]:
        all_ = [one[key] for one in found]
        cells = "".join(f"{one.first!s:>14}{one.again!s:>14}{one.saved!s:>14}" for one in all_)
        lines.append(f"{_named(*key):<70}{cells}{all_[-1].saved.processor / all_[0].saved.processor:>7.1f}")
    cells = "".join(f"{one!s:>42}" for one in saves)
    return "\n".join([*lines, f"{'a form saved':<70}{cells}{saves[-1].processor / saves[0].processor:>7.1f}"])


def _weights(sizes: Sequence[int], found: list[dict[tuple[str, str], Took]]) -> str:
    heads = "".join(f"{f'{size:,}: statements, kB, kB sent':>32}" for size in sizes)
    lines = [f"{'weight of a page':<70}{heads}"]
    for key in found[0]:
        all_ = [one[key] for one in found]
        heavy = "  above 150 kB" if max(one.plain for one in all_) > LIMIT else ""
        cells = "".join(f"{one.asked:>14}{one.plain:>9.0f}{one.sent:>9.1f}" for one in all_)
        lines.append(f"{_named(*key):<70}{cells}{heavy}")
    return "\n".join(lines)


def _named(role: str, page: str) -> str:
    return f"{role.replace('_', ' ').replace('@', ' of one site')}: /{page}"


def _browser(role: str) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    name, at, _rest = role.partition("@")
    client.get("/sign-in/")  # the program itself is loaded
    sign_in_by_grant(client, STUDY, name, SITE if at else "", person=f"{name}{len(at)}")
    return client


def _took(client: Client, page: str) -> Took:
    first, _body = _timed(client, page)
    again = [_timed(client, page)[0] for _turn in range(TURNS)]
    asked: list[str] = []

    def count(execute: Any, *statement: Any) -> Any:
        asked.append(statement[0])
        return execute(*statement)

    with connection.execute_wrapper(count):
        _again, body = _timed(client, page)
    saved = []
    for _turn in range(TURNS):
        medicine = {"cm_name": "colchicine", "cm_ongoing": True}
        name = f"CM{time.time_ns()}"
        gateway(STUDY, "bench").enter([Draft(Place("P-00007", "conmed", repeat=name), medicine)], BY)
        saved.append(_timed(client, page)[0])
    sizes = len(body) / 1000, len(gzip.compress(body)) / 1000
    return Took(first, median(again), median(saved), len(asked), *sizes)


def _timed(client: Client, page: str) -> tuple[Time, bytes]:
    begin, used = time.perf_counter(), time.process_time()
    answer = client.get(f"/{STUDY}/{page}", headers={"accept-encoding": "identity"})
    taken = Time(time.perf_counter() - begin, time.process_time() - used)
    if answer.status_code != 200:
        raise SystemExit(f"/{STUDY}/{page} answers {answer.status_code}.")
    return taken, answer.content


def _save(nurse: Client) -> Time:
    """Return the median time of saving a form in the browser; SystemExit when it is not taken."""
    taken = []
    for number in range(13, 13 + 10 * TURNS, 10):
        sent = {"pain_nrs": "3", "_expected": "1", "_action": "finish", "_reason": "misread"}
        begin, used = time.perf_counter(), time.process_time()
        answer = nurse.post(f"/{STUDY}/participants/P-{number:05d}/forms/pain/?visit=W08", sent)
        taken.append(Time(time.perf_counter() - begin, time.process_time() - used))
        if answer.status_code != 303:
            raise SystemExit(f"A save is answered {answer.status_code}.")
    return median(taken)


def _held_against_the_slow_way(browsers: dict[str, Client]) -> None:
    today = now().date()
    for role, client in browsers.items():
        request = client.get(f"/{STUDY}/{PAGES[role][0]}").wsgi_request
        reading, scope = read_for(request, STUDY), scope_for(STUDY, request.user.get_username(), today)
        slow = Reading(STUDY, protocol_of(STUDY), scoped(current_rows(STUDY), scope))
        same = participant_rows(reading) == participant_rows(slow)
        if not same or dues(reading, scope, today) != dues(slow, scope, today):
            raise SystemExit(f"What {role} is shown is not what the rows say.")


def _fill(size: int) -> None:
    protocol = load(STUDY)
    door = open_study(protocol, "bench")
    criteria = {one.id: "true" if one.type == "inclusion" else "false" for one in protocol.criteria}
    for start in range(0, size, 50):
        people = range(start, min(size, start + 50))
        door.enter([draft for number in people for draft in _person(number, criteria)], BY)
    for number in range(0, size, 20):
        _query(door, f"P-{number:05d}")


def _query(door: Gateway, code: str) -> None:
    raise_query(door, Place(code, "pain", "BL"), "pain_nrs", "The diary says another number. Is it right?", BY)


def _person(number: int, criteria: dict[str, str]) -> list[Draft]:
    code = f"P-{number:05d}"
    screened = {"site": f"Site {number % 10}", "age_years": 30 + number % 40, "screening_date": "2026-01-05"}
    drafts = [Draft(Place(code, "screening"), ANSWERS | screened)]
    drafts += [
        Draft(Place(code, "criterion", repeat=name), {"result": result, "basis": "x"})
        for name, result in criteria.items()
    ]
    drafts.append(Draft(Place(code, "enrolment"), {"enrolment_date": "2026-01-10"}))
    where = {"body_site": "knee", "side": "left", "view": "front", "map_x": 0.4, "map_y": 0.6, "role": "target"}
    drafts += [Draft(Place(code, "lesion", lesion=f"{code}-L{n}"), where) for n in range(1, 4)]
    for visit, on in (("BL", "2026-01-12"), ("W04", "2026-02-09"), ("W08", "2026-03-09")):
        drafts.append(Draft(Place(code, "visit", visit), {"visit_date": date.fromisoformat(on)}))
        drafts.append(Draft(Place(code, "pain", visit), {"pain_nrs": number % 10}))
    event = {"term": "Fatigue", "grade": 1, "serious": False, "related": "unknown", "onset_date": "2026-02-01"}
    return [*drafts, Draft(Place(code, "adverse_event", repeat="AE1"), event)]


if __name__ == "__main__":
    print(report([int(one) for one in sys.argv[1:]] or SIZES))
