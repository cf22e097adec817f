"""What the consents answer of a screening: the criterion that rests on them is read from them, not typed again.

Until somebody is enrolled (or their screening ended) the consents speak for themselves: a criterion over the items
below takes what they say now. The consent, or else the enrolment, carries the answers into the record in its own act,
so that cut and report read the same. Afterwards the record stays as it was when eligibility was decided.
"""

from collections.abc import Iterable, Mapping, Sequence

from calcitrial.consents import ASSENT, PARENT, Need, acts_in, age_rule, needs_of, releases_at
from calcitrial.people import site_of
from calcitrial.protocol import Truth, names_in
from calcitrial.record import Draft, Gateway, Place, form_rows, standing_of

FROM_CONSENT = ("consent_signed", "parent_consent_signed", "assent_if_able")
SAID = {"given": "true", "not able": "true", "renew": "true", "refused": "false"}
WHY = "the consents say so"


def consent_answers(needs: Iterable[Need]) -> dict[str, str]:
    """Return what the consents answer of FROM_CONSENT: 'true' or 'false' by item; what is still missing is left out."""
    said: dict[str, set[str]] = {}
    for need in needs:
        answer = SAID.get(need.state, "")
        said.setdefault("assent_if_able" if need.kind == ASSENT else "consent_signed", set()).add(answer)
        if need.kind == PARENT:
            said.setdefault("parent_consent_signed", set()).add(answer)
    return {name: "false" if "false" in found else "true" for name, found in said.items() if "" not in found}


def answered_by_consent(gateway: Gateway, participant: str, acts: Sequence[Draft] = ()) -> dict[str, str]:
    """Return the answers that the consents of a participant give now, and `acts` that are just being entered.

    {} where no document is in use at the site, and once the participant is enrolled or the screening has ended.
    """
    site = site_of(gateway.protocol, participant)
    released = releases_at(gateway, site)
    ends = [name for name in ("enrolment", "end_of_study") if gateway.protocol.form(name)]
    decided = any(form_rows(gateway, name, participant) for name in ends)
    if not released or decided:
        return {}
    form = gateway.protocol.form("consent")
    blank: dict[str, object] = {item.id: None for item in form.items} if form else {}
    new = [{**blank, **one.values, "repeat": one.place.repeat} for one in acts]
    found = acts_in([*form_rows(gateway, "consent", participant), *new])
    on = gateway.clock().date()
    return consent_answers(needs_of(found, released, age_rule(gateway.protocol, site), on))


def screened_with(gateway: Gateway, participant: str, answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers of the entered screening with these put over them; {} where they change nothing."""
    entered = standing_of(gateway.study, Place(participant, "screening")).values
    form = gateway.protocol.form("screening")
    known = {name: value for name, value in answers.items() if form is not None and form.item(name)}
    changed = any(entered.get(name) != value for name, value in known.items())
    return {**entered, **known} if entered and changed else {}


def rests_on_consent(expression: str) -> bool:
    """Return whether a criterion asks for something that the consents answer."""
    return bool(expression) and not names_in(expression).isdisjoint(FROM_CONSENT)


def carried(
    gateway: Gateway, participant: str, answers: Mapping[str, str], new: Mapping[str, tuple[Truth, str]]
) -> list[Draft]:
    """Return the forms that carry the answers of the consents into the record: the screening and these criteria."""
    place = Place(participant, "screening")
    own = {name: answers[name] for name in FROM_CONSENT if name in answers}
    found = [Draft(place, own, standing_of(gateway.study, place).version, WHY)]
    for name, (result, basis) in new.items():
        at = Place(participant, "criterion", repeat=name)
        version = standing_of(gateway.study, at).version
        found.append(Draft(at, {"result": result, "basis": basis}, version, WHY))
    return found
