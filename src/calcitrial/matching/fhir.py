"""What a FHIR export says of people, as answers to the items of our criteria (Patient, Condition, medication, allergy).

Only what is written is taken: a disease, a pregnancy or an allergy that is not recorded stays unknown, because nobody
may have asked. Codes are those of `fhir_codes.csv`; a code that is not certain to mean one thing stays unknown, and is
said. Works with R4 and R5, which differ here only in how a medicine is named.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from calcitrial.matching.bundle import Resource
from calcitrial.matching.facts import Facts, Unread

SYSTEMS = {
    "http://hl7.org/fhir/sid/icd-10": "icd-10",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd-10-cm",
    "urn:oid:2.16.840.1.113883.6.3": "icd-10",
    "urn:oid:2.16.840.1.113883.6.90": "icd-10-cm",
}
SEX = {"female": "F", "male": "M", "other": "other"}
# Conditions that once were: a pregnancy is over then, while a disease of a lifetime is not.
PAST = ("inactive", "resolved")
LASTING = ("diagnosis",)
NOT_SO = ("refuted", "entered-in-error")
UNSURE = ("unconfirmed", "provisional", "differential")
MEDICINES = ("MedicationStatement", "MedicationRequest", "MedicationUsage")
STS = "thiosulfate"
OLDEST = 130


@dataclass(frozen=True)
class Meaning:
    """What one code says: an answer to an item, and whether it is certain to mean that."""

    code: str
    title: str
    item: str
    value: str
    certain: bool
    note: str


@dataclass
class _Person:
    """One person while the resources are read."""

    values: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    diagnoses: list[str] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    medicines: list[str] = field(default_factory=list)
    illnesses: list[str] = field(default_factory=list)

    def say(self, place: str, sentence: str) -> None:
        self.unread.append(Unread(place, sentence))

    def take(self, item: str, value: str, source: str) -> None:
        if item == "diagnosis":
            if value not in self.diagnoses:
                self.diagnoses.append(value)
        else:
            self.values[item] = value
        before = self.sources.get(item)
        self.sources[item] = f"{before}; {source}" if before and source not in before else source


@cache
def meanings() -> Mapping[str, tuple[Meaning, ...]]:
    """Return what codes mean, by the short name of their system; the longest codes first."""
    text = (files("calcitrial.matching") / "fhir_codes.csv").read_text("utf-8")
    found: dict[str, list[Meaning]] = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        meaning = Meaning(row["code"], row["title"], row["item"], row["value"], row["certain"] == "yes", row["note"])
        found[row["system"]].append(meaning)
    return {name: tuple(sorted(all_, key=lambda one: -len(one.code))) for name, all_ in found.items()}


def facts_of(resources: Sequence[tuple[str, Resource]], on: date) -> tuple[list[Facts], list[Unread]]:
    """Return what is known of each living person on a day, by the ids of their Patient resources, and what is not used.

    `resources` are (address, resource) pairs as `read_bundles` gives them. A resource of nobody in the files, a wrong
    or unknown code and a date that cannot be read are said in a sentence each; the rest is still taken.
    """
    people: dict[str, _Person] = {}
    names: dict[str, str] = {}
    unread: list[Unread] = []
    for address, resource in resources:
        if resource["resourceType"] == "Patient":
            _open_person(address, resource, on, people, names, unread)
    for address, resource in resources:
        read = READERS.get(resource["resourceType"])
        if read is None:
            continue
        person = people.get(names.get(_subject(resource), ""))
        if person is None:
            unread.append(Unread(address, "It belongs to no Patient of these files, so it was not used."))
        else:
            read(person, address, resource)
    return [_closed(name, person) for name, person in people.items()], unread


def _open_person(
    address: str,
    resource: Resource,
    on: date,
    people: dict[str, _Person],
    names: dict[str, str],
    unread: list[Unread],
) -> None:
    name = str(resource.get("id") or address)
    if name in people:
        unread.append(Unread(address, "A Patient with the same id was read before; this one was not used."))
        return
    if resource.get("deceasedBoolean") is True or resource.get("deceasedDateTime"):
        unread.append(Unread(address, "The person has died, so nothing is matched."))
        return
    person = people[name] = _Person()
    names.update({address: name, f"Patient/{name}": name})
    sex = SEX.get(str(resource.get("gender")))
    if sex:
        person.take("sex", sex, f"{address} gender")
    _take_age(person, address, resource.get("birthDate"), on)


def _take_age(person: _Person, address: str, born: Any, on: date) -> None:
    """Take the completed years; a date without a day or month counts where every day of it gives the same age."""
    if born is None:
        person.say(address, "No date of birth is recorded, so the age is unknown.")
        return
    try:
        first, last = _days(str(born))
    except ValueError:
        person.say(address, "The date of birth is no date (YYYY-MM-DD, YYYY-MM or YYYY), so the age is unknown.")
        return
    youngest, oldest = _years(last, on), _years(first, on)
    if youngest < 0 or oldest > OLDEST:
        person.say(address, "The date of birth lies ahead or too far back, so the age is unknown.")
    elif youngest != oldest:
        person.say(address, "The date of birth has no day, and the age would be one of two; it is unknown.")
    else:
        person.take("age_years", str(oldest), f"{address} birthDate")


def _days(text: str) -> tuple[date, date]:
    """Return the first and the last day that a FHIR date may mean."""
    if len(text) == 4:
        return date(int(text), 1, 1), date(int(text), 12, 31)
    if len(text) == 7:
        first = date.fromisoformat(f"{text}-01")
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return first, date.fromordinal(following.toordinal() - 1)
    day = date.fromisoformat(text)
    return day, day


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _subject(resource: Resource) -> str:
    for name in ("subject", "patient"):
        reference = resource.get(name)
        if isinstance(reference, dict) and isinstance(reference.get("reference"), str):
            return str(reference["reference"])
    return ""


def _codes(concept: Any) -> Iterator[tuple[str, str]]:
    """Yield system and code of each coding of a CodeableConcept."""
    codings = concept.get("coding") if isinstance(concept, dict) else None
    for one in codings if isinstance(codings, list) else ():
        if isinstance(one, dict):
            yield str(one.get("system") or ""), str(one.get("code") or "")


def _status(resource: Resource, name: str) -> str:
    return next((code for _system, code in _codes(resource.get(name))), "")


def _condition(person: _Person, address: str, resource: Resource) -> None:
    verified, clinical = _status(resource, "verificationStatus"), _status(resource, "clinicalStatus")
    if verified in NOT_SO:
        return
    known = [(code, one) for system, code in _codes(resource.get("code")) for one in _meanings(system, code)]
    if not known:
        person.say(address, _not_understood(resource))
        if clinical not in PAST and verified not in UNSURE and (name := _name(resource.get("code"))):
            person.illnesses.append(name)
    for code, one in known:
        if clinical in PAST and one.item not in LASTING:
            continue
        if verified in UNSURE or not one.certain:
            why = one.note or f"recorded as {verified}"
            person.say(address, f"{code} ({one.title}) may mean {one.value}, but is not certain: {why}.")
        else:
            person.take(one.item, one.value, f"{address} {code} ({one.title})")


def _not_understood(resource: Resource) -> str:
    codes = [f"{code or 'no code'} of {system or 'no system'}" for system, code in _codes(resource.get("code"))]
    if not codes:
        return "The condition has no code, so it was not used."
    return f"The code is not one of ours ({', '.join(codes[:3])}), so it was not used."


def _meanings(system: str, code: str) -> Iterable[Meaning]:
    """Return what a code means: that of the longest code of ours it is or lies under."""
    for one in meanings().get(SYSTEMS.get(system, ""), ()):
        if code.upper().startswith(one.code):
            return (one,)
    return ()


def _medicine(person: _Person, address: str, resource: Resource) -> None:
    if resource.get("status") in NOT_SO or resource.get("status") in ("not-taken", "stopped", "cancelled"):
        return
    r5 = resource.get("medication")
    concept = resource.get("medicationCodeableConcept") or (r5.get("concept") if isinstance(r5, dict) else None)
    name = _name(concept)
    if name:
        person.medicines.append(name)
    else:
        person.say(address, "The medicine has no name or code here, so it was not used.")


def _name(concept: Any) -> str:
    """Return the words of a concept, or of its first coding."""
    if not isinstance(concept, dict):
        return ""
    codings = concept.get("coding")
    first = codings[0] if isinstance(codings, list) and codings and isinstance(codings[0], dict) else {}
    return str(concept.get("text") or first.get("display") or first.get("code") or "")[:200]


def _allergy(person: _Person, address: str, resource: Resource) -> None:
    """Take an allergy to sodium thiosulfate by its name, since no system of codes for it is given to us."""
    if _status(resource, "verificationStatus") in NOT_SO:
        return
    if STS in _name(resource.get("code")).lower().replace("thiosulphate", STS):
        person.take("allergy_sts", "true", f"{address} allergy")


def _closed(name: str, person: _Person) -> Facts:
    medicines = tuple(dict.fromkeys(person.medicines))
    illnesses = tuple(dict.fromkeys(person.illnesses))
    unread, diagnoses = tuple(person.unread), tuple(person.diagnoses)
    return Facts(name, person.values, person.sources, diagnoses, unread, medicines, illnesses)


READERS = {"Condition": _condition, "AllergyIntolerance": _allergy, **dict.fromkeys(MEDICINES, _medicine)}
