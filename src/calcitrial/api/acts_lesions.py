"""Acts on lesions: placed on the body map, corrected, followed in their states, each with a photograph."""

import base64
import binascii
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from calcitrial.api.acting import ACT, Code, Done, Name, Of, Text, Value, Version, at, done
from calcitrial.consent_desk import Visitor
from calcitrial.lesions import digest_of, drop_photo, keep_photo, locate, next_lesion, next_state, picture_of, sites
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.record import Draft, Place, Receipt
from calcitrial.verbs import enter
from calcitrial.web import home

router = Router(tags=["lesions"])
MAPPING = "map_lesions"
PICTURE = 40_000_000
Fields = dict[Name, Value]
# What the program itself finds out about a photograph.
PHOTOS = ("photo", "state_photo")


class Pictured(Of):
    """Something of a lesion with its photograph (JPEG or PNG, base64) and the version that was seen."""

    values: Fields
    photo: Annotated[str, Field(max_length=PICTURE)] = ""
    expected: Version = 0
    reason: Text = ""


class Placed(Pictured):
    """A lesion on the body map; without `lesion` it gets the next number."""

    lesion: Name = ""


class Stated(Pictured):
    """A state of a lesion; without `state` it gets the next key."""

    lesion: Code
    state: Name = ""


@router.post("/{study}/acts/place-lesion", response=ACT)
def act_place_lesion(request: HttpRequest, study: str, body: Placed) -> Done:
    """Place a lesion, or correct one with a reason; `made` is its name."""
    who = at(request, study, body.participant, MAPPING)
    name = body.lesion or next_lesion(who.code, (row["lesion"] for row in who.reading.table("lesion")))
    values = _pointed(dict(body.values))
    return done(who, _entered(who, Place(who.code, "lesion", lesion=name), values, body, "photo"), name)


@router.post("/{study}/acts/lesion-state", response=ACT)
def act_lesion_state(request: HttpRequest, study: str, body: Stated) -> Done:
    """Enter or correct a state of a lesion; `made` is its key."""
    who = at(request, study, body.participant, MAPPING)
    if body.lesion not in {row["lesion"] for row in who.reading.table("lesion")}:
        refuse([Problem("lesion", f"{who.code} has no lesion {body.lesion!r}.", "Place it on the body map first.")])
    key = body.state or next_state(who.reading.protocol, who.reading.rows, body.lesion)
    place = Place(who.code, "lesion_state", "", body.lesion, key)
    return done(who, _entered(who, place, dict(body.values), body, "state_photo"), key)


def _pointed(values: Fields) -> Fields:
    """Return a lesion with its point: the one that was sent, else that of its named site on the first view."""
    if all(values.get(name) is not None for name in ("view", "map_x", "map_y")):
        return values
    named, side = str(values.get("body_site")), str(values.get("side"))
    found = next((one for one in sites() if one.name == named), None)
    views = found.views(side) if found and (found.laterality == "midline") == (side == "midline") else ()
    if not views:
        return values
    x, y = locate(named, side, views[0])
    return values | {"view": views[0], "map_x": f"{x:.3f}", "map_y": f"{y:.3f}"}


def _entered(who: Visitor, place: Place, values: Fields, body: Pictured, item: str) -> Receipt:
    """Enter a form with its picture; nothing of the picture is kept when it is refused."""
    typed = sorted(set(values) & set(PHOTOS))
    refuse([Problem(one, "A photograph is not named, it is sent.", "Send it as `photo`.") for one in typed])
    picture = _picture(body.photo)
    made = bool(picture) and keep_photo(home(), picture)
    whole = values | ({item: digest_of(picture)} if picture else {})
    try:
        return enter(who.study, [Draft(place, whole, body.expected, body.reason)], who.author())
    except RefusedError:
        if made:
            drop_photo(home(), picture)
        raise


def _picture(text: str) -> bytes:
    if not text:
        return b""
    try:
        return picture_of(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        refuse([Problem("photo", "The photograph is not base64.", "Send the file as base64.")])
        raise
