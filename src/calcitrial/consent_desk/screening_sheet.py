"""The sheet of a screening: what is typed, what the consents say, and every criterion that follows from both."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from calcitrial.consent_desk.persons import Visitor, house_form
from calcitrial.consents import needs, releases_at
from calcitrial.desk import NO_MARKS, FormMarks, Marks, confirmations, confirmed_in
from calcitrial.participants import FROM_CONSENT, Assessment, assess, consent_answers
from calcitrial.protocol import (
    Criterion,
    Form,
    Item,
    Protocol,
    RefusedError,
    Truth,
    check_values,
    names_in,
    readable,
    unusual,
)
from calcitrial.quality import soft_questions
from calcitrial.record import Draft, Place
from calcitrial.web import history_link, spoken, written

FIXED = (*FROM_CONSENT, "site")
TRUTHS: tuple[Truth, ...] = ("true", "false", "unknown")
FOLLOWS = "follows from the answers"


@dataclass(frozen=True)
class Judgement:
    """What the investigator decided about a criterion whose wording is not public, and why."""

    result: Truth
    reason: str

    @property
    def basis(self) -> str:
        """Return what stands in the record as the basis of the result."""
        return f"decided by the investigator: {self.reason}" if self.reason else "decided by the investigator"


@dataclass(frozen=True)
class Sheet:
    """The answers as typed, those that the program fills in, and the judgements by criterion."""

    answers: Mapping[str, str]
    filled: Mapping[str, str] = field(default_factory=dict)
    judged: Mapping[str, Judgement] = field(default_factory=dict)

    @property
    def whole(self) -> dict[str, str]:
        """Return all answers."""
        return {**self.answers, **self.filled}


@dataclass(frozen=True)
class CriterionRow:
    """One criterion as the page shows it."""

    assessment: Assessment
    values: tuple[tuple[str, str], ...]
    judged: Judgement | None
    by_hand: bool
    history: str
    marks: Marks = NO_MARKS

    @property
    def state(self) -> str:
        """Return whether it speaks for the person, against them, or is open."""
        return {"true": "speaks for inclusion", "false": "speaks against"}.get(self.assessment.met, "not known")


def screening_form(visitor: Visitor, filled: Mapping[str, str]) -> Form:
    """Return the screening without what the program fills in."""
    form = house_form(visitor, "screening")
    hidden = {"site", *(name for name in FROM_CONSENT if name in filled or _documents(visitor))}
    return form.model_copy(update={"items": tuple(item for item in form.items if item.id not in hidden)})


def _documents(visitor: Visitor) -> bool:
    return bool(releases_at(visitor.door, visitor.site))


def filled_in(visitor: Visitor) -> dict[str, str]:
    """Return the answers that the program gives: the site, and what the consents say where documents are in use."""
    form = house_form(visitor, "screening")
    found = {"site": visitor.site} if visitor.site else {}
    age = visitor.vault.age(visitor.study, visitor.code, visitor.today)
    found |= consent_answers(needs(visitor.door, visitor.code, visitor.today, age))
    return {name: value for name, value in found.items() if form.item(name)}


def entered_sheet(visitor: Visitor) -> Sheet:
    """Return the sheet as it stands in the record, with what the program fills in now."""
    row = visitor.reading.by_participant("screening").get(visitor.code, {})
    items = {item.id for item in house_form(visitor, "screening").items}
    answers = {name: str(value) for name, value in row.items() if name in items and value and name not in FIXED}
    if not answers:
        answers = _first(visitor)
    judged = {one["repeat"]: _judgement(one) for one in visitor.reading.table("criterion")}
    own = {c.id for c in visitor.reading.protocol.criteria if not c.expression}
    return Sheet(answers, filled_in(visitor), {name: one for name, one in judged.items() if name in own})


def _first(visitor: Visitor) -> dict[str, str]:
    """Return what an empty sheet begins with: today, and the age where the vault knows it."""
    age = visitor.vault.age(visitor.study, visitor.code, visitor.today)
    found = {"screening_date": visitor.today.isoformat()}
    return found if age is None else found | {"age_years": str(age)}


def _judgement(row: Mapping[str, Any]) -> Judgement:
    basis = str(row["basis"] or "")
    reason = basis.partition(": ")[2] if basis.startswith("decided by the investigator") else ""
    return Judgement(_truth(str(row["result"] or "unknown")), reason)


def _truth(text: str) -> Truth:
    return next((one for one in TRUTHS if one == text), "unknown")


def typed_sheet(visitor: Visitor, answers: Mapping[str, str]) -> Sheet:
    """Return the sheet that a browser sent."""
    post = visitor.request.POST
    judged = {
        one.id: Judgement(_truth(post.get(f"_judge_{one.id}", "")), post.get(f"_why_{one.id}", "").strip())
        for one in visitor.reading.protocol.criteria
        if not one.expression
    }
    return Sheet(answers, filled_in(visitor), judged)


def assessments_of(protocol: Protocol, sheet: Sheet) -> tuple[Assessment, ...]:
    """Return every criterion for a sheet; an answer that is not admissible counts as not known."""
    known: dict[str, str] = {}
    for name, value in sheet.whole.items():
        with suppress(RefusedError):
            known |= {one.item: one.value for one in check_values(protocol, "screening", {name: value}, partial=True)}
    found = assess(protocol, known, {name: one.result for name, one in sheet.judged.items()})
    return tuple(
        replace(one, basis=sheet.judged[one.criterion.id].basis)
        if one.criterion.id in sheet.judged and one.result != "unknown" and not one.criterion.expression
        else one
        for one in found
    )


def criterion_rows(
    visitor: Visitor, sheet: Sheet, marks: Mapping[Place, FormMarks] | None = None
) -> list[CriterionRow]:
    """Return every criterion with its result, the values behind it, and what review says of it (with `marks`)."""
    protocol, found = visitor.reading.protocol, []
    form, whole = house_form(visitor, "screening"), sheet.whole
    for one in assessments_of(protocol, sheet):
        place = Place(visitor.code, "criterion", repeat=one.criterion.id)
        marked = marks.get(place) if marks else None
        found.append(
            CriterionRow(
                one,
                tuple(_behind(form, name, whole) for name in _names(one.criterion)),
                sheet.judged.get(one.criterion.id),
                not one.criterion.expression,
                history_link(visitor.study, place) if marked and marked.stage else "",
                marked.fields.get("result", NO_MARKS) if marked else NO_MARKS,
            )
        )
    return found


def _names(criterion: Criterion) -> list[str]:
    return sorted(names_in(criterion.expression)) if criterion.expression else []


def _behind(form: Form, name: str, answers: Mapping[str, str]) -> tuple[str, str]:
    item = form.item(name) or Item(id=name, label=name, type="text")
    return item.label, written(answers.get(name), item.unit, item) or spoken("not known")


def versions(visitor: Visitor) -> dict[str, int]:
    """Return the version of the screening ('screening') and of each criterion that is in the record."""
    found: dict[str, int] = {}
    for row in visitor.reading.rows.iter_rows(named=True):
        if row["form"] in ("screening", "criterion"):
            name = row["repeat"] or row["form"]
            found[name] = max(found.get(name, 0), row["version"])
    return found


def questions(visitor: Visitor, sheet: Sheet) -> dict[str, str]:
    """Return what must be confirmed of a sheet, by 'item=value': a confirmation holds for one value and no other."""
    form = house_form(visitor, "screening")
    asked = unusual(form, readable(form, sheet.whole))
    for item, what in soft_questions(visitor.door, Place(visitor.code, "screening"), sheet.whole).items():
        asked[item] = f"{asked.get(item, '')} {what}".strip()
    return {f"{item}={sheet.whole.get(item, '')}": what for item, what in asked.items()}


def drafts_of(visitor: Visitor, sheet: Sheet, seen: Mapping[str, int], reason: str) -> list[Draft]:
    """Return the forms of a sheet: the screening, and every criterion as it follows from it."""
    own = entered_sheet(visitor)
    only_filled = seen.get("screening") and dict(own.answers) == {k: v for k, v in sheet.answers.items() if v}
    why = reason or ("the consent was taken since" if only_filled else "")
    place = Place(visitor.code, "screening")
    confirmed = confirmations(questions(visitor, sheet), confirmed_in(visitor.request.POST))
    found = [Draft(place, sheet.whole, seen.get("screening", 0), why, confirmed=confirmed)]
    for one in assessments_of(visitor.reading.protocol, sheet):
        name, place = one.criterion.id, Place(visitor.code, "criterion", repeat=one.criterion.id)
        told = reason or (FOLLOWS if one.criterion.expression else sheet.judged[name].reason)
        found.append(Draft(place, {"result": one.result, "basis": one.basis}, seen.get(name, 0), told))
    return found


def day(text: str) -> date | None:
    """Return the date of a text, or None."""
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


def unexplained(sheet: Sheet, protocol: Protocol) -> Sequence[str]:
    """Return the criteria that somebody decided without saying why."""
    return [
        one.id
        for one in protocol.criteria
        if one.id in sheet.judged and sheet.judged[one.id].result != "unknown" and not sheet.judged[one.id].reason
    ]
