"""Today: what waits for the person who asks, in one study or in all of them, and what they did today."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from calcitrial.clinic.images_due import images_due, own_reads_due
from calcitrial.clinic.people_due import people_due
from calcitrial.clinic.today_sources import sources
from calcitrial.data_desk import form_label
from calcitrial.desk import Due, gone
from calcitrial.people import Scope
from calcitrial.protocol import Protocol
from calcitrial.record import Act, acts_of, now, protocol_of, stamp, studies
from calcitrial.web import Reading, history_link, needs, read_for, scope_of

# In this order the groups are shown; what others add comes after.
KINDS = {
    "event": "Adverse events",
    "enquiry": "Enquiries",
    "visit": "Visits",
    "form": "Forms",
    "consent": "Consent",
    "query": "Queries",
    "draft": "Drafts",
    "signature": "Signatures",
    "verification": "Source verification",
    "image": "Images",
    "vial": "Vials",
    "diary": "Diary",
    "package": "Safety board",
    "lock": "Locks",
    "people": "People",
}
SHOWN, PER_PAGE, ACTS = 15, 50, 30
# What goes on about somebody for whom the study has ended: their adverse events.
GOES_ON = "event"
# What must still be done about them before the lock; it waits on a list of its own.
CLOSING = ("query", "draft", "signature", "verification")
# What a role does here when nothing waits for it.
OFFERED = {
    "assessor": "You may open participants, enter the forms of your assessment, and answer queries about them.",
    "safety_board": "You may read the package of any submission, and enter a recommendation with your signature.",
    "image_reader": "You may open the cases that you have read, and change an answer with a reason.",
    "sponsor": "You may compare the sites, read the report, and verify the record.",
    "statistician": "You may make a cut, export its tables, and read the report.",
}


@dataclass(frozen=True)
class Group:
    """What is due of one kind: the first lines, how many more there are, and how many are late."""

    kind: str
    title: str
    lines: tuple[Due, ...]
    number: int
    late: int

    @property
    def more(self) -> int:
        """Return how many are not shown."""
        return self.number - len(self.lines)


def dues(reading: Reading, scope: Scope, today: date) -> list[Due]:
    """Return everything that waits for this person in a study, what is late first, then by day.

    Of participants for whom the study has ended only what goes on is named: their adverse events.
    """
    return split(reading, every_due(reading, scope, today))[0]


def every_due(reading: Reading, scope: Scope, today: date) -> list[Due]:
    """Return what waits for this person, with what is open about participants who have ended."""
    may = cache(scope.may)
    found = [due for source in sources() for due in source(reading, scope, today) if may(due.capability)]
    return sorted(found, key=lambda due: (not due.late, due.on or date.max, due.text, due.about))


def split(reading: Reading, found: Iterable[Due]) -> tuple[list[Due], list[Due]]:
    """Return what waits today, and what must be done before the lock about participants who have ended."""
    over = gone(reading)
    now_due: list[Due] = []
    before_lock: list[Due] = []
    for due in found:
        if due.participant not in over or due.kind == GOES_ON:
            now_due.append(due)
        elif due.kind in CLOSING:
            before_lock.append(due)
    return now_due, before_lock


def grouped(found: Sequence[Due], shown: int = SHOWN) -> list[Group]:
    """Return what is due by kind, in the order of KINDS."""
    kinds: dict[str, list[Due]] = {kind: [] for kind in KINDS}
    for due in found:
        kinds.setdefault(due.kind, []).append(due)
    return [
        Group(kind, KINDS.get(kind, kind), tuple(mine[:shown]), len(mine), sum(due.late for due in mine))
        for kind, mine in kinds.items()
        if mine
    ]


@needs("see_today")
def today_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show what waits for the person who asks in a study, and what they did today."""
    reading, scope, today = read_for(request, study), scope_of(request, study), now().date()
    kind = request.GET.get("kind", "")
    waiting, before_lock = split(reading, every_due(reading, scope, today))
    ended = bool(request.GET.get("ended")) and bool(before_lock)
    found = before_lock if ended else waiting
    mine = [due for due in found if due.kind == kind]
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page")) if kind else None
    groups = grouped(found) if page is None else _one_kind(kind, mine, list(page))
    acts = acts_of(study, scope.person, stamp(datetime.combine(today, time(), UTC)))
    context = {
        "study": study,
        "protocol": reading.protocol,
        "here": "today",
        "groups": groups,
        "page": page,
        "query": request.GET,
        "number": len(found),
        "late": sum(due.late for due in found),
        "kind": kind,
        "today": today,
        "ended": ended,
        "closing": len(before_lock),
        "offered": [OFFERED[role] for role in scope.roles if role in OFFERED],
        # What somebody read blinded must not be told by the list of what they entered.
        "acts": [_act(reading.protocol, act) for act in acts[:ACTS]] if scope.may("see_participants") else [],
        "acted": len(acts),
    }
    return render(request, "clinic/today.html", context)


def _one_kind(kind: str, mine: Sequence[Due], shown: Sequence[Due]) -> list[Group]:
    """Return everything of one kind as one group with the lines of one page of it."""
    late = sum(due.late for due in mine)
    return [Group(kind, KINDS.get(kind, kind), tuple(shown), len(mine), late)] if mine else []


def _act(protocol: Protocol, act: Act) -> dict[str, Any]:
    """Return one submission in words: which forms of whom, with the way to their history."""
    first = act.places[0]
    return {
        "at": act.at,
        "role": act.role,
        "form": form_label(protocol, first.form),
        "place": first,
        "link": history_link(protocol.id, first),
        "more": len(act.places) - 1,
    }


def today_all_page(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person who asks in every study in which they have a role."""
    today, found = now().date(), []
    for study in studies():
        scope = scope_of(request, study)
        if scope.may("see_today"):
            waiting = dues(read_for(request, study), scope, today)
            groups = grouped(waiting, 5)
            late = sum(due.late for due in waiting)
            found.append(
                {"id": study, "protocol": protocol_of(study), "groups": groups, "number": len(waiting), "late": late}
            )
    return render(request, "clinic/today_all.html", {"found": found, "today": today})


# Each study in it is asked for its own right.
today_all_page.capability = "be signed in"  # type: ignore[attr-defined]


def due(reading: Reading, scope: Scope, today: date) -> Iterator[Due]:
    """Yield what no desk knows of: images that wait for readers, and what keeps people from working."""
    yield from images_due(reading, scope, today)
    yield from own_reads_due(reading, scope, today)
    yield from people_due(reading, scope, today)


urlpatterns = [
    path("today/", today_all_page, name="today_all"),
    path("<slug:study>/today/", today_page, name="today"),
]
