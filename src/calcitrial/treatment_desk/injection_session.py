"""The session of injections as a page sees it: one card per lesion, the limits beside them, and what was sent back."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import NoReverseMatch, reverse

from calcitrial.desk import (
    NO_MARKS,
    Field,
    FormMarks,
    Marks,
    fields_of,
    problems_by_item,
)
from calcitrial.pharmacy import Doses, injectable
from calcitrial.protocol import Form, Problem
from calcitrial.record import Place
from calcitrial.treatment_desk.injection_sent import BODY, REACTIONS, Sent, form_of
from calcitrial.visit_desk import LesionCard
from calcitrial.web import Reading, history_link, written

DOSE = ("concentration", "volume", "vial", "needle_gauge", "needle_length", "guidance")
PAIN = ("pain_before", "pain_during", "pain_after", "immediate_reaction")


@dataclass(frozen=True)
class ReactionLine:
    """One line for an immediate reaction: the names of its inputs and what was typed."""

    number: int
    reaction: str
    minutes: str


@dataclass(frozen=True)
class InjectionCard:
    """One lesion of the session: whether it may be injected, what was entered or typed, and what must be mended."""

    lesion: LesionCard
    why: str
    holds: tuple[str, ...]
    entered: Mapping[str, Any] | None
    values: tuple[tuple[str, str, str, Marks], ...]
    asked: tuple[Field, ...]
    dose: tuple[Field, ...]
    pain: tuple[Field, ...]
    reason: tuple[Field, ...]
    deviation: tuple[Field, ...]
    reactions: tuple[ReactionLine, ...]
    problems: tuple[str, ...]
    event_link: str
    version: int = 0
    marks: FormMarks | None = None

    @property
    def open(self) -> bool:
        """Return whether something was typed or is wrong here, so that it must not be folded away."""
        drawn = (*self.asked, *self.dose, *self.deviation)
        return bool(self.problems) or any(one.value or one.problems for one in drawn)


@dataclass(frozen=True)
class Judging:
    """One limit as the page shows it, with what was typed where the physician is asked for it."""

    name: str
    label: str
    unit: str
    written: str
    basis: str
    status: str
    asked: bool
    value: str
    reason: str
    most: str
    problems: tuple[str, ...]


def judgings(
    doses: Doses, recorded: Mapping[str, object], lesions: Sequence[str], sent: Sent, problems: Sequence[Problem]
) -> list[Judging]:
    """Return every limit of the session; `asked` are those without an answer so far."""
    wanted = {limit.name for limit in doses.wanted(lesions)}
    found = []
    for limit in doses.limits.values():
        if limit.status == "unspecified" and limit.name not in wanted:
            continue
        value, reason = sent.judged.get(limit.name, ("", ""))
        most = format(limit.value.normalize(), "f") if limit.value is not None else ""
        wrong = tuple(f"{one.what} {one.instead}" for one in problems if _about_limit(one, limit.name))
        asked = limit.name in wanted and limit.name not in recorded
        shown = limit.label, limit.unit, limit.written(), limit.basis, limit.status
        found.append(Judging(limit.name, *shown, asked, value, reason, most, wrong))
    return found


def _about_limit(problem: Problem, name: str) -> bool:
    return name in problem.place.rpartition(".")[0].split() or problem.place.split()[-1] == name


def card_of(
    reading: Reading,
    card: LesionCard,
    visit: str,
    row: Mapping[str, Any] | None,
    sent: Sent,
    problems: Sequence[Problem],
    holds: Sequence[str],
    marks: FormMarks,
) -> InjectionCard:
    """Return the card of one lesion with what was entered before, or else with what was typed."""
    form, place = form_of(reading.protocol, "injection"), Place(card.participant, "injection", visit, card.id)
    typed = sent.injections.get(card.id, {})
    mine = of_place(problems, place)
    drawn = {f.item: f for f in fields_of(reading.protocol, form, typed, mine, prefix=f"{card.id}:")}
    lines = tuple(ReactionLine(n, *sent.reactions.get((card.id, n), ("", ""))) for n in REACTIONS)
    general = tuple(f"{one.what} {one.instead}" for one in problems_by_item(form, mine).get("", ()))
    return InjectionCard(
        lesion=card,
        why=injectable(reading, card.participant, card.id, reading.visit_dates.get((card.participant, visit))),
        holds=tuple(holds),
        entered=row,
        values=entered_values(reading, form, place, row, marks),
        asked=(drawn["injected"],),
        dose=tuple(drawn[name] for name in DOSE if name in drawn),
        pain=tuple(drawn[name] for name in PAIN if name in drawn),
        reason=tuple(drawn[name] for name in ("not_injected_reason",) if name in drawn),
        deviation=tuple(drawn[name] for name in ("deviation",) if name in drawn),
        reactions=lines,
        problems=general,
        event_link=event_link(reading.study, card.participant, card.id, visit),
        version=version_at(reading, place),
        marks=marks,
    )


def entered_values(
    reading: Reading, form: Form, place: Place, row: Mapping[str, Any] | None, marks: FormMarks
) -> tuple[tuple[str, str, str, Marks], ...]:
    """Return what was entered as (label, value, address of its history, marks of review)."""
    return tuple(
        (
            item.label,
            written(row[item.id], item.unit, item),
            history_link(reading.study, place, item.id),
            marks.fields.get(item.id, NO_MARKS),
        )
        for item in form.items
        if row is not None and row[item.id] and item.id not in ("guidance_image", "checked_by")
    )


def event_link(study: str, code: str, lesion: str, visit: str) -> str:
    """Return where an adverse event at a lesion after this session is reported; '' where there is no such page."""
    with suppress(NoReverseMatch):
        return f"{reverse('new_event', args=[study, code])}?q=injection+site&ae_lesion={lesion}&ae_visit={visit}"
    return ""


def of_place(problems: Sequence[Problem], place: Place) -> list[Problem]:
    """Return the problems of one form, and those that name its participant, visit and lesion alone."""
    bare = f"{place.participant} {place.visit} {place.lesion}"
    return [one for one in problems if one.place in (str(place), bare) or one.place.startswith(f"{place}.")]


def summary(
    cards: Sequence[InjectionCard], judged: Sequence[Judging], problems: Sequence[Problem]
) -> list[tuple[str, str]]:
    """Return every problem as (address inside the page, sentence), each once, those of single lesions named."""
    found: list[tuple[str, str]] = []
    told: set[str] = set()
    for card in cards:
        fields = [*card.asked, *card.dose, *card.pain, *card.reason, *card.deviation]
        for link, sentence in [
            *((f"#card-{card.lesion.id}", sentence) for sentence in card.problems),
            *((f"#{one.id}", sentence) for one in fields for sentence in one.problems),
        ]:
            found.append((link, f"{card.lesion.id}: {sentence}"))
            told.add(sentence)
    for limit in judged:
        found += [(f"#limit-{limit.name}", sentence) for sentence in limit.problems if sentence not in told]
        told.update(limit.problems)
    rest = {f"{one.what} {one.instead}".strip(): one.place for one in problems}
    size = f"#f-{BODY}weight"
    return found + [(size if "body_size" in at else "", said) for said, at in rest.items() if said not in told]


def totals(doses: Doses) -> tuple[str, str]:
    """Return mL and mg of the injections of this session that are in the record."""
    volume = sum((shot.volume or Decimal() for shot in doses.session), Decimal())
    mass = sum((shot.mass for shot in doses.session), Decimal())
    return format(volume.normalize(), "f"), format(mass.normalize(), "f")


def version_at(reading: Reading, place: Place) -> int:
    """Return the version of a form; 0 when it is not there."""
    rows = reading.rows.filter(**place._asdict())
    return max(rows["version"].to_list(), default=0)


def rows_at(reading: Reading, visit: str) -> dict[str, Mapping[str, Any]]:
    """Return the injections of a session by lesion."""
    return {row["lesion"]: row for row in reading.table("injection") if row["visit"] == visit}
