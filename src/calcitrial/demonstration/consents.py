"""Simulated people before their first visit: the log, the code, who they are, and what they and their parents sign.

Everything comes in by the verbs of the pages. Signatures are typed or drawn, and say that they are SIMULATED; of a
signature the record holds the digest, so the random line beside a typed name comes from the seed.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

from PIL import Image, ImageDraw

from calcitrial.consents import (
    Document,
    add_documents,
    current_releases,
    digest_of,
    keep_signed,
    release,
    releases_at,
    take_consent,
    withdraw,
)
from calcitrial.demonstration.people import STAFF
from calcitrial.design import Act, Course, Person, VirtualParticipant, answers_of
from calcitrial.identity import Identity, Looker, open_vault, years_between
from calcitrial.participants import Enquiry, log_person, register, send_enquiry
from calcitrial.record import Author, Gateway, stamp

# Of these (by number, in a trial for children too) the parents consent and the young person assents.
MINORS = {3: 15, 8: 12}
KINDS = {"adult consent": "ADULT", "parental consent": "PARENTS", "assent": "ASSENT"}
# So many days before the last that is told, a second version of the adults' text comes into use.
RENEWED = 30
LANGUAGE = {"stsinj": "en", "limoges": "fr"}
TEXTS = {
    "en": """# SIMULATED text: {title}, version {version}

This text belongs to a demonstration. Nobody is asked anything by it, and no ethics committee has seen it.

# What it stands for
The text that the committee of the site approved would stand here: why the study is done, what will happen, what may be
unpleasant, what else one could do, and that one may stop at any time without giving a reason.

# Approval
SIMULATED approval number {number} of a SIMULATED committee, {on}.{news}
""",
    "fr": """# Texte SIMULÉ : {title}, version {version}

Ce texte fait partie d’une démonstration. Il ne demande rien à personne, et aucun comité ne l’a vu.

# Ce qu’il remplace
Ici figurerait le texte approuvé par le comité du centre : pourquoi l’étude est faite, ce qui va se passer, ce qui peut
être désagréable, les autres possibilités, et que chacun peut arrêter à tout moment sans donner de raison.

# Approbation
Approbation SIMULÉE numéro {number} d’un comité SIMULÉ, {on}.{news}
""",
}
TITLES = {
    "adult consent": {"en": "Consent of adults", "fr": "Consentement des adultes"},
    "parental consent": {"en": "Consent of parents", "fr": "Autorisation des parents"},
    "assent": {"en": "Assent of young people", "fr": "Assentiment des mineurs"},
}
NEWS = {
    "en": "\n\n# What is new\nA visit more is possible, and an ulcer of the skin is named among the risks.",
    "fr": "\n\n# Ce qui est nouveau\nUne visite de plus est possible ; un ulcère de la peau compte parmi les risques.",
}
# Who was thought of and never came: how they were found, what became of it, and why (an item and an answer).
NOT_ENROLLED = (
    ("clinic list", "not eligible", "not_eligible_reason", "no suitable lesion"),
    ("referral", "not eligible", "not_eligible_reason", "other treatment"),
    ("patient group", "declined", "declined_reason", "too far"),
    ("clinic list", "declined", "declined_reason", "fear of injections"),
    ("registry", "not eligible", "not_eligible_reason", "other disease"),
)


def with_minors(people: tuple[VirtualParticipant, ...], study: str) -> tuple[VirtualParticipant, ...]:
    """Return the people with some of them under age, in the trial that takes children; nothing else changes."""
    if study != "limoges":
        return people
    return tuple(_minor(one) if one.index in MINORS and not one.ineligible else one for one in people)


def _minor(one: VirtualParticipant) -> VirtualParticipant:
    age = MINORS[one.index]
    return replace(one, age=age, answers=answers_of(age, one.sex, one.diagnosis))


def consent_acts(course: Course, home: Path, seed: int) -> Iterator[Act]:
    """Yield everything that people do before their first visit and about their consents, each with its moment."""
    first = min(act.moment for act in course.acts).date()
    kinds = [kind for kind in KINDS if kind == "adult consent" or _any_minor(course)]
    yield Act(_at(first, 7), partial(_documents, home, first, "1.0", kinds))
    for number, kind in enumerate(kinds):
        yield Act(_at(first, 7, 5 + number), partial(_release, KINDS[kind], "1.0", first))
    for number, line in enumerate(NOT_ENROLLED):
        day = first + timedelta(days=9 + 6 * number)
        if day <= course.until:
            yield Act(_at(day, 11), partial(_logged, line, day))
    for person in course.people:
        yield from _before_the_first_visit(course, person, home, seed)
    yield from _later(course, home, seed)
    yield Act(_at(course.until, 13), partial(_enquiry, home, course.people[0].site, course.until))


def _before_the_first_visit(course: Course, person: Person, home: Path, seed: int) -> Iterator[Act]:
    screened = person.baseline - timedelta(days=14)
    yield Act(_at(screened, 7, 20), partial(_thought_of, person, screened))
    yield Act(_at(screened, 7, 30), partial(_registered, person, screened))
    yield Act(_at(screened, 7, 35), partial(_identity, home, person))
    for number, (kind, signer) in enumerate(_signers(person)):
        yield Act(_at(screened, 8, 5 * number), partial(_signed, home, person, kind, signer, seed))
    day = _left(course, person)
    if day:
        yield Act(_at(day, 16), partial(_withdrawn, person, day))


def _left(course: Course, person: Person) -> date | None:
    """Return the day on which somebody leaves before the end, as the course has it; None for who stays."""
    days = (person.baseline + timedelta(one.day) for one in course.protocol.visits if one.id == person.virtual.dropout)
    return next(days, None) if person.arm else None


def _later(course: Course, home: Path, seed: int) -> Iterator[Act]:
    """Yield the second version of the adults' text, and who signs it; the last of them has not come yet."""
    since = course.until - timedelta(days=RENEWED)
    yield Act(_at(since, 7), partial(_documents, home, since, "1.1", ["adult consent"]))
    yield Act(_at(since, 7, 5), partial(_release, "ADULT", "1.1", since))
    adults = [one for one in course.people if one.arm and one.virtual.age >= 18]
    asked = [one for one in adults if (_left(course, one) or date.max) > course.until]
    for number, person in enumerate(asked[:-1]):
        day = since + timedelta(days=2 + 2 * number)
        if day < course.until:
            yield Act(_at(day, 10, 30), partial(_renewed, home, person, seed))


def _any_minor(course: Course) -> bool:
    return any(one.virtual.age < 18 for one in course.people)


def _signers(person: Person) -> tuple[tuple[str, str], ...]:
    if person.virtual.age >= 18:
        return (("adult consent", "participant"),)
    return (("parental consent", "parent"), ("parental consent", "second parent"), ("assent", "participant"))


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def _staff(gateway: Gateway, role: str) -> Author:
    return Author(STAFF[gateway.study][role], role)


def _documents(home: Path, on: date, version: str, kinds: list[str], gateway: Gateway, *_rest: object) -> None:
    again = "not needed" if version == "1.0" else "at the next visit"
    texts = []
    for kind in kinds:
        for language, title in TITLES[kind].items():
            news = "" if version == "1.0" else NEWS[language]
            number = f"SIM-{KINDS[kind]}-{version}"
            text = TEXTS[language].format(title=title, version=version, number=number, on=on, news=news)
            shown = f"{title} (SIMULATED)"
            texts.append((Document(KINDS[kind], version, language, shown, kind, on, again, "", False), text))
    add_documents(gateway, home / "consents" / gateway.study, texts, _staff(gateway, "administrator"))


def _release(document: str, version: str, on: date, gateway: Gateway, *_rest: object) -> None:
    (site,) = (one.id for one in gateway.protocol.sites)
    release(gateway, document, version, site, on, _staff(gateway, "administrator"))


def _logged(line: tuple[str, str, str, str], on: date, gateway: Gateway, *_rest: object) -> None:
    found_by, outcome, item, why = line
    (site,) = (one.id for one in gateway.protocol.sites)
    values = {"prescreening_site": site, "prescreened_on": on.isoformat(), "found_by": found_by}
    log_person(gateway, values | {"prescreening_outcome": outcome, item: why}, _staff(gateway, "study_nurse"))


def _thought_of(person: Person, on: date, gateway: Gateway, *_rest: object) -> None:
    found_by = ("clinic list", "referral", "patient group")[person.virtual.index % 3]
    values = {"prescreening_site": person.site, "prescreened_on": on.isoformat(), "found_by": found_by}
    values |= {"prescreening_outcome": "to be screened"}
    log_person(gateway, values, _staff(gateway, "study_nurse"), f"demo {person.code}")


def _registered(person: Person, on: date, gateway: Gateway, *_rest: object) -> None:
    # The line of the log has the ticket of this person; sent again it is not entered, and its number comes back.
    by = _staff(gateway, "study_nurse")
    line = log_person(gateway, {}, by, f"demo {person.code}")
    register(gateway, person.site, on, by, number_in_log=line)


def _identity(home: Path, person: Person, gateway: Gateway, *_rest: object) -> None:
    """Keep a name and a day of birth in the vault; the record never holds them."""
    number, age = person.virtual.index, person.virtual.age
    guardians = {"guardian_name": f"SIMULATED Parent {number}", "guardian_relation": "parent"}
    guardians |= {"second_guardian_name": f"SIMULATED Second-Parent {number}", "second_guardian_relation": "parent"}
    identity = Identity(
        given_name="SIMULATED",
        family_name=f"Person {number}",
        birth_date=_born(person).isoformat(),
        email=f"simulated-{number}@example.org",
        language=LANGUAGE[gateway.study],
        **(guardians if age < 18 else {}),
    )
    by = _staff(gateway, "study_nurse")
    looker = Looker(by.name, by.role, "to enter or correct the details")
    open_vault(home, gateway.clock).keep(gateway.study, person.code, identity, looker)


def _signed(home: Path, person: Person, kind: str, signer: str, seed: int, gateway: Gateway, *_rest: object) -> None:
    """Take one decision about the text in use, with its signature: drawn for even numbers, else typed."""
    on, folder = gateway.clock().date(), home / "consents" / gateway.study
    held = current_releases(releases_at(gateway, person.site), on)[kind]
    text, by = held.text(LANGUAGE[gateway.study]), _staff(gateway, "study_nurse")
    drawn = person.virtual.index % 2 == 0
    name = f"SIMULATED {signer} of {person.code}"
    line = hashlib.sha256(f"{seed} {name} {held.version}".encode()).hexdigest()[:32]
    content = _scribble(name) if drawn else f"{name}\n{line}".encode()
    values = {
        "consent_kind": kind,
        "signer": signer,
        "decision": "given",
        "consent_document_id": held.document,
        "consent_version": held.version,
        "consent_language": text.language,
        "consent_text_sha256": text.sha256,
        "consented_on": on.isoformat(),
        "consented_at": stamp(gateway.clock())[11:19],
        "age_at_consent": years_between(_born(person), on),
        "consent_method": "drawn" if drawn else "typed name",
        "signature_sha256": digest_of(content),
        "explained_by": by.name,
        "understood": True,
    }
    take_consent(gateway, person.code, values, by)
    keep_signed(open_vault(home, gateway.clock), folder, gateway.study, person.code, content)


def _born(person: Person) -> date:
    """Return a day of birth that makes somebody as old as the screening says."""
    screened = person.baseline - timedelta(days=14)
    return date(screened.year - person.virtual.age, screened.month, 1)


def _scribble(name: str) -> bytes:
    """Return a drawn signature as a small PNG: a wave, and the words that it is simulated."""
    picture = Image.new("L", (300, 90), 255)
    pen = ImageDraw.Draw(picture)
    steps = hashlib.sha256(name.encode()).digest()
    pen.line([(10 + 9 * place, 15 + step % 45) for place, step in enumerate(steps)], fill=0, width=2)
    pen.text((10, 72), name, fill=90)
    out = io.BytesIO()
    picture.quantize(8).save(out, "PNG", optimize=True)
    return out.getvalue()


def _renewed(home: Path, person: Person, seed: int, gateway: Gateway, *rest: object) -> None:
    _signed(home, person, "adult consent", "participant", seed, gateway, *rest)


def _withdrawn(person: Person, on: date, gateway: Gateway, *_rest: object) -> None:
    values: dict[str, object] = {
        "withdrawn_on": on.isoformat(),
        "withdrawal_scope": "visits, safety follow-up goes on",
        "withdrawn_by": "participant" if person.virtual.age >= 18 else "parent",
        "samples_and_images": False,
        "withdrawal_reason": "burden of visits",
    }
    withdraw(gateway, person.code, values, _staff(gateway, "study_nurse"))


def _enquiry(home: Path, site: str, on: date, gateway: Gateway, *_rest: object) -> None:
    """Send what somebody answered in the public pre-screener to the site."""
    answers = {"age_years": "47", "diagnosis": "SSc", "pregnant": "false"}
    contact = Identity(given_name="SIMULATED", family_name="Enquirer", email="simulated-enquirer@example.org")
    vault = open_vault(home, gateway.clock)
    send_enquiry(gateway, vault, Enquiry(site, answers, contact, agreed=True), on, "demo enquiry")
