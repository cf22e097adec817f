"""What search engines read: the trial as schema.org MedicalTrial, with what is public and nothing else.

A fact that is assumed, inferred, in conflict or not public is left out, because this form has no place to say so.
"""

from typing import Any

import orjson

from calcitrial.leaflet.texts import Texts
from calcitrial.protocol import Fact, Protocol

PUBLIC = ("seen", "derived", "partial")
NCT = "ClinicalTrials.gov "


def structured_data(protocol: Protocol, texts: Texts) -> dict[str, Any]:
    """Return the JSON-LD of a trial in a language."""
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "MedicalTrial",
        "name": protocol.name,
        "inLanguage": texts.language,
        "healthCondition": [{"@type": "MedicalCondition", "name": name} for name in _values(protocol, "conditions")],
        "phase": _value(protocol, "phase"),
        "status": _value(protocol, "recruitment_status"),
        "population": _plain(protocol, texts, "facts.conditions"),
        "description": _plain(protocol, texts, "facts.intervention"),
        "sponsor": [_sponsor(protocol, name) for name in _values(protocol, "primary_sponsor")],
        "studyLocation": [{"@type": "AdministrativeArea", "name": name} for name in _values(protocol, "countries")],
        "identifier": _identifier(_value(protocol, "primary_id")),
    }
    return {key: value for key, value in found.items() if value}


def structured_text(protocol: Protocol, texts: Texts) -> str:
    """Return the same as text that may stand inside a script element."""
    return orjson.dumps(structured_data(protocol, texts)).decode().replace("<", "\\u003c")


def _sponsor(protocol: Protocol, name: str) -> dict[str, str]:
    person = any(name.startswith(one.name.split(",")[0]) for one in protocol.people)
    return {"@type": "Person" if person else "Organization", "name": name}


def _identifier(said: str) -> dict[str, str]:
    registry = {"propertyID": "ClinicalTrials.gov"} if said.startswith(NCT) else {}
    return {"@type": "PropertyValue", **registry, "value": said.removeprefix(NCT)} if said else {}


def _values(protocol: Protocol, name: str) -> list[str]:
    fact = protocol.facts.get(name)
    if fact is None or fact.status not in PUBLIC or fact.value is None:
        return []
    return [str(one) for one in (fact.value if isinstance(fact.value, tuple) else (fact.value,))]


def _value(protocol: Protocol, name: str) -> str:
    return "; ".join(_values(protocol, name))


def _plain(protocol: Protocol, texts: Texts, place: str) -> str:
    fact: Fact | None = protocol.facts.get(place.removeprefix("facts."))
    if fact is None or fact.status not in PUBLIC:
        return ""
    return texts.plain.get(protocol.id, {}).get(place, "").format(value=texts.value(fact)) or texts.value(fact)
