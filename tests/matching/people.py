"""FHIR resources of invented people."""

from typing import Any

ICD = "http://hl7.org/fhir/sid/icd-10"


def patient(name: str, born: str = "1980-05-04", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": name, "birthDate": born, "gender": "female", **more}


def condition(name: str, code: str, system: str = ICD, **more: Any) -> dict[str, Any]:
    subject = {"reference": f"Patient/{name}"}
    return {
        "resourceType": "Condition",
        "id": f"{name}-{code}",
        "subject": subject,
        "code": {"coding": [{"system": system, "code": code}]},
        **more,
    }


def status(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


def bundle(*resources: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def listed(*resources: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(f"{one['resourceType']}/{one.get('id', '')}", one) for one in resources]
