"""The body map of a participant and the page of one lesion: placed, corrected with a reason, followed in its states."""

import re
from contextlib import suppress
from datetime import date
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from calcitrial.desk import fields_of, marks_of, summary_of
from calcitrial.lesions import drawn, list_of, next_lesion, next_state, number_of, photo_file, spots
from calcitrial.people import Scope, site_of
from calcitrial.protocol import Problem, RefusedError
from calcitrial.record import Place
from calcitrial.visit_desk.lesion_cards import LesionCard, drawn_maps, drawn_shapes, lesion_cards, place_of
from calcitrial.visit_desk.lesion_entry import Sent, enter, sent_by, site_options, typed, values_at, with_point
from calcitrial.web import Reading, home, needs, read_for, refused, scope_of

MAPPING = "map_lesions"
STATE_KEY = re.compile(r"S[0-9]{1,3}")


class SeeOther(HttpResponseRedirect):
    """The answer to what was sent: look there now (303), so that a reload sends nothing again."""

    status_code = 303


@needs("see_participants")
def map_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Show the body map of a participant and take a new lesion."""
    reading, scope, site = opened(request, study, code)
    cards = lesion_cards(reading, scope, _day(request))
    lesion = next_lesion(code, (card.id for card in cards))
    if request.method != "POST":
        listed = list_of(reading.protocol, reading.rows, code)
        first = {"role": "non-target" if listed and listed.frozen else "target", "found": _found(reading, code)}
        return _draw_map(request, reading, cards, Sent(Place(code, "lesion", lesion=lesion), first, 0, "", b""))
    if not scope.may(MAPPING, site):
        return refused(request, _("Placing a lesion needs the right “map lesions” at the site of the participant."))
    form = typed(reading.protocol, "lesion")
    named = request.POST.get("_lesion", "")
    if named != f"{code}-L{number_of(named)}" or not 0 < number_of(named) <= len(cards) + 1:
        named = lesion
    sent = with_point(request, sent_by(request, form, Place(code, "lesion", lesion=named), "photo"), {})
    problems = enter(study, sent, scope.author(MAPPING, site))
    if not problems:
        return SeeOther(f"{reverse('lesion', args=[study, code, named])}?saved=1")
    if any("was expected, but the form is at version" in problem.what for problem in problems):
        what = f"{named} was placed meanwhile and says something else."
        problems = (Problem(named, what, f"If this is another lesion, save again: it becomes {lesion}."),)
        sent = Sent(Place(code, "lesion", lesion=lesion), sent.values, 0, "", b"")
    return _draw_map(request, reading, cards, sent, problems)


def opened(request: HttpRequest, study: str, code: str) -> tuple[Reading, Scope, str]:
    """Return what may be read of a participant, the scope of who asks, and the participant's site."""
    reading, scope = read_for(request, study, code), scope_of(request, study)
    site = site_of(reading.protocol, code)
    if not scope.sees(site):
        raise Http404(f"Participant {code!r} is not known in study {study}. Choose one from its list.")
    return reading, scope, site


def _found(reading: Reading, code: str) -> str:
    """Return when a lesion that is placed now was found: after the draw or a visit behind baseline, later."""
    first = next((visit.id for visit in reading.protocol.visits if visit.kind == "baseline"), "")
    later = any(row["visit"] != first for row in reading.table("visit"))
    return "after baseline" if later or drawn(reading.protocol, reading.rows) else "at baseline"


def _day(request: HttpRequest) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(request.GET.get("on", ""))
    return None


def _draw_map(
    request: HttpRequest,
    reading: Reading,
    cards: list[LesionCard],
    sent: Sent,
    problems: tuple[Problem, ...] = (),
) -> HttpResponse:
    form, code = typed(reading.protocol, "lesion"), sent.place.participant
    address = reverse("body_map", args=[reading.study, code])
    fields = fields_of(reading.protocol, form, sent.values, problems, options=site_options())
    dates = sorted({state.on for card in cards for state in card.states if state.on})
    context = _shared(request, reading, code) | {
        "cards": cards,
        "maps": drawn_maps(cards, address),
        "shapes": drawn_shapes(),
        "day": _day(request),
        "dates": dates,
        "fields": fields,
        "summary": summary_of(form, fields, problems),
        "sent": sent,
        "point": {name: sent.values.get(name, "") for name in ("view", "map_x", "map_y")} if problems else {},
        "spots": [list(spot) for spot in spots()],
        "photo_problems": [f"{one.what} {one.instead}" for one in problems if one.place.endswith(".photo")],
    }
    return render(request, "visit_desk/lesion_map.html", context, status=422 if problems else 200)


def _shared(request: HttpRequest, reading: Reading, code: str) -> dict[str, Any]:
    scope = scope_of(request, reading.study)
    return {
        "study": reading.study,
        "protocol": reading.protocol,
        "here": "body_map",
        "code": code,
        "may_map": scope.may(MAPPING, site_of(reading.protocol, code)),
        "blinded": scope.blinded,
    }


@needs("see_participants")
def lesion_page(request: HttpRequest, study: str, code: str, lesion: str) -> HttpResponse:
    """Show one lesion with its states and take a correction of it, with a reason."""
    reading, scope, site = opened(request, study, code)
    card = _card(reading, scope, lesion)
    values, version = values_at(reading, place_of(card))
    if request.method != "POST":
        return _draw_lesion(request, reading, card, Sent(place_of(card), values, version, "", b""))
    if not scope.may(MAPPING, site):
        return refused(request, _("Correcting a lesion needs the right “map lesions” at the site of the participant."))
    sent = with_point(request, sent_by(request, typed(reading.protocol, "lesion"), place_of(card), "photo"), values)
    problems = enter(study, sent, scope.author(MAPPING, site))
    if problems:
        return _draw_lesion(request, reading, card, sent, problems)
    return SeeOther(f"{reverse('lesion', args=[study, code, lesion])}?saved=1")


@needs("see_participants")
def state_page(request: HttpRequest, study: str, code: str, lesion: str) -> HttpResponse:
    """Take a state of a lesion, new or corrected."""
    reading, scope, site = opened(request, study, code)
    card = _card(reading, scope, lesion)
    if request.method != "POST":
        return SeeOther(reverse("lesion", args=[study, code, lesion]))
    if not scope.may(MAPPING, site):
        return refused(request, _("Entering a state needs the right “map lesions” at the site of the participant."))
    repeat = request.POST.get("_repeat", "")
    if not STATE_KEY.fullmatch(repeat):
        repeat = next_state(reading.protocol, reading.rows, lesion)
    place = Place(code, "lesion_state", "", lesion, repeat)
    sent = sent_by(request, typed(reading.protocol, "lesion_state"), place, "state_photo")
    problems = enter(study, sent, scope.author(MAPPING, site))
    if problems:
        return _draw_lesion(request, reading, card, sent, problems)
    return SeeOther(f"{reverse('lesion', args=[study, code, lesion])}?saved=1#states")


def _card(reading: Reading, scope: Scope, lesion: str) -> LesionCard:
    found = next((card for card in lesion_cards(reading, scope) if card.id == lesion), None)
    if found is None:
        raise Http404(f"There is no lesion {lesion!r} here. Choose one on the body map of the participant.")
    return found


def _draw_lesion(
    request: HttpRequest, reading: Reading, card: LesionCard, sent: Sent, problems: tuple[Problem, ...] = ()
) -> HttpResponse:
    about_state = sent.place.form == "lesion_state"
    own = Sent(place_of(card), *values_at(reading, place_of(card)), "", b"") if about_state else sent
    state = sent if about_state else _state_to_show(request, reading, card)
    forms = {"lesion": typed(reading.protocol, "lesion"), "lesion_state": typed(reading.protocol, "lesion_state")}
    scope, site = scope_of(request, reading.study), site_of(reading.protocol, card.participant)
    drawn_fields = {
        one.place.form: fields_of(
            reading.protocol,
            forms[one.place.form],
            one.values,
            problems if one.place.form == sent.place.form else (),
            place=one.place,
            entered=one.values if one.expected else (),
            options=site_options(),
            marks=marks_of(reading, scope, one.place, site).fields,
        )
        for one in (own, state)
    }
    context = _shared(request, reading, card.participant) | {
        "card": card,
        "maps": [one for one in drawn_maps([card], "../") if one[0] == card.view],
        "shapes": drawn_shapes(),
        "own": own,
        "state": state,
        "own_fields": drawn_fields["lesion"],
        "state_fields": drawn_fields["lesion_state"],
        "summary": summary_of(forms[sent.place.form], drawn_fields[sent.place.form], problems),
        "about_state": about_state or bool(state.expected),
        "reason": sent.reason,
        "saved": request.GET.get("saved") == "1" and request.method == "GET",
    }
    return render(request, "visit_desk/lesion.html", context, status=422 if problems else 200)


def _state_to_show(request: HttpRequest, reading: Reading, card: LesionCard) -> Sent:
    """Return the state that is to be corrected, as it stands, or an empty one under the next free key."""
    wanted = request.GET.get("state", "")
    place = Place(card.participant, "lesion_state", "", card.id, wanted)
    values, version = values_at(reading, place) if wanted else ({}, 0)
    if not version:
        place = place._replace(repeat=next_state(reading.protocol, reading.rows, card.id))
    return Sent(place, values, version, "", b"")


@needs("see_participants")
def photo_page(request: HttpRequest, study: str, code: str, digest: str) -> FileResponse:
    """Return a photograph that the record names for this participant, to who may read that entry."""
    reading, _scope, _site = opened(request, study, code)
    named = {row.get("photo") for row in reading.table("lesion")}
    named |= {row["state_photo"] for row in reading.table("lesion_state")}
    with suppress(RefusedError):
        file = photo_file(home(), digest)
        if digest in named and file.is_file():
            return FileResponse(file.open("rb"), content_type="image/jpeg")
    raise Http404(f"There is no such photograph of {code}. Follow a link of the lesion's page.")


HERE = "<slug:study>/participants/<str:code>/map/"
urlpatterns = [
    path(HERE, map_page, name="body_map"),
    path(f"{HERE}photos/<str:digest>.jpg", photo_page, name="photo"),
    path(f"{HERE}<str:lesion>/", lesion_page, name="lesion"),
    path(f"{HERE}<str:lesion>/state/", state_page, name="lesion_state"),
]
