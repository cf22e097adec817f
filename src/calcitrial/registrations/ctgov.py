"""A study of ClinicalTrials.gov as its API version 2 gives it (JSON), as a statement.

The names of modules and fields are those of the API's study data structure. A field of another shape than it must have
is left out and said; a study without an NCT number is refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from calcitrial.protocol import Problem, RefusedError
from calcitrial.registrations.items import Items, lines
from calcitrial.registrations.plain_text import plain
from calcitrial.registrations.terms import country_named, date_in, phases_in, sexes_in, statuses_in, years_in
from calcitrial.registrations.trial import Facets, Site, Statement

KIND = "ClinicalTrials.gov"
NCT = re.compile(r"NCT\d{8}")
# Secondary identifiers that name the same trial in another registry, not a grant or a parent study.
SAME_TRIAL = frozenset({"EUDRACT_NUMBER", "CTIS", "REGISTRY"})
CONTROLS = ("PLACEBO_COMPARATOR", "ACTIVE_COMPARATOR", "NO_INTERVENTION", "SHAM_COMPARATOR")
MOST = 5_000


@dataclass
class Study:
    """The protocol section of a study, read by the path of a field; what has the wrong shape is noted once."""

    content: Mapping[str, Any]
    wrong: dict[str, str]

    def _at(self, path: str) -> Any:
        found: Any = self.content
        for name in _steps(path):
            # JSON has no other mapping than dict, and asking for Mapping takes five times as long.
            if not isinstance(found, dict):
                self.wrong.setdefault(path, f"{path} is not where it belongs.")
                return None
            found = found.get(name)
            if found is None:
                return None
        return found

    def text(self, path: str) -> str:
        """Return a text or number as text; '' when it is missing or something else."""
        found = self._at(path)
        return found if isinstance(found, str) else "" if found is None else self.word(found, path)

    def word(self, found: Any, path: str) -> str:
        """Return a value as text; '' for what is no text, which is noted."""
        if isinstance(found, str):
            return found
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            return str(found)
        if found is not None:
            self.wrong.setdefault(path, f"{path} is a {type(found).__name__}, not a text.")
        return ""

    def rows(self, path: str) -> list[Mapping[str, Any]]:
        """Return the objects of a list; empty when it is missing or something else."""
        found = self._list(path)
        return [one for one in found if isinstance(one, dict)] if found else []

    def words(self, path: str) -> list[str]:
        """Return the texts of a list."""
        return [word for one in self._list(path) if (word := self.word(one, path))]

    def _list(self, path: str) -> list[Any]:
        found = self._at(path)
        if found is None:
            return []
        if not isinstance(found, list):
            self.wrong.setdefault(path, f"{path} is a {type(found).__name__}, not a list.")
        return found[:MOST] if isinstance(found, list) else []

    def flag(self, path: str) -> bool | None:
        """Return a truth; None when it is missing or something else, which is noted."""
        found = self._at(path)
        if found is not None and not isinstance(found, bool):
            self.wrong.setdefault(path, f"{path} is a {type(found).__name__}, not true or false.")
        return found if isinstance(found, bool) else None

    def joined(self, path: str, *names: str, between: str = ", ") -> str:
        """Return some fields of each object of a list, as one line each."""
        rows = self.rows(path)
        if not rows:
            return ""
        return lines([between.join(filter(None, [self.word(row.get(name), path) for name in names])) for row in rows])


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def statement_of(study: Any) -> Statement:
    """Return what a study says; RefusedError when it is no study of this form or has no NCT number."""
    section = study.get("protocolSection") if isinstance(study, dict) else None
    if not isinstance(section, dict):
        raise _refused("protocolSection", "There is no protocolSection.", "Export it from the API, version 2.")
    read = Study(section, {})
    nct = read.text("identificationModule.nctId").strip().upper()
    if not NCT.fullmatch(nct):
        raise _refused("nctId", f"{nct[:40]!r} is no NCT number.", "It is NCT and eight digits.")
    items = Items(f"{KIND} {nct}")
    _identity(read, items, nct)
    _people(read, items)
    _design(read, items)
    _course(read, items, study)
    facets = _facets(read)
    items.contradictions(facets.youngest, facets.oldest)
    return Statement(
        kind=KIND,
        id=nct,
        ids=(nct, *_other_ids(read)),
        address=f"https://clinicaltrials.gov/study/{nct}",
        updated=date_in(read.text("statusModule.lastUpdatePostDateStruct.date")),
        items=items.done(),
        facets=facets,
        sites=tuple(_sites(read)),
        remarks=(*items.remarks, *read.wrong.values()),
    )


def _refused(place: str, what: str, instead: str) -> RefusedError:
    return RefusedError([Problem(place, what, instead)])


def _other_ids(read: Study) -> Iterator[str]:
    for row in read.rows("identificationModule.secondaryIdInfos"):
        if row.get("type") in SAME_TRIAL:
            yield read.word(row.get("id"), "identificationModule.secondaryIdInfos").strip()


def _identity(read: Study, items: Items, nct: str) -> None:
    module = "identificationModule"
    items.give("1", f"{KIND} {nct}", f"{module}.nctId")
    days = ("statusModule.studyFirstSubmitDate", "statusModule.studyFirstPostDateStruct.date")
    first = next((path for path in days if read.text(path)), days[0])
    items.give("2", read.text(first), first)
    own, acronym = f"{module}.orgStudyIdInfo.id", f"{module}.acronym"
    others = f"{module}.secondaryIdInfos"
    told = {own: read.text(own), others: read.joined(others, "id"), acronym: read.text(acronym)}
    items.give("3", lines(list(told.values())), *(path for path, value in told.items() if value))
    items.give("9", read.text(f"{module}.briefTitle"), f"{module}.briefTitle")
    items.give("10", read.text(f"{module}.officialTitle"), f"{module}.officialTitle")


def _people(read: Study, items: Items) -> None:
    sponsors, contacts = "sponsorCollaboratorsModule", "contactsLocationsModule"
    items.give("5", read.text(f"{sponsors}.leadSponsor.name"), f"{sponsors}.leadSponsor")
    items.give("6", read.joined(f"{sponsors}.collaborators", "name"), f"{sponsors}.collaborators")
    items.give("7", read.joined(f"{contacts}.centralContacts", "name", "phone", "email"), f"{contacts}.centralContacts")
    officials = f"{contacts}.overallOfficials"
    items.give("8", read.joined(officials, "name", "affiliation"), officials)
    places = f"{contacts}.locations"
    named = [country_named(read.word(row.get("country"), places)) for row in read.rows(places)]
    items.give("11", lines(named), places)


def _design(read: Study, items: Items) -> None:
    items.give("12", lines(read.words("conditionsModule.conditions")), "conditionsModule.conditions")
    arms = "armsInterventionsModule"
    items.give("13", read.joined(f"{arms}.interventions", "type", "name", between=": "), f"{arms}.interventions")
    controls = [
        read.word(row.get("label"), arms) for row in read.rows(f"{arms}.armGroups") if row.get("type") in CONTROLS
    ]
    items.give("13.1", lines(controls), f"{arms}.armGroups")
    ages = [read.text(f"eligibilityModule.{name}") for name in ("minimumAge", "maximumAge", "sex")]
    limits = [f"{name}: {value}" for name, value in zip(("Youngest", "Oldest", "Sex"), ages, strict=True) if value]
    criteria = read.text("eligibilityModule.eligibilityCriteria")
    items.give("14", "\n\n".join(filter(None, (criteria, lines(limits)))), "eligibilityModule")
    info = "designModule.designInfo"
    paths = ("designModule.studyType", f"{info}.allocation", f"{info}.interventionModel", f"{info}.maskingInfo.masking")
    parts = [read.text(path) for path in (*paths, f"{info}.primaryPurpose")] + read.words("designModule.phases")
    items.give("15", lines([part.replace("_", " ").lower() for part in parts]), "designModule")
    count, kind = read.text("designModule.enrollmentInfo.count"), read.text("designModule.enrollmentInfo.type")
    items.give(
        "17",
        " ".join(filter(None, (count, f"({kind.lower()})" if count and kind else ""))),
        "designModule.enrollmentInfo",
    )


def _course(read: Study, items: Items, study: Mapping[str, Any]) -> None:
    for number, name in (("16", "startDateStruct"), ("22", "completionDateStruct")):
        kind = read.text(f"statusModule.{name}.type").lower()
        items.give(number, read.text(f"statusModule.{name}.date"), f"statusModule.{name}", note=kind)
    items.give(
        "18", read.text("statusModule.overallStatus").replace("_", " ").capitalize(), "statusModule.overallStatus"
    )
    for number, name in (("19", "primaryOutcomes"), ("20", "secondaryOutcomes")):
        path = f"outcomesModule.{name}"
        items.give(number, read.joined(path, "measure", "timeFrame", between=" – "), path)
    posted = read.text("statusModule.resultsFirstPostDateStruct.date")
    results = f"Results posted {posted}".strip() if study.get("hasResults") is True else ""
    items.give("23", results, "hasResults")
    sharing = "ipdSharingStatementModule"
    words = [read.text(f"{sharing}.ipdSharing").replace("_", " ").capitalize(), read.text(f"{sharing}.description")]
    items.give("24", lines(words), sharing)


def _facets(read: Study) -> Facets:
    places = "contactsLocationsModule.locations"
    named = (country_named(read.word(row.get("country"), places)) for row in read.rows(places))
    path = "armsInterventionsModule.interventions"
    rows = read.rows(path)
    drugs = [read.word(row.get("name"), path) for row in rows]
    also = [read.word(one, path) for row in rows for one in (row.get("otherNames") or []) if isinstance(one, str)]
    phases = {phase for word in read.words("designModule.phases") for phase in phases_in(word.replace("NA", "N/A"))}
    return Facets(
        statuses=statuses_in(read.text("statusModule.overallStatus")),
        phases=tuple(sorted(phases)),
        sexes=sexes_in(read.text("eligibilityModule.sex")),
        countries=tuple(dict.fromkeys(filter(None, named))),
        conditions=tuple(
            dict.fromkeys(
                plain(one)[0]
                for one in read.words("conditionsModule.conditions") + read.words("conditionsModule.keywords")
            )
        ),
        interventions=tuple(plain(one)[0] for one in dict.fromkeys(drugs + also) if one),
        healthy=_healthy(read),
        youngest=years_in(read.text("eligibilityModule.minimumAge")),
        oldest=years_in(read.text("eligibilityModule.maximumAge")),
        registered=date_in(read.text("statusModule.studyFirstSubmitDate")),
    )


def _healthy(read: Study) -> tuple[str, ...]:
    said = read.flag("eligibilityModule.healthyVolunteers")
    return () if said is None else ("yes" if said else "no",)


def _sites(read: Study) -> Iterator[Site]:
    path = "contactsLocationsModule.locations"
    for row in read.rows(path):

        def word(name: str, row: Mapping[str, Any] = row) -> str:
            return plain(read.word(row.get(name), path))[0]

        latitude, longitude = _point(row.get("geoPoint"))
        yield Site(
            name=word("facility"),
            town=word("city"),
            region=word("state"),
            postal_code=word("zip"),
            country=country_named(word("country")),
            status=word("status").replace("_", " ").capitalize(),
            contact=_contacts(row.get("contacts")),
            latitude=latitude,
            longitude=longitude,
            placed="registry" if latitude is not None else "",
        )


def _point(found: Any) -> tuple[float | None, float | None]:
    """Return latitude and longitude; None for both when they are missing or no place on Earth."""
    if not isinstance(found, dict):
        return None, None
    latitude, longitude = found.get("lat"), found.get("lon")
    if not isinstance(latitude, (int, float)) or not isinstance(longitude, (int, float)):
        return None, None
    good = -90 <= latitude <= 90 and -180 <= longitude <= 180
    return (float(latitude), float(longitude)) if good else (None, None)


def _contacts(found: Any) -> str:
    rows = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    told = [
        ", ".join(str(row[name]) for name in ("name", "phone", "email") if isinstance(row.get(name), str))
        for row in rows
    ]
    return plain(lines(told))[0]
