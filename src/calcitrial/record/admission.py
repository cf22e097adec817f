"""What must be true before a form is admitted: participant, lesion and visit are there, nothing is stale."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from calcitrial.protocol import Form, Problem, Protocol
from calcitrial.record import store
from calcitrial.record.entry import Draft, Place

KEYS = {
    "study": (),
    "participant": ("participant",),
    "visit": ("participant", "visit"),
    "lesion": ("participant", "lesion"),
    "lesion_visit": ("participant", "visit", "lesion"),
    "event": ("participant", "repeat"),
}


@dataclass(frozen=True)
class Known:
    """One current value: its version, text, unit and entry number."""

    version: int
    value: str
    unit: str
    number: int


@dataclass
class Desk:
    """What is in the record now, as far as one submission needs it; grows as its forms are admitted."""

    study: str
    protocol: Protocol
    values: dict[Place, dict[str, Known]] = field(default_factory=dict)

    @classmethod
    def prepare(cls, study: str, protocol: Protocol, drafts: Sequence[Draft]) -> "Desk":
        """Return a desk that holds the participants' opening forms and the forms to be entered."""
        desk = cls(study, protocol)
        openers = [form.id for form in protocol.forms if form.opens]
        participants = [draft.place.participant for draft in drafts]
        for row in store.current(study, participants, [*openers, *(draft.place.form for draft in drafts)]):
            item, *known = row[5:]
            desk.values.setdefault(store.place_of(row), {})[item] = Known(*known)
        return desk

    def version(self, place: Place) -> int:
        """Return how often the form at this place was entered or changed; 0 when it is not there."""
        return max((known.version for known in self.values.get(place, {}).values()), default=0)

    def opened(self, kind: str, **keys: str) -> bool:
        """Return whether a form that opens a participant, lesion or visit is there with these keys."""
        openers = {form.id for form in self.protocol.forms if form.opens == kind}
        return any(
            place.form in openers and all(getattr(place, key) == value for key, value in keys.items())
            for place in self.values
        )


def problems_of(desk: Desk, draft: Draft, form: Form) -> list[Problem]:
    """Return everything that speaks against entering this form at its place now."""
    return [*_keys(draft, form), *_participant(desk, draft, form), *_version(desk, draft)]


def _keys(draft: Draft, form: Form) -> Iterator[Problem]:
    needed = set(KEYS[form.level]) | {"repeat" for _ in [0] if form.level == "study" and draft.place.repeat}
    for key in ("participant", "visit", "lesion", "repeat"):
        value = getattr(draft.place, key)
        if key in needed and not value:
            yield Problem(str(draft.place), f"Form {form.id} needs a {key}.", f"Name the {key}.")
        if key not in needed and value:
            yield Problem(
                str(draft.place), f"Form {form.id} has no {key}, yet {value!r} is given.", "Leave it out."
            )


def _participant(desk: Desk, draft: Draft, form: Form) -> Iterator[Problem]:
    place = draft.place
    if not place.participant or form.opens == "participant":
        return
    if not desk.opened("participant", participant=place.participant):
        what = f"Participant {place.participant!r} is not known in study {desk.study}."
        yield Problem(str(place), what, "Screen the participant first, or mend the code.")
        return
    if place.visit:
        yield from _visit(desk, place, form.opens == "visit")
    if place.lesion:
        yield from _lesion(desk, place, form.opens == "lesion")


def _visit(desk: Desk, place: Place, opening: bool) -> Iterator[Problem]:
    if desk.protocol.visit(place.visit) is None:
        planned = ", ".join(visit.id for visit in desk.protocol.visits)
        yield Problem(str(place), f"The protocol plans no visit {place.visit!r}.", f"Its visits: {planned}.")
    elif not opening and not desk.opened("visit", participant=place.participant, visit=place.visit):
        what = f"Visit {place.visit} of {place.participant} has not begun."
        yield Problem(str(place), what, "Enter the date of the visit first.")


def _lesion(desk: Desk, place: Place, opening: bool) -> Iterator[Problem]:
    if desk.opened("lesion", participant=place.participant, lesion=place.lesion):
        return
    opener = next((form.id for form in desk.protocol.forms if form.opens == "lesion"), "")
    owner = store.owner_of(desk.study, place.lesion, opener)
    if owner:
        what = f"Lesion {place.lesion} belongs to another participant than {place.participant}."
        yield Problem(str(place), what, "Check participant and lesion.")
    elif not opening:
        what = f"{place.participant} has no lesion {place.lesion!r}."
        yield Problem(str(place), what, "Put the lesion on the body map first, or mend its name.")


def _version(desk: Desk, draft: Draft) -> Iterator[Problem]:
    now = desk.version(draft.place)
    if draft.expected != now:
        what = f"Version {draft.expected} was expected, but the form is at version {now}."
        yield Problem(str(draft.place), what, "Read the form again, then enter the change.")
    if now and not draft.reason.strip():
        what = "A change of an entered form has no reason."
        yield Problem(str(draft.place), what, "Say why the value is changed.")


def references(desk: Desk, place: Place, form: Form, item_id: str, value: str) -> Iterator[Problem]:
    """Yield a problem when an item that names a lesion or visit names one that the participant does not have."""
    item = form.item(item_id)
    if item is None or item.type not in ("lesion", "visit"):
        return
    if not desk.opened(item.type, participant=place.participant, **{item.type: value}):
        what = f"{item.label} is {value!r}, which {place.participant} does not have."
        yield Problem(f"{place}.{item_id}", what, f"Name a {item.type} of this participant.")
