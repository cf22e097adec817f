"""The open part of the safety board's package: everything pooled, and nothing that tells an arm.

No table here reads an allocation, so giving everybody another arm changes nothing in it. An event is told with its
person only without word, relation and lesion, because a word such as "Injection site reaction" tells the treatment.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl

from calcitrial.documents import Block, Paragraph, Section, Table
from calcitrial.quality import queries_in
from calcitrial.record import Cut, tabulate
from calcitrial.safety import Standing, doses, entered_holds, special_interest
from calcitrial.sections import NONE

GRADES = range(1, 6)
RELATED = ("related", "unknown", "not related")
LEFT = ("completed", "screen failure")
Row = dict[str, Any]


def open_sections(cut: Cut, *, terms: bool = True) -> tuple[Section, ...]:
    """Return the sections of the open part, in reading order; without `terms` no word of an event that tells a drug."""
    events = rows(cut, "adverse_event")
    return (
        Section("enrolment", "Enrolment", (_enrolment(cut),)),
        Section("exposure", "Exposure", (_exposure(cut),)),
        Section("events", "Adverse events", tuple(_events(events, terms))),
        Section("interest", "Events of special interest", (_interest(events),)),
        Section("serious", "Serious events", tuple(_serious(events))),
        Section("holds", "Holds of injections", (_holds(cut),)),
        Section("left", "Who left early", (_left(cut),)),
        Section("quality", "Quality of the data", (_quality(cut, events),)),
    )


def rows(cut: Cut, form: str) -> list[Row]:
    """Return the lines of one form; none when the protocol does not have it."""
    return list(tabulate(cut.protocol, cut.rows, form).iter_rows(named=True)) if cut.protocol.form(form) else []


def _enrolment(cut: Cut) -> Block:
    sites = {row["participant"]: row.get("site") or "not entered" for row in rows(cut, "screening")}
    later = [{row["participant"] for row in rows(cut, name)} for name in ("enrolment", "end_of_study")]
    counted = []
    for site in (*sorted(set(sites.values())), ""):
        own = {code for code, where in sites.items() if site in ("", where)}
        counted.append((site or "All", str(len(own)), *(str(len(own & people)) for people in later)))
    return Table("Enrolment by site", ("Site", "Screened", "Enrolled", "Ended"), tuple(counted))


def _exposure(cut: Cut) -> Block:
    given = [dose for dose in doses(cut) if dose.given]
    held = sum(dose.given is False and "hold" in dose.reason.casefold() for dose in doses(cut))
    lines = (
        ("Participants injected", len({dose.participant for dose in given})),
        ("Lesions injected", len({dose.lesion for dose in given})),
        ("Injections", len(given)),
        ("Injections not given because of a hold", held),
    )
    volume = sum(dose.volume or 0 for dose in given)
    told = tuple((label, str(number)) for label, number in lines)
    return Table("Exposure of everybody together", ("", "All"), (*told, ("Volume, as entered", f"{volume:g} mL")))


def _events(events: Sequence[Row], by_term: bool) -> Iterator[Block]:
    if not events:
        yield Paragraph("No adverse event was entered.")
        return
    if not by_term:
        yield _by_grade("Events by grade", events, lambda _event: "All", ("All",))
        return
    yield _by_grade("Events by grade and reported relation to the treatment", events, lambda e: e["related"], RELATED)
    terms = sorted({_term(event) for event in events})
    yield _by_grade("Events by term (CTCAE v5.0)", events, _term, terms)


def _term(event: Row) -> str:
    return event["term"] or "(redacted)"


def _by_grade(caption: str, events: Sequence[Row], key: Any, groups: Iterable[str]) -> Table:
    lines = []
    for group in groups:
        own = [event for event in events if key(event) == group]
        people = len({event["participant"] for event in own})
        counts = Counter(event["grade"] for event in own)
        lines.append((group, *(str(counts[str(grade)]) for grade in GRADES), str(len(own)), str(people)))
    header = ("", *(f"Grade {grade}" for grade in GRADES), "Events", "Participants")
    return Table(caption, header, tuple(lines))


def _interest(events: Sequence[Row]) -> Block:
    kinds = Counter(special_interest(event["term"] or "", int(event["grade"] or 5)) for event in events)
    lines = tuple((kind, str(kinds[kind])) for kind in ("necrosis", "ulcer", "infection"))
    return Table("Events of special interest", ("Kind", "Events"), lines)


def _serious(events: Sequence[Row]) -> Iterator[Block]:
    own = [event for event in events if event["serious"] == "true"]
    if not own:
        yield Paragraph("No serious event was entered.")
        return
    lines = tuple(
        (f"{e['participant']} {e['repeat']}", e["outcome"] or NONE, e["grade"] or NONE, e["onset_date"] or NONE)
        for e in own
    )
    note = "Term, relation and lesion stand in the closed part: they can tell the treatment."
    yield Table("Serious events", ("Event", "Outcome", "Grade", "Onset"), lines, 2, note)


def _holds(cut: Cut) -> Block:
    held = entered_holds(cut.protocol, cut.rows)
    if not held:
        return Paragraph("No hold was entered.")
    levels = ("study", "participant", "lesion")
    lines = tuple((level, *_counts([one for one in held if one.level == level])) for level in levels)
    return Table("Holds", ("What is held", "In force", "Lifted"), lines)


def _counts(held: Sequence[Standing]) -> tuple[str, str]:
    standing = sum(one.in_force for one in held)
    return str(standing), str(len(held) - standing)


def _left(cut: Cut) -> Block:
    reasons = Counter(row["end_reason"] or "(redacted)" for row in rows(cut, "end_of_study"))
    early = sorted((reason, number) for reason, number in reasons.items() if reason not in LEFT)
    if not early:
        return Paragraph("Nobody left early.")
    return Table("Who left early", ("Reason", "Participants"), tuple((reason, str(n)) for reason, n in early))


def _quality(cut: Cut, events: Sequence[Row]) -> Block:
    judged = {(row["participant"], row["repeat"]) for row in rows(cut, "event_assessment")}
    failed = [row for row in rows(cut, "event_notice") if row["notice_result"] == "failed"]
    waiting = [one for one in queries_in(cut.rows) if one.state != "closed"]
    unjudged = sum((event["participant"], event["repeat"]) not in judged for event in events)
    lines = (
        ("Queries not closed", len(waiting)),
        ("Events without an outcome", sum(not event["outcome"] for event in events)),
        ("Events without the investigator's judgement", unjudged),
        ("Messages about events that could not be sent", len(failed)),
        ("Values changed after their first entry", int(cut.rows.filter(pl.col("version") > 1).height)),
    )
    return Table("Quality of the data", ("", "Number"), tuple((label, str(number)) for label, number in lines))
