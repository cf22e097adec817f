"""What stands in the record about diaries: who is asked what on which day, what was answered, what is missing.

A book is made from rows of values, so that pages give it the rows that their reader may see. A finished questionnaire
is one in which every question that is asked was answered or left out; that is told by its answers, not entered.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from calcitrial.consents import withdrawals_in
from calcitrial.diary.instrument import Alert, Instrument, Question
from calcitrial.diary.plan import Plan, plans
from calcitrial.diary.shelf import by_digest, instruments
from calcitrial.participants import windows
from calcitrial.protocol import Protocol
from calcitrial.record import Place, current_rows, protocol_of, tabulate

Row = Mapping[str, Any]
FORMS = (
    "screening", "visit", "injection", "end_of_study", "withdrawal", "questionnaire", "diary_entry", "diary_link",
    "diary_choice", "reminder", "diary_plan", "diary_help", "diary_ack", "lock",
)  # fmt: skip
# Who ends the treatment alone goes on telling how they are.
TREATMENT_ONLY = "treatment only"
# Where a country has one clock for the people of a trial; a personal link may name another.
ZONES = {"France": "Europe/Paris", "FR": "Europe/Paris", "United States": "America/New_York", "US": "America/New_York"}
ZONES |= {"USA": "America/New_York"}


@dataclass(frozen=True)
class Occasion:
    """One instrument on one occasion: when it is due, and from which day to which it can be answered."""

    participant: str
    instrument: Instrument
    key: str
    due: date
    opens: date
    closes: date

    @property
    def place(self) -> Place:
        """Return where the questionnaire of this occasion is entered."""
        return Place(self.participant, "questionnaire", repeat=f"{self.instrument.id}:{self.key}")

    def answer_place(self, item: str) -> Place:
        """Return where the answer to one of its questions is entered."""
        return Place(self.participant, "diary_entry", repeat=f"{self.instrument.id}:{self.key}:{item}")


@dataclass(frozen=True)
class Standing:
    """An occasion with what was answered, as of a day; `answers` has '' for what was left out.

    `before` has, by question, the last answer of the same instrument on an earlier occasion.
    """

    occasion: Occasion
    answers: Mapping[str, str]
    rows: Mapping[str, Row]
    today: date
    seen: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> list[Question]:
        """Return the questions that are asked after the answers so far."""
        return self.occasion.instrument.asked(dict(self.answers))

    @property
    def missing(self) -> list[Question]:
        """Return the questions that wait for an answer."""
        return [one for one in self.asked if one.id not in self.answers]

    @property
    def state(self) -> str:
        """Return 'answered', 'open', 'begun', 'missed', 'partly' (closed before it was finished) or 'to come'."""
        if not self.missing:
            return "answered"
        if self.today > self.occasion.closes:
            return "partly" if self.answers else "missed"
        if self.today < self.occasion.opens:
            return "to come"
        return "begun" if self.answers else "open"

    @property
    def is_open(self) -> bool:
        """Return whether it waits for answers today."""
        return self.state in ("open", "begun")

    @property
    def alerts(self) -> list[Alert]:
        """Return the alerts that its answers raise and that nobody of the team has seen yet."""
        # Another answer after the look asks for another look.
        return [one for one in self.raised if self.seen.get(one.item) != self.answers[one.item]]

    @property
    def raised(self) -> list[Alert]:
        """Return the alerts that its answers raise, whether somebody has seen them or not."""
        return self.occasion.instrument.raised(self.answers, self.before)


@dataclass
class Book:
    """The diaries of a study, or of one participant of it."""

    study: str
    protocol: Protocol
    rows: pl.DataFrame
    house: pl.DataFrame
    tables: dict[str, dict[str, list[Row]]] = field(default_factory=dict)

    @cached_property
    def instruments(self) -> dict[str, Instrument]:
        """Return the instruments that the study may use."""
        return instruments(self.study)

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Return when each of them is asked."""
        return plans(tabulate(self.protocol, self.house, "diary_plan").iter_rows(named=True))

    @cached_property
    def versions(self) -> dict[Place, int]:
        """Return the version of every form that is there."""
        found: dict[Place, int] = {}
        for *place, _item, version, _value, _unit, _number in self.rows.iter_rows():
            here = Place(*place)
            found[here] = max(version, found.get(here, 0))
        return found

    def of(self, participant: str, form: str) -> list[Row]:
        """Return the entered forms of one kind of a participant; none when the protocol lacks the form."""
        if form not in self.tables:
            grouped: dict[str, list[Row]] = defaultdict(list)
            if self.protocol.form(form) is not None:
                for row in tabulate(self.protocol, self.rows, form).iter_rows(named=True):
                    grouped[row["participant"]].append(row)
            self.tables[form] = grouped
        return self.tables[form].get(participant, [])

    @cached_property
    def participants(self) -> list[str]:
        """Return the codes of the participants, sorted."""
        return sorted(set(self.rows["participant"]) - {""})

    def zone(self, participant: str) -> ZoneInfo:
        """Return the time zone in which the days of a participant are counted."""
        named = [row["link_time_zone"] for row in self.of(participant, "diary_link") if row["link_time_zone"]]
        countries = {ZONES.get(site.country, "UTC") for site in self.protocol.sites}
        return ZoneInfo(named[-1] if named else countries.pop() if len(countries) == 1 else "UTC")

    def day(self, participant: str, now: datetime) -> date:
        """Return which day it is for a participant."""
        return now.astimezone(self.zone(participant)).date()

    def site(self, participant: str) -> str:
        """Return the site of a participant; '' when none is entered."""
        return next((row["site"] or "" for row in self.of(participant, "screening")), "")

    def help(self, participant: str) -> tuple[str, str]:
        """Return whom a participant calls (telephone, when): that of the site, or of the study; '' when none."""
        own = self.help_at(self.site(participant))
        return own if own[0] else self.help_at("")

    def help_at(self, site: str) -> tuple[str, str]:
        """Return whom the participants of one site call ('' being all); '' and '' when none is entered."""
        rows = tabulate(self.protocol, self.house, "diary_help").iter_rows(named=True)
        found = [(row["help_phone"] or "", row["help_hours"] or "") for row in rows if row["repeat"] == site]
        return found[0] if found else ("", "")

    def wants_reminders(self, participant: str) -> bool:
        """Return whether a participant wants reminders: unless they said no."""
        return all(row["reminders_wanted"] != "false" for row in self.of(participant, "diary_choice"))

    def standings(self, participant: str, today: date) -> list[Standing]:
        """Return every occasion of a participant with its answers, earliest first."""
        rows: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in self.of(participant, "diary_entry"):
            repeat, _, item = row["repeat"].rpartition(":")
            rows[repeat][item] = row
        seen: dict[str, dict[str, str]] = defaultdict(dict)
        for row in self.of(participant, "diary_ack"):
            repeat, _, item = row["repeat"].rpartition(":")
            seen[repeat][item] = row["ack_answer"] or ""
        found, before = list[Standing](), defaultdict[str, dict[str, str]](dict)
        for one in sorted(self._occasions(participant), key=lambda one: (one.due, one.instrument.id)):
            here, earlier = rows[one.place.repeat], before[one.instrument.id]
            answers = {
                item: row["answer"] or "" for item, row in here.items() if row["answer"] or row["left_out"] == "true"
            }
            found.append(Standing(one, answers, here, today, seen[one.place.repeat], dict(earlier)))
            earlier |= {item: said for item, said in answers.items() if said}
        return found

    def _occasions(self, participant: str) -> Iterator[Occasion]:
        dates = self._visit_dates(participant)
        end = self._end(participant)
        shown = {row["repeat"]: row for row in self.of(participant, "questionnaire")}
        for plan in self.plans:
            instrument = self.instruments.get(plan.instrument)
            if instrument is None:
                continue
            for key, due, opens, closes in _days(self, plan, participant, dates):
                if due <= end:
                    begun = shown.get(f"{instrument.id}:{key}")
                    # Who has begun goes on with the version that they saw.
                    as_shown = by_digest(instrument.id, begun["digest"] or "") if begun else None
                    yield Occasion(participant, as_shown or instrument, key, due, opens, closes)

    def _end(self, participant: str) -> date:
        """Return the last day on which something is due: when the study ended, or the participant withdrew."""
        ended = [row["end_date"] for row in self.of(participant, "end_of_study") if row["end_date"]]
        left = withdrawals_in(self.of(participant, "withdrawal"))
        days = [*map(date.fromisoformat, ended), *(one.since for one in left if one.scope != TREATMENT_ONLY)]
        return min(days, default=date.max)

    def _visit_dates(self, participant: str) -> dict[str, date]:
        visits = self.of(participant, "visit")
        return {row["visit"]: date.fromisoformat(row["visit_date"]) for row in visits if row["visit_date"]}


def _days(book: Book, plan: Plan, participant: str, dates: dict[str, date]) -> Iterator[tuple[str, date, date, date]]:
    """Yield key, due day, first and last day of each occasion of one line of the plan."""
    before, after = timedelta(days=plan.open_before), timedelta(days=plan.open_after)
    if plan.when == "after_injection":
        given = {row["visit"] for row in book.of(participant, "injection") if row["injected"] == "true"}
        starts = {dates[visit] for visit in given if visit in dates}
        for day in sorted({start + timedelta(days=n) for start in starts for n in range(plan.days)}):
            yield day.isoformat(), day, day, day + after
        return
    baseline = next((dates.get(visit.id) for visit in book.protocol.visits if visit.kind == "baseline"), None)
    if baseline is None:
        return
    for window in windows(book.protocol, baseline):
        visit, held = window.visit, dates.get(window.visit.id)
        if visit.kind == "screening" or (plan.visits and visit.id not in plan.visits):
            continue
        due = held or window.planned
        yield visit.id, due, (held or window.earliest) - before, (held or window.latest) + after


def book_of(study: str, rows: pl.DataFrame) -> Book:
    """Return the book that these rows make; plan and telephone numbers, which are no secrets, come from the record."""
    return Book(study, protocol_of(study), rows, current_rows(study, forms=["diary_plan", "diary_help"]))


def read_book(study: str, participant: str = "") -> Book:
    """Return the book of a whole study, or of one participant; not for pages of people with a scope."""
    return book_of(study, current_rows(study, participant, FORMS))
