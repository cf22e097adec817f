"""What a script can read: the same rows, through the same scope, as the pages show."""

from collections.abc import Iterator

from django.http import HttpRequest
from ninja import Router

from calcitrial.api.service import allowed, asked_by_nobody
from calcitrial.api.shapes import FormOut, StepOut
from calcitrial.people import Scope
from calcitrial.record import Place, history, studies
from calcitrial.web import Reading, read_for, scope_of

router = Router(tags=["read"])
PAGE = 500


@router.get("/studies")
def list_studies(request: HttpRequest) -> list[dict[str, object]]:
    """Return the studies in which the caller may do anything, with the roles they have there."""
    asked_by_nobody(request)
    found = ((name, scope_of(request, name)) for name in studies())
    return [{"id": name, "roles": sorted({role for role, _ in scope.grants})} for name, scope in found if scope.grants]


@router.get("/{study}/protocol")
def protocol(request: HttpRequest, study: str) -> dict[str, object]:
    """Return the definition that the study runs under, as data."""
    allowed(request, study, "see_participants")
    shown = read_for(request, study).protocol
    content: dict[str, object] = shown.model_dump(mode="json", exclude_defaults=True)
    return content | {"digest": shown.digest}


@router.get("/{study}/forms", response=list[FormOut])
def forms(request: HttpRequest, study: str, participant: str = "", form: str = "", after: int = 0) -> list[FormOut]:
    """Return entered forms, of one participant and one kind when these are named, PAGE of them after number `after`."""
    allowed(request, study, "see_participants")
    found = list(_forms(read_for(request, study, participant), form))
    return found[after : after + PAGE]


def _forms(reading: Reading, wanted: str) -> Iterator[FormOut]:
    made: dict[Place, FormOut] = {}
    for row in reading.rows.iter_rows(named=True):
        if wanted in ("", row["form"]):
            place = Place(row["participant"], row["form"], row["visit"], row["lesion"], row["repeat"])
            one = made.setdefault(place, FormOut(**place._asdict(), version=0, values={}, units={}, entries={}))
            one.version = max(one.version, row["version"])
            one.values[row["item"]], one.entries[row["item"]] = row["value"], row["number"]
            if row["unit"]:
                one.units[row["item"]] = row["unit"]
    yield from made.values()


@router.get("/{study}/history", response=list[StepOut])
def steps(
    request: HttpRequest,
    study: str,
    form: str,
    participant: str = "",
    visit: str = "",
    lesion: str = "",
    repeat: str = "",
    item: str = "",
) -> list[StepOut]:
    """Return everything ever entered at one place that the caller may see, old values included."""
    scope = allowed(request, study, "see_participants")
    place = Place(participant, form, visit, lesion, repeat)
    seen = _items_seen(read_for(request, study, participant), place, scope)
    return [_step(step) for step in history(study, place, item) if step.item in seen]


def _items_seen(reading: Reading, place: Place, _scope: Scope) -> set[str]:
    """Return the items of a place that are in the caller's own rows: what is hidden has no history either."""
    rows = reading.rows.iter_rows(named=True)
    return {row["item"] for row in rows if tuple(row[key] for key in Place._fields) == tuple(place)}


def _step(step: object) -> StepOut:
    return StepOut(**{name: getattr(step, name) for name in StepOut.model_fields})
