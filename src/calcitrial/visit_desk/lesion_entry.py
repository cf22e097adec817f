"""What somebody sends about a lesion: its place on the map, its size, its photograph, its states."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from calcitrial import verbs
from calcitrial.desk import Options, values_of
from calcitrial.lesions import digest_of, drop_photo, keep_photo, locate, picture_of, sites
from calcitrial.protocol import Form, Problem, Protocol, RefusedError
from calcitrial.record import Author, Draft, Place
from calcitrial.web import Reading, home

# What the map fills in, a camera gives, or a scan is marked with: no fields to type in.
NOT_TYPED = ("view", "map_x", "map_y", "photo", "state_photo", "image_x", "image_y", "image_z")
TOO_LONG = 20
# One byte more than a photograph may have, so that a longer one is refused without being read to its end.
MOST = 20_000_001


@dataclass(frozen=True)
class Sent:
    """One form as sent: where, what was typed, which version was seen, why, and a picture ('' when none)."""

    place: Place
    values: dict[str, str]
    expected: int
    reason: str
    picture: bytes
    problems: tuple[Problem, ...] = ()


def typed(protocol: Protocol, name: str) -> Form:
    """Return a form with only the items that are typed."""
    form = protocol.form(name)
    if form is None:
        raise LookupError(name)
    return form.model_copy(update={"items": tuple(item for item in form.items if item.id not in NOT_TYPED)})


def site_options() -> dict[str, Options]:
    """Return the named body sites as the answers to choose from."""
    names = dict.fromkeys(site.name for site in sites())
    return {"body_site": [(name, name) for name in names]}


def sent_by(request: HttpRequest, form: Form, place: Place, photo: str) -> Sent:
    """Return what was sent for a form whose photograph is the item `photo`; what is no picture is a problem."""
    values = {name: value for name, value in values_of(form, request.POST).items() if name not in NOT_TYPED}
    expected = request.POST.get("_expected", "")
    number = int(expected) if expected.isdecimal() and len(expected) < TOO_LONG else -1
    picture, problems = b"", []
    file = request.FILES.get("_photo")
    if isinstance(file, UploadedFile):
        try:
            picture = picture_of(file.read(MOST))
            values[photo] = digest_of(picture)
        except RefusedError as error:
            problems = [Problem(f"{place}.{photo}", one.what, one.instead) for one in error.problems]
    return Sent(place, values, number, request.POST.get("_reason", "").strip(), picture, tuple(problems))


def with_point(request: HttpRequest, sent: Sent, before: Mapping[str, str]) -> Sent:
    """Return a lesion with its point: the one that was pointed at, the one it has, or that of its named site."""
    values, there = sent.values, {name: request.POST.get(f"_{name}", "") for name in ("view", "map_x", "map_y")}
    named = (values.get("body_site", ""), values.get("side", ""))
    if not all(there.values()) and before.get("view") and named == (before.get("body_site"), before.get("side")):
        there = {name: before[name] for name in there}
    if not all(there.values()):
        there = _own_point(*named)
    return Sent(sent.place, {**values, **there}, sent.expected, sent.reason, sent.picture, sent.problems)


def _own_point(site: str, side: str) -> dict[str, str]:
    """Return the point of a named site on the first view that shows it; nothing for a name that is none."""
    found = next((one for one in sites() if one.name == site), None)
    if found is None or (found.laterality == "midline") != (side == "midline"):
        return {}
    views = found.views(side)
    if not views:
        return {}
    x, y = locate(site, side, views[0])
    return {"view": views[0], "map_x": f"{x:.3f}", "map_y": f"{y:.3f}"}


def enter(study: str, sent: Sent, by: Author) -> tuple[Problem, ...]:
    """Enter a form with its picture as one submission; return what speaks against it, with nothing kept then."""
    if sent.expected < 0:
        what = "The version of the form that this page was made from is missing."
        return (Problem(str(sent.place), what, "Open the page again."), *sent.problems)
    if sent.problems:
        return sent.problems
    folder = home()
    made = bool(sent.picture) and keep_photo(folder, sent.picture)
    try:
        verbs.enter(study, [Draft(sent.place, sent.values, sent.expected, sent.reason)], by)
    except RefusedError as error:
        if made:
            drop_photo(folder, sent.picture)
        return error.problems
    return ()


def values_at(reading: Reading, place: Place) -> tuple[dict[str, str], int]:
    """Return the values that stand at a place, by item, and the version of the form; none and 0 when it is not."""
    rows = reading.rows.filter(**place._asdict())
    values = dict(zip(rows["item"], rows["value"], strict=True))
    return values, int(str(rows["version"].max() or 0))
