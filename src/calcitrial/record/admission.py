"""What must be true before a form is admitted: participant, lesion and visit are there, nothing is stale."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from calcitrial.protocol import (
    Form,
    Problem,
    Protocol,
    RefusedError,
    carried_over,
    check_form,
    completeness,
    house_forms,
    is_unscheduled,
    unusual,
)
from calcitrial.record import store
from calcitrial.record.entry import Author, Draft, Place
from calcitrial.record.study import protocol_of
from calcitrial.record.versions import begun_under

KEYS = {
    "study": (),
    "participant": ("participant",),
    "visit": ("participant", "visit"),
    "lesion": ("participant", "lesion"),
    "lesion_visit": ("participant", "visit", "lesion"),
    "reading": ("participant", "visit", "lesion", "repeat"),
    "event": ("participant", "repeat"),
    "visit_event": ("participant", "visit", "repeat"),
    "lesion_event": ("participant", "lesion", "repeat"),
}
# Control characters but tab and line feed, and halves of characters: PostgreSQL and UTF-8 cannot hold them all.
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")

# How long a text beside the values may be: keys and names, and a reason.
KEY_SIGNS, REASON_SIGNS = 200, 2_000
NAMES = {*Place._fields, "name", "role"}
# What must stay possible under a lock: undoing it, an emergency, opening the arms once the data are final, and taking
# access away or giving it to an inspector.
BESIDE_LOCKS = ("lock", "unblinding", "allocation_secret", "grant", "training")

Changes = dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Known:
    """One current value: its version, text, unit and entry number."""

    version: int
    value: str
    unit: str
    number: int


@dataclass
class Desk:
    """What is in the record now, as far as one submission needs it; grows as its forms are admitted.

    `opened` holds (kind, participant, visit or lesion); `owners` the participant of each lesion named; `amended`
    whether the study ever ran under another definition (None while nobody asked).
    """

    study: str
    protocol: Protocol
    forms: dict[str, Form]
    values: dict[Place, dict[str, Known]] = field(default_factory=dict)
    opened: set[tuple[str, str, str]] = field(default_factory=set)
    owners: dict[str, str] = field(default_factory=dict)
    amended: bool | None = None

    @classmethod
    def prepare(cls, study: str, protocol: Protocol, drafts: Sequence[Draft]) -> "Desk":
        """Return a desk that holds the participants' opening forms and the forms to be entered."""
        desk = cls(study, protocol, house_forms() | {form.id: form for form in protocol.forms})
        desk.read(drafts)
        return desk

    def read(self, drafts: Sequence[Draft]) -> None:
        """Put what is in the record for these forms on the desk, beside what this submission has put there."""
        if not drafts:
            return
        before = set(self.values)
        openers = [form.id for form in self.forms.values() if form.opens]
        places = [draft.place for draft in drafts if not text_problems("", draft.place._asdict())]
        participants = {place.participant for place in places}
        wanted = {*openers, *(place.form for place in places)}
        for row in store.current(self.study, participants, wanted):
            item, *known = row[5:]
            place = store.place_of(row)
            if place not in before:
                self.values.setdefault(place, {})[item] = Known(*known)
                self.announce(place)
        lesions = {place.lesion for place in places} - {"", *self.owners}
        for lesion, owner in store.owners(self.study, lesions, openers) if lesions else ():
            self.owners.setdefault(lesion, owner)

    def form_for(self, draft: Draft) -> Form | None:
        """Return the form as it is asked here: what stands from an earlier version is held to that version alone."""
        form, before = self.forms.get(draft.place.form), self.values.get(draft.place, {})
        then = self._begun_as(draft.place) if form and before else None
        if form is None or then is None or then == form:
            return form
        changed = {name for name, value in draft.values.items() if name not in before or _differs(before[name], value)}
        return carried_over(form, then, changed, {name for name, known in before.items() if known.value})

    def _begun_as(self, place: Place) -> Form | None:
        """Return the form under which a place was first entered; None where the study never had another definition."""
        if self.amended is None:
            self.amended = store.is_amended(self.study)
        digest = begun_under(self.study, place) if self.amended else ""
        return protocol_of(self.study, digest).form(place.form) if digest else None

    def version(self, place: Place) -> int:
        """Return how often the form at this place was entered or changed; 0 when it is not there."""
        return max((known.version for known in self.values.get(place, {}).values()), default=0)

    def whole(self, draft: Draft) -> Draft:
        """Return a draft with the values that its form has already and that it leaves as they are."""
        if not draft.expected:
            return draft
        there = {item: known.value for item, known in self.values.get(draft.place, {}).items()}
        return replace(draft, values=there | dict(draft.values))

    def site(self, participant: str) -> str:
        """Return the site that a form which opens the participant names; '' when none does."""
        for place, items in self.values.items():
            form = self.forms.get(place.form)
            if place.participant == participant and form and form.opens == "participant" and "site" in items:
                return items["site"].value
        return ""

    def announce(self, place: Place) -> None:
        """Let a participant, visit or lesion count as there from here on when this form opens it."""
        form = self.forms.get(place.form)
        if form is None or not form.opens:
            return
        key = "" if form.opens == "participant" else getattr(place, form.opens)
        self.opened.add((form.opens, place.participant, key))
        if form.opens == "lesion":
            self.owners.setdefault(place.lesion, place.participant)


def admit(desk: Desk, draft: Draft) -> tuple[Changes, list[Problem]]:
    """Return what a form changes as (value, unit) by item, and everything that speaks against entering it.

    A form that says what the record says already changes nothing, and so is never stale: a file can be
    imported again.
    """
    place = draft.place
    said = {f"confirmation of {item}": text for item, text in draft.confirmed.items()}
    found = text_problems(str(place)[:KEY_SIGNS], {**place._asdict(), "reason": draft.reason, **said})
    form = desk.form_for(draft)
    if form is None:
        known = ", ".join(form.id for form in desk.protocol.forms)
        return {}, [
            *found,
            Problem(str(place), f"The protocol has no form {place.form!r}.", f"Its forms: {known}."),
        ]
    if not found:
        found = [*_keys(place, form), *_participant(desk, place, form)]
    changes, bad = _changes(desk, draft, form)
    if changes or bad:
        found += _version(desk, draft, form, changes)
    found += bad
    if changes or found:
        # Even when the form itself is refused: the forms that rest on it are not to blame.
        desk.announce(place)
    return changes, found


def author_problems(by: Author) -> list[Problem]:
    """Return what is missing about the person who enters (ICH E6(R3): data are attributable)."""
    empty = [name for name, text in vars(by).items() if isinstance(text, str) and not text.strip()]
    return [
        *text_problems("author", vars(by)),
        *(Problem("author", f"The {name} of the person who enters is empty.", "Say who enters.") for name in empty),
    ]


def text_problems(place: str, texts: Mapping[str, object]) -> list[Problem]:
    """Return what is wrong with keys, names and reasons as text; a list that may be added to."""
    return list(_texts(place, texts))


def _texts(place: str, texts: Mapping[str, object]) -> Iterator[Problem]:
    """Yield a problem for a key that would not be the same text in every database, file and list."""
    for name, text in texts.items():
        if not isinstance(text, str):
            yield Problem(place, f"The {name} is {text!r}, which is not text.", "Write it as text.")
        elif UNWRITABLE.search(text):
            yield Problem(place, f"The {name} {text[:KEY_SIGNS]!r} holds control characters.", "Write plain text.")
        elif len(text) > (limit := KEY_SIGNS if name in NAMES else REASON_SIGNS):
            yield Problem(place, f"The {name} is {len(text):,} signs long.", f"Write at most {limit:,}.")
        elif name in NAMES and text != text.strip():
            yield Problem(place, f"The {name} {text!r} begins or ends with a blank.", "Leave the blank out.")


def _keys(place: Place, form: Form) -> Iterator[Problem]:
    needed = set(KEYS[form.level]) | ({"repeat"} if form.level == "study" and place.repeat else set())
    for key in ("participant", "visit", "lesion", "repeat"):
        value = getattr(place, key)
        if key in needed and not value:
            yield Problem(str(place), f"Form {form.id} needs a {key}.", f"Name the {key}.")
        if key not in needed and value:
            yield Problem(str(place), f"Form {form.id} has no {key}, yet {value!r} is given.", "Leave it out.")


def _participant(desk: Desk, place: Place, form: Form) -> Iterator[Problem]:
    if not place.participant or form.opens == "participant":
        return
    if ("participant", place.participant, "") not in desk.opened:
        what = f"Participant {place.participant!r} is not known in study {desk.study}."
        yield Problem(str(place), what, "Screen the participant first, or mend the code.")
        return
    if place.visit:
        yield from _visit(desk, place, form.opens == "visit")
    if place.lesion:
        yield from _lesion(desk, place, form.opens == "lesion")


def _visit(desk: Desk, place: Place, opening: bool) -> Iterator[Problem]:
    if desk.protocol.visit(place.visit) is None and not is_unscheduled(place.visit):
        planned = ", ".join(visit.id for visit in desk.protocol.visits)
        yield Problem(str(place), f"The protocol plans no visit {place.visit!r}.", f"Its visits: {planned}.")
    elif not opening and ("visit", place.participant, place.visit) not in desk.opened:
        what = f"Visit {place.visit} of {place.participant} has not begun."
        yield Problem(str(place), what, "Enter the date of the visit first.")


def _lesion(desk: Desk, place: Place, opening: bool) -> Iterator[Problem]:
    owner = desk.owners.get(place.lesion)
    if owner is not None and owner != place.participant:
        what = f"Lesion {place.lesion} belongs to another participant than {place.participant}."
        yield Problem(str(place), what, "Check participant and lesion.")
    elif owner is None and not opening:
        what = f"{place.participant} has no lesion {place.lesion!r}."
        yield Problem(str(place), what, "Put the lesion on the body map first, or mend its name.")


def _changes(desk: Desk, draft: Draft, form: Form) -> tuple[Changes, list[Problem]]:
    """Return the values that differ from those on the desk, checked together with those that stay."""
    place, before = draft.place, desk.values.get(draft.place, {})
    if draft.partial and form.opens:
        what = f"The form {form.id} opens a {form.opens}, so it cannot be left half filled in."
        return {}, [Problem(str(place), what, "Fill in what is required.")]
    merged = {item: known.value for item, known in before.items()} | dict(draft.values)
    # A text of blanks says nothing, and is missing where something is required.
    given = {item: None if isinstance(value, str) and not value.strip() else value for item, value in merged.items()}
    try:
        checked = check_form(form, given, partial=draft.partial)
    except RefusedError as error:
        return {}, [Problem(f"{place}.{p.place.split('.')[-1]}", p.what, p.instead) for p in error.problems]
    after = {value.item: (value.value, value.unit) for value in checked}
    cleared = {item: ("", "") for item in before if item not in after}
    changes = {
        item: pair for item, pair in {**after, **cleared}.items() if item not in before or before[item].value != pair[0]
    }
    return changes, [*_named(desk, place, form, changes), *_unconfirmed(draft, form, changes)]


def _unconfirmed(draft: Draft, form: Form, changes: Changes) -> Iterator[Problem]:
    """Yield a question for each unusual value that nobody has said is right."""
    for item, what in unusual(form, {item: value for item, (value, _unit) in changes.items()}).items():
        if not draft.confirmed.get(item, "").strip():
            yield Problem(f"{draft.place}.{item}", what, "Is that right? Then confirm it; else mend it.")


def _named(desk: Desk, place: Place, form: Form, changes: Changes) -> Iterator[Problem]:
    """Yield a problem for each item that names a lesion or visit which the participant does not have."""
    for item in form.items:
        value, _unit = changes.get(item.id, ("", ""))
        if item.type not in ("lesion", "visit") or not value:
            continue
        if (item.type, place.participant, value) not in desk.opened:
            what = f"{item.label} is {value!r}, which {place.participant} does not have."
            yield Problem(f"{place}.{item.id}", what, f"Name a {item.type} of this participant.")


def _version(desk: Desk, draft: Draft, form: Form, changes: Changes) -> Iterator[Problem]:
    now, before = desk.version(draft.place), desk.values.get(draft.place, {})
    if draft.expected != now:
        what = f"Version {draft.expected} was expected, but the form is at version {now}."
        yield Problem(str(draft.place), what, "Read the form again, then enter the change.")
    state = completeness(form, {item: known.value for item, known in before.items()})
    unfinished = state == "draft" or (state == "empty" and any(item.required for item in form.items))
    goes_on = unfinished and not any(_said(before, item) for item in changes)
    # Who expected no form at all meant no change, and so owes no reason for one; nor does who goes on with a form.
    if now and draft.expected and not goes_on and not str(draft.reason).strip():
        what = "A change of an entered form has no reason."
        yield Problem(str(draft.place), what, "Say why the value is changed.")


def _differs(known: Known, value: object) -> bool:
    return str("" if value is None else value).strip().lower() != known.value.lower()


def _said(before: Mapping[str, Known], item: str) -> bool:
    return item in before and bool(before[item].value)


def locked_problems(desk: Desk, locks: Mapping[str, str], drafts: Sequence[Draft]) -> list[Problem]:
    """Return that study or site are locked, for each form that a lock keeps out.

    `locks` holds 'true' or 'false' by site, '' being the study.
    """
    if not any(locked == "true" for locked in locks.values()):
        return []
    found = []
    named = _sites_named(desk, drafts)
    for draft in drafts:
        code = draft.place.participant
        sites = ("", desk.site(code), named.get(code, "")) if code else ("",)
        shut = next((name for name in sites if locks.get(name) == "true"), None)
        if shut is not None and draft.place.form not in BESIDE_LOCKS:
            what = f"Site {shut} is locked." if shut else f"Study {desk.study} is locked."
            found.append(Problem(str(draft.place), what, "Nothing can be entered until it is unlocked with a reason."))
    return found


def _sites_named(desk: Desk, drafts: Sequence[Draft]) -> dict[str, str]:
    """Return the site that a participant would have by these forms: nobody is moved into a locked site."""
    openers = {form.id for form in desk.forms.values() if form.opens == "participant"}
    return {
        draft.place.participant: str(draft.values["site"]).strip()
        for draft in drafts
        if draft.place.form in openers and draft.values.get("site")
    }
