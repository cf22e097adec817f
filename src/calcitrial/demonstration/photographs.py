"""Synthetic photographs of simulated lesions: skin, a pale lump as large as the lesion, a ruler, and SIMULATED."""

import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from calcitrial.demonstration.people import STAFF
from calcitrial.design import LASTS, Act, Course, Person, VirtualLesion, attended, visit_day
from calcitrial.lesions import digest_of, keep_photo, picture_of
from calcitrial.record import Author, Draft, Gateway, Place

# So many of the first participants have photographs; a few are enough to see the pages with them.
PEOPLE = 4
WIDE, HIGH, PIXELS_PER_MM = 420, 300, 12
SKIN = np.array([214, 170, 146])


def photograph_acts(course: Course, home: Path) -> Iterator[Act]:
    """Yield a photograph of each lesion of the first participants at baseline, and of what was seen at the last."""
    for person in [one for one in course.people if one.arm][:PEOPLE]:
        for number, lesion in enumerate(person.virtual.lesions):
            moment = datetime.combine(person.baseline, time(8, 20 + number), UTC)
            yield Act(moment, partial(_pictured, home, person, lesion))


def state_acts(course: Course, home: Path) -> Iterator[Act]:
    """Yield a photograph beside a state: the first ulcer of an injected lesion, healed."""
    treated = [one for one in course.people if (arm := course.protocol.arm(one.arm)) and arm.treated]
    for person in treated:
        for lesion in person.virtual.lesions:
            for event in (one for one in lesion.events if one.term == "Skin ulceration"):
                visits = attended(course.protocol, person)
                days = [visit_day(person, place, visit) for place, visit in visits if visit.id == event.visit]
                healed = [day + timedelta(days=event.days_after + LASTS) for day in days]
                if healed and healed[0] <= course.until:
                    moment = datetime.combine(healed[0], time(16, 30), UTC)
                    yield Act(moment, partial(_healed, home, person, lesion))
                    return


def photograph(lesion: str, radius_mm: float) -> bytes:
    """Return a picture of a lump of this radius on skin, as a JPEG of some kilobytes; equal names, equal pictures."""
    rng = np.random.default_rng(list(hashlib.sha256(lesion.encode()).digest()[:8]))
    grain = np.kron(rng.normal(0, 5, (HIGH // 6, WIDE // 6)), np.ones((6, 6)))
    y, x = np.mgrid[0:HIGH, 0:WIDE]
    far = np.hypot(x - WIDE / 2, (y - HIGH / 2) * 1.15) / (radius_mm * PIXELS_PER_MM)
    lump = np.exp(-(far**4))
    light = 18 * lump * (WIDE / 2 - x + HIGH / 2 - y) / (radius_mm * PIXELS_PER_MM * 2)
    shade = (grain + light)[..., None] + SKIN + lump[..., None] * np.array([28, 48, 44])
    picture = Image.fromarray(np.clip(shade, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    pen.line([(20, HIGH - 24), (20 + 10 * PIXELS_PER_MM, HIGH - 24)], fill=(40, 40, 40), width=3)
    pen.text((20, HIGH - 20), "10 mm", fill=(40, 40, 40))
    pen.text((20, 12), f"SIMULATED  {lesion}", fill=(40, 40, 40), font_size=18)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return picture_of(out.getvalue())


def _radius(lesion: VirtualLesion, arm: str, place: int) -> float:
    return float(np.prod(lesion.semi_axes_at(arm, place)) ** (1 / 3))


def _pictured(home: Path, person: Person, lesion: VirtualLesion, gateway: Gateway, *_rest: object) -> None:
    picture = photograph(person.lesion(lesion), _radius(lesion, person.arm, 0))
    keep_photo(home, picture)
    place = Place(person.code, "lesion", lesion=person.lesion(lesion))
    by, reason = _nurse(gateway), "SIMULATED: photograph added"
    gateway.enter([Draft(place, {"photo": digest_of(picture)}, expected=1, reason=reason)], by)


def _healed(home: Path, person: Person, lesion: VirtualLesion, gateway: Gateway, *_rest: object) -> None:
    picture = photograph(f"{person.lesion(lesion)} healed", _radius(lesion, person.arm, -1))
    keep_photo(home, picture)
    values = {
        "state": "healed",
        "state_date": gateway.clock().date().isoformat(),
        "state_text": "SIMULATED: the ulcer is closed",
        "state_photo": digest_of(picture),
    }
    at = Place(person.code, "lesion_state", lesion=person.lesion(lesion), repeat="S1")
    gateway.enter([Draft(at, values)], _nurse(gateway))


def _nurse(gateway: Gateway) -> Author:
    return Author(STAFF[gateway.study]["study_nurse"], "study_nurse")
