"""Consent: who decided what about which version of which text, and whether that is enough today.

An adult consents. For a minor the parents consent, as many as the country asks, and the minor assents where able;
whoever of them refuses decides (a minor's refusal is never overridden). The age at consent decides which it is, and a
person who has become an adult since consents again. A later version binds those who signed an earlier one only as
that version says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from calcitrial.consents.ages import AgeRule, age_rule
from calcitrial.consents.documents import Release, current_releases, documents_in, releases_in
from calcitrial.identity import years_between
from calcitrial.people import site_of
from calcitrial.protocol import Problem, Protocol
from calcitrial.record import Author, Draft, Gateway, Place, Row, enter_numbered, form_rows, number_in

ADULT, PARENT, ASSENT = "adult consent", "parental consent", "assent"
ALONE = ("only holder of parental authority", "legal guardian")
SIGNERS = {
    ADULT: ("participant", "legal representative"),
    PARENT: ("parent", "second parent", *ALONE),
    ASSENT: ("participant",),
}
DECISIONS = {
    ADULT: ("given", "refused"),
    PARENT: ("given", "refused"),
    ASSENT: ("given", "refused", "not able to assent"),
}
GUARDED = frozenset({"injection", "allocation", "lesion_allocation", "enrolment"})
BEFORE_VISIT, AT_VISIT = "required before the next visit", "at the next visit"


@dataclass(frozen=True)
class Act:
    """One decision of one person about one version."""

    kind: str
    signer: str
    decision: str
    document: str
    version: str
    on: date
    age: int


@dataclass(frozen=True)
class Need:
    """One consent that a participant needs: who gives it, and where it stands.

    `state` is 'missing', 'given', 'refused', 'not able' or 'renew'; `blocks` says that procedures wait for it.
    """

    kind: str
    signers: tuple[str, ...]
    state: str
    text: str
    blocks: bool

    @property
    def open(self) -> bool:
        """Return whether somebody still has to sign here."""
        return self.state in ("missing", "renew")


def take_consent(gateway: Gateway, participant: str, values: Mapping[str, object], by: Author, ticket: str = "") -> str:
    """Enter one decision under its running number (C1, C2 …) and return the number; `values` are of form `consent`.

    Raises RefusedError with everything that `act_problems` finds.
    """
    place = enter_numbered(
        gateway,
        lambda number: Draft(Place(participant, "consent", repeat=f"C{number}"), {**values, "ticket": ticket}),
        by,
        lambda: (number_in(row["repeat"]) for row in form_rows(gateway, "consent", participant)),
        ticket,
    )
    return place.repeat


def acts_in(rows: Iterable[Row]) -> list[Act]:
    """Return the decisions that the rows of the form hold, in the order of their numbers."""
    return [
        Act(
            row["consent_kind"],
            row["signer"],
            row["decision"],
            row["consent_document_id"],
            row["consent_version"],
            date.fromisoformat(row["consented_on"]),
            int(row["age_at_consent"]),
        )
        for row in sorted(rows, key=lambda row: number_in(row["repeat"]))
        if all(row[item] for item in ("consent_kind", "signer", "decision", "consented_on", "age_at_consent"))
    ]


def is_minor(acts: Iterable[Act], rule: AgeRule, on: date, age: int | None = None) -> bool:
    """Return whether a person is a minor on a day; `age` is theirs where somebody knows it better than the record.

    The record knows only completed years at each consent, never the day of birth: from these a person counts as an
    adult once they certainly are one.
    """
    if age is not None:
        return age < rule.adult_from
    known = [act.age + years_between(act.on, on) for act in acts if act.on <= on]
    return bool(known) and max(known) < rule.adult_from


def needs_of(acts: list[Act], released: list[Release], rule: AgeRule, on: date, age: int | None = None) -> list[Need]:
    """Return every consent that a person needs on a day, and where each stands."""
    current = current_releases(released, on)
    if is_minor(acts, rule, on, age):
        return [*_parents(acts, released, current, rule, on), _need(ASSENT, SIGNERS[ASSENT], acts, released, on)]
    return [_need(ADULT, SIGNERS[ADULT], acts, released, on)]


def _parents(
    acts: list[Act], released: list[Release], current: dict[str, Release], rule: AgeRule, on: date
) -> list[Need]:
    alone = [act for act in acts if act.kind == PARENT and act.signer in ALONE and act.on <= on]
    if alone:
        return [_need(PARENT, (alone[-1].signer,), acts, released, on)]
    return [_need(PARENT, (signer,), acts, released, on) for signer in ("parent", "second parent")[: rule.parents]]


def _need(kind: str, signers: tuple[str, ...], acts: list[Act], released: list[Release], on: date) -> Need:
    whose = f"{kind} ({signers[0]})" if kind == PARENT else kind
    current = current_releases(released, on).get(kind)
    last = next((act for act in reversed(acts) if act.kind == kind and act.signer in signers and act.on <= on), None)
    if current is None:
        return Need(kind, signers, "missing", f"No document for the {kind} is in use at this site.", True)
    if last is None:
        return Need(kind, signers, "missing", f"The {whose} is missing.", True)
    if last.decision == "refused":
        return Need(kind, signers, "refused", f"The {whose} was refused on {last.on}.", True)
    state = "given" if last.decision == "given" else "not able"
    asked = _asked_again(last, kind, released, on)
    if not asked:
        return Need(kind, signers, state, f"The {whose} stands: {last.document} {last.version}, {last.on}.", False)
    text = f"The {whose} is of {last.document} {last.version}; {current.document} {current.version} is due {asked}."
    return Need(kind, signers, "renew", text.replace("due required", "required"), asked == BEFORE_VISIT)


def _asked_again(last: Act, kind: str, released: list[Release], on: date) -> str:
    """Return what the versions after the signed one ask of who signed it: '', or the strictest of them."""
    seen = [one for one in released if one.kind == kind and one.since <= on]
    signed = next((n for n, one in enumerate(seen) if (one.document, one.version) == (last.document, last.version)), -1)
    later = {one.reconsent for one in seen[signed + 1 :]}
    return next((asked for asked in (BEFORE_VISIT, AT_VISIT) if asked in later), "")


def needs(gateway: Gateway, participant: str, on: date, age: int | None = None) -> list[Need]:
    """Return the consents that a participant needs on a day; none where no document was ever released."""
    released = releases_at(gateway, site_of(gateway.protocol, participant))
    acts = acts_in(form_rows(gateway, "consent", participant))
    if not released:
        return []
    return needs_of(acts, released, age_rule(gateway.protocol, site_of(gateway.protocol, participant)), on, age)


def releases_at(gateway: Gateway, site: str) -> list[Release]:
    """Return every version in use at a site, the earliest first."""
    return releases_in(
        documents_in(form_rows(gateway, "consent_document")), form_rows(gateway, "consent_release"), site
    )


def consented(gateway: Gateway, participant: str, on: date | None = None) -> list[Problem]:
    """Return why there is no valid consent of a participant on a day (today when left out); [] when there is one.

    A study that never released a consent document falls back on what the screening says.
    """
    day = on or gateway.clock().date()
    if not _releases_any(gateway):
        return _by_screening(gateway, participant)
    found = needs(gateway, participant, day)
    if not found:
        what = f"No consent document is in use at the site of {participant}."
        return [Problem(participant, what, "Release the approved document for this site first.")]
    return [Problem(participant, need.text, "Take the consent first.") for need in found if need.blocks]


def _releases_any(gateway: Gateway) -> bool:
    return bool(form_rows(gateway, "consent_release"))


def _by_screening(gateway: Gateway, participant: str) -> list[Problem]:
    if not _has_item(gateway.protocol, "screening", "consent_signed"):
        return []
    rows = form_rows(gateway, "screening", participant)
    if rows and rows[0]["consent_signed"] == "true":
        return []
    what = f"The screening of {participant} does not say that consent was signed."
    return [Problem(participant, what, "Take the consent first, then complete the screening.")]


def _has_item(protocol: Protocol, form: str, item: str) -> bool:
    found = protocol.form(form)
    return found is not None and found.item(item) is not None


def consent_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why a form waits for a consent: treatment without one, a visit that a new version must come before."""
    form, participant = draft.place.form, draft.place.participant
    if form == "consent":
        return act_problems(gateway, draft)
    if draft.expected or (form not in GUARDED and form != "visit"):
        return []
    if form == "injection" and draft.values.get("injected") in (False, "false"):
        return []
    if form == "visit" and not _releases_any(gateway):
        return []
    return [replace(one, place=str(draft.place)) for one in consented(gateway, participant, _day(gateway, draft))]


def _day(gateway: Gateway, draft: Draft) -> date:
    """Return the day of the procedure that a form is about, as far as the form or its visit says it."""
    said = draft.values.get("visit_date") or draft.values.get("enrolment_date")
    if not said and draft.place.visit and draft.place.form == "injection":
        rows = form_rows(gateway, "visit", draft.place.participant)
        said = next((row["visit_date"] for row in rows if row["visit"] == draft.place.visit), None)
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        return gateway.clock().date()


def act_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why a decision cannot stand: another text, not yet in use, in the future, or by the wrong person."""
    values = {name: str(value) for name, value in draft.values.items() if value is not None}
    kind, place = values.get("consent_kind", ""), str(draft.place)
    found = []
    if values.get("signer") not in SIGNERS.get(kind, ()):
        told = ", ".join(SIGNERS.get(kind, ()))
        found.append(Problem(place, f"The {kind} is not given by {values.get('signer')!r}.", f"By: {told}."))
    if values.get("decision") not in DECISIONS.get(kind, ()):
        found.append(Problem(place, f"The {kind} is not {values.get('decision')!r}.", "Choose given or refused."))
    if (values.get("decision") == "not able to assent") != bool(values.get("not_able_reason")):
        found.append(Problem(f"{place}.not_able_reason", "The reason does not fit.", "Say why a minor is not able."))
    signed = values.get("consent_method") != "not signed"
    if signed != bool(values.get("signature_sha256")) or (values.get("decision") == "given" and not signed):
        found.append(Problem(f"{place}.signature", "The signature is missing.", "Sign, or add the signed paper."))
    return [*found, *_text_in_use(gateway, draft, values), *_age_fits(gateway, draft, values, kind)]


def _text_in_use(gateway: Gateway, draft: Draft, values: Mapping[str, str]) -> list[Problem]:
    """Return that the text is not one that was in use at the site on the day of the signature."""
    place = str(draft.place)
    try:
        on = date.fromisoformat(values.get("consented_on", ""))
    except ValueError:
        return []  # the form itself says what is wrong with the date
    if on > gateway.clock().date():
        return [Problem(f"{place}.consented_on", f"{on} lies in the future.", "Enter the day of the signature.")]
    for one in releases_at(gateway, site_of(gateway.protocol, draft.place.participant)):
        text = one.texts.get(values.get("consent_language", ""))
        same = (one.document, one.version, one.kind) == tuple(
            values.get(name) for name in ("consent_document_id", "consent_version", "consent_kind")
        )
        if same and text and text.sha256 == values.get("consent_text_sha256") and one.since <= on:
            return []
    what = f"{values.get('consent_document_id')} {values.get('consent_version')} was not in use here on {on}."
    return [Problem(place, what, "Use the version that is released at this site.")]


def _age_fits(gateway: Gateway, draft: Draft, values: Mapping[str, str], kind: str) -> list[Problem]:
    age = values.get("age_at_consent", "")
    if not age.isdecimal():
        return []
    rule = age_rule(gateway.protocol, site_of(gateway.protocol, draft.place.participant))
    if (int(age) >= rule.adult_from) == (kind == ADULT):
        return []
    what = f"At {age} years a person {'is an adult' if kind != ADULT else 'is a minor'} here ({rule.adult_from})."
    instead = "Take the adult consent." if kind != ADULT else "Take parental consent and assent."
    return [Problem(f"{draft.place}.age_at_consent", what, instead)]
