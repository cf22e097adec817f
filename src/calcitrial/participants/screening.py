"""Screening against the criteria, in three values: a missing value never makes anyone eligible or ineligible."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from calcitrial.participants.consent_answers import answered_by_consent, carried, rests_on_consent, screened_with
from calcitrial.protocol import (
    Criterion,
    Item,
    Problem,
    Protocol,
    Truth,
    check_values,
    criterion_items,
    evaluate,
    names_in,
    refuse,
)
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows

Verdict = Literal["eligible", "not eligible", "unknown"]


@dataclass(frozen=True)
class Assessment:
    """One criterion for one person: is it true, false or unknown, and the values behind that."""

    criterion: Criterion
    result: Truth
    basis: str

    @property
    def met(self) -> Truth:
        """Return whether the criterion speaks for the person: an exclusion does when it is false."""
        if self.criterion.type == "inclusion" or self.result == "unknown":
            return self.result
        return "false" if self.result == "true" else "true"


@dataclass(frozen=True)
class Screening:
    """All criteria for one person, and the verdict they add up to."""

    participant: str
    assessments: tuple[Assessment, ...]

    @property
    def verdict(self) -> Verdict:
        """Return 'eligible' only when every criterion is known and met."""
        met = {assessment.met for assessment in self.assessments}
        if "false" in met:
            return "not eligible"
        return "unknown" if "unknown" in met else "eligible"

    @property
    def open_points(self) -> tuple[str, ...]:
        """Return the criteria that are not met or not known, as sentences."""
        words = {"false": "is not met", "unknown": "is not known"}
        return tuple(
            f"{a.criterion.id} ({a.criterion.text}) {words[a.met]}." for a in self.assessments if a.met in words
        )


def assess(
    protocol: Protocol, answers: Mapping[str, str], judged: Mapping[str, Truth] | None = None
) -> tuple[Assessment, ...]:
    """Return every criterion with its result for these canonical answers (item id to text).

    `judged` holds what a person decided for criteria that have no expression, by criterion id.
    """
    items = criterion_items(protocol)
    values = {name: _typed(items[name], text) for name, text in answers.items() if name in items}
    return tuple(_assess_one(criterion, values, judged or {}) for criterion in protocol.criteria)


def _assess_one(
    criterion: Criterion, values: Mapping[str, str | float | bool], judged: Mapping[str, Truth]
) -> Assessment:
    if not criterion.expression:
        if criterion.id in judged:
            return Assessment(criterion, judged[criterion.id], "decided by the investigator")
        return Assessment(criterion, "unknown", "the wording is not public; the investigator has not decided")
    names = sorted(names_in(criterion.expression))
    basis = ", ".join(f"{name} = {_written(values.get(name))}" for name in names)
    return Assessment(criterion, evaluate(criterion.expression, values), basis)


def _typed(item: Item, text: str) -> str | float | bool:
    if item.type in ("integer", "decimal"):
        return float(text)
    return text == "true" if item.type == "boolean" else text


def _written(value: str | float | bool | None) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else value


def screen(
    gateway: Gateway,
    participant: str,
    answers: Mapping[str, object],
    by: Author,
    judged: Mapping[str, Truth] | None = None,
) -> Screening:
    """Enter a screening and the result of every criterion as one submission; return the screening.

    Raises RefusedError when an answer is not admissible or the code is taken.
    """
    drafts = [Draft(Place(participant, "screening"), answers)]
    checked = {value.item: value.value for value in check_values(gateway.protocol, "screening", answers)}
    result = Screening(participant, assess(gateway.protocol, checked, judged))
    for assessment in result.assessments:
        place = Place(participant, "criterion", repeat=assessment.criterion.id)
        drafts.append(Draft(place, {"result": assessment.result, "basis": assessment.basis}))
    gateway.enter(drafts, by)
    return result


def screening_of(gateway: Gateway, participant: str) -> Screening:
    """Return the screening of a participant as it stands now: in the record, and what the consents say since."""
    rows = current_rows(gateway.study, participant)
    found = {(repeat, item): value for _p, form, _v, _l, repeat, item, _n, value, *_ in rows.iter_rows()}
    assessments = tuple(
        Assessment(c, found.get((c.id, "result"), "unknown"), found.get((c.id, "basis"), ""))
        for c in gateway.protocol.criteria
    )
    since = _by_consent(gateway, participant)
    return Screening(participant, tuple(since.get(one.criterion.id, one) for one in assessments))


def _by_consent(gateway: Gateway, participant: str, acts: Sequence[Draft] = ()) -> dict[str, Assessment]:
    """Return the criteria that rest on consent as they follow from the consents, where the record says otherwise."""
    answers = screened_with(gateway, participant, answered_by_consent(gateway, participant, acts))
    found = assess(gateway.protocol, answers) if answers else ()
    return {one.criterion.id: one for one in found if rests_on_consent(one.criterion.expression)}


def follow_consents(gateway: Gateway, drafts: Sequence[Draft]) -> list[Draft]:
    """Return what a consent or an enrolment among these drafts carries along: the criteria that rest on consent.

    So the screening need not be saved again. Nothing where it is being saved in the same act.
    """
    saved = {draft.place.participant for draft in drafts if draft.place.form == "screening"}
    asked = {one.place.participant for one in drafts if one.place.form in ("consent", "enrolment")} - saved
    found: list[Draft] = []
    for participant in sorted(asked):
        acts = [one for one in drafts if one.place.form == "consent" and one.place.participant == participant]
        answers = screened_with(gateway, participant, answered_by_consent(gateway, participant, acts))
        if answers:
            new = {name: (one.result, one.basis) for name, one in _by_consent(gateway, participant, acts).items()}
            found += carried(gateway, participant, answers, new)
    return found


def enrolment_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why a form of enrolment cannot be entered: the criteria that are not met or not known."""
    if draft.place.form != "enrolment":
        return []
    screening = screening_of(gateway, draft.place.participant)
    if screening.verdict == "eligible":
        return []
    what = f"{draft.place.participant} cannot be enrolled: {' '.join(screening.open_points)}"
    return [Problem(draft.place.participant, what, "Complete the screening, or record the screen failure.")]


def enrol(gateway: Gateway, participant: str, on: date, by: Author) -> Receipt:
    """Enrol a screened participant; RefusedError, naming the criteria, unless every one is met."""
    draft = Draft(Place(participant, "enrolment"), {"enrolment_date": on.isoformat()})
    refuse(enrolment_problems(gateway, draft))
    return gateway.enter([draft], by)
