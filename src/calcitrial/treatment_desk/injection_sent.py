"""What a browser sent for a session of injections, as forms to enter, and what must be confirmed of it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.http import QueryDict

from calcitrial.desk import confirmations, confirmed_in, values_of
from calcitrial.pharmacy import UNITS, read_vial
from calcitrial.protocol import Form, Protocol, RefusedError
from calcitrial.record import Draft, Place
from calcitrial.visit_desk import asked_about
from calcitrial.web import Reading

REACTIONS = (1, 2, 3)
BODY = "body:"


@dataclass(frozen=True)
class Sent:
    """What a browser sent: values by lesion, judgements by limit, body size, reactions; and what it confirmed."""

    injections: Mapping[str, dict[str, str]]
    judged: Mapping[str, tuple[str, str]]
    body: Mapping[str, str]
    reactions: Mapping[tuple[str, int], tuple[str, str]]
    confirmed: frozenset[str] = frozenset()


NOTHING = Sent({}, {}, {}, {})


def sent_by(post: QueryDict, reading: Reading, lesions: Sequence[str]) -> Sent:
    """Return what was sent for these lesions; a vial as it is called in the record where it can be read."""
    form, body = form_of(reading.protocol, "injection"), form_of(reading.protocol, "body_size")
    injections = {lesion: values_of(form, post, f"{lesion}:") for lesion in lesions}
    for values in injections.values():
        with suppress(RefusedError):
            values["vial"] = read_vial(reading.study, values.get("vial", ""))
    judged = {name: (post.get(f"_{name}.value", ""), post.get(f"_{name}.reason", "")) for name in UNITS}
    reactions = {
        (lesion, n): (post.get(f"_{lesion}:{n}:reaction", ""), post.get(f"_{lesion}:{n}:minutes", ""))
        for lesion in lesions
        for n in REACTIONS
    }
    return Sent(injections, judged, values_of(body, post, BODY), reactions, confirmed_in(post))


def drafts_of(sent: Sent, protocol: Protocol, code: str, visit: str) -> list[Draft]:
    """Return the forms of a session in which something was typed; all of them are entered in one act."""
    return [
        Draft(place, values, confirmed=confirmations(_asked(protocol, place, values), _ticked(sent, place)))
        for place, values in _contents(sent, code, visit)
        if _said(values)
    ]


def questions_of(sent: Sent, protocol: Protocol, code: str, visit: str) -> dict[str, str]:
    """Return what must be confirmed of a session: 'form lesion item=value' and the sentence."""
    return {
        f"{_in_front(place)}{key}": f"{place.lesion}: {what}" if place.lesion else what
        for place, values in _contents(sent, code, visit)
        if _said(values)
        for key, what in _asked(protocol, place, values).items()
    }


def _asked(protocol: Protocol, place: Place, values: Mapping[str, str]) -> dict[str, str]:
    return asked_about(protocol.id, place, form_of(protocol, place.form), values)


def _ticked(sent: Sent, place: Place) -> list[str]:
    """Return what was confirmed of one form of the session, by 'item=value'."""
    front = _in_front(place)
    return [key.removeprefix(front) for key in sent.confirmed if key.startswith(front)]


def _in_front(place: Place) -> str:
    return f"{place.form} {place.lesion} {place.repeat} "


def _said(values: Mapping[str, str]) -> bool:
    return any(value.strip() for name, value in values.items() if name not in ("limit_unit", "reaction_lesion"))


def _contents(sent: Sent, code: str, visit: str) -> Iterator[tuple[Place, Mapping[str, str]]]:
    yield Place(code, "body_size", visit), sent.body
    for name, (value, reason) in sent.judged.items():
        said = {"limit_value": value, "limit_unit": UNITS[name], "limit_reason": reason}
        yield Place(code, "dose_judgement", visit, repeat=name), said
    for lesion, values in sent.injections.items():
        yield Place(code, "injection", visit, lesion), values
    for (lesion, number), (reaction, minutes) in sent.reactions.items():
        said = {"reaction_lesion": lesion, "reaction": reaction, "minutes_after": minutes}
        yield Place(code, "injection_reaction", visit, repeat=f"{lesion}-{number}"), said


def form_of(protocol: Protocol, name: str) -> Form:
    """Return a form that every study with injections has."""
    form = protocol.form(name)
    assert form is not None  # the page of a study without injections is not offered
    return form
