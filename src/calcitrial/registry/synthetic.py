"""Made-up trials in the form of ClinicalTrials.gov, to try search and pages with; the same seed gives the same trials.

Every title begins with "Synthetic", and the numbers begin with NCT9, so that none can be taken for a real trial.
"""

import tomllib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import orjson

from calcitrial.registrations import Place, country_places

MADE_OF = tomllib.loads((files("calcitrial.registry") / "synthetic.toml").read_text("utf-8"))
PHASES = (["PHASE1"], ["PHASE2"], ["PHASE2"], ["PHASE2", "PHASE3"], ["PHASE3"], ["PHASE4"], ["NA"], ["EARLY_PHASE1"])
COUNTRIES = ("US", "US", "US", "FR", "DE", "GB")


def studies(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield made-up studies as the API gives them, each with one to three sites in towns of the gazetteer."""
    draw = Random(seed)
    towns = {code: [places[0] for places in country_places(code).by_code.values()] for code in dict.fromkeys(COUNTRIES)}
    for number in range(count):
        yield {"protocolSection": _section(draw, number, towns), "hasResults": draw.random() < 0.1}


def write_studies(path: Path, count: int, seed: int = 1) -> None:
    """Write made-up studies to a file, one per line."""
    with path.open("wb") as file:
        for study in studies(count, seed):
            file.write(orjson.dumps(study) + b"\n")


def _section(draw: Random, number: int, towns: dict[str, list[Place]]) -> dict[str, Any]:
    ill, treatment = draw.sample(MADE_OF["conditions"], draw.choice((1, 1, 2))), draw.choice(MADE_OF["treatments"])
    about = " ".join(draw.choices(MADE_OF["words"], k=6))
    year = draw.randint(2005, 2025)
    start = f"{year}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
    title = f"Synthetic trial of {treatment} in {ill[0]}: {about}"
    return {
        "identificationModule": {
            "nctId": f"NCT9{number:07d}",
            "briefTitle": title,
            "orgStudyIdInfo": {"id": f"SYN-{number}"},
        },
        "statusModule": {
            "overallStatus": draw.choice(MADE_OF["statuses"]),
            "startDateStruct": {"date": start, "type": "ESTIMATED"},
            "completionDateStruct": {"date": f"{year + draw.randint(1, 5)}-12", "type": "ESTIMATED"},
            "studyFirstSubmitDate": f"{year - 1}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}",
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": f"Synthetic Sponsor {number % 997}"}},
        "conditionsModule": {"conditions": ill},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": draw.choice(PHASES),
            "enrollmentInfo": {"count": draw.randint(5, 2000), "type": "ESTIMATED"},
        },
        "armsInterventionsModule": {"interventions": [{"type": "DRUG", "name": treatment}]},
        "outcomesModule": {
            "primaryOutcomes": [{"measure": f"Change in {draw.choice(MADE_OF['words'])}", "timeFrame": "12 weeks"}]
        },
        "eligibilityModule": _eligibility(draw, ill),
        "contactsLocationsModule": {"locations": _locations(draw, towns)},
    }


def _eligibility(draw: Random, ill: Sequence[str]) -> dict[str, Any]:
    youngest = draw.choice(("2 Years", "6 Months", "12 Years", "18 Years", "18 Years", "18 Years", ""))
    oldest = draw.choice(("17 Years", "65 Years", "75 Years", "", "", ""))
    limits = {"minimumAge": youngest, "maximumAge": oldest if youngest != "18 Years" or oldest != "17 Years" else ""}
    criteria = f"Inclusion Criteria:\n- {ill[0]} for {draw.randint(1, 9)} years"
    sex = draw.choice(("ALL",) * 8 + ("FEMALE", "MALE"))
    return {"eligibilityCriteria": criteria, "healthyVolunteers": False, "sex": sex, **limits}


def _locations(draw: Random, towns: dict[str, list[Place]]) -> list[dict[str, Any]]:
    country = draw.choice(COUNTRIES)
    found = [draw.choice(towns[country]) for _site in range(draw.choice((1, 1, 2, 3)))]
    names = {"US": "United States", "FR": "France", "DE": "Germany", "GB": "United Kingdom"}
    return [
        {
            "facility": f"Synthetic Hospital of {place.name}",
            "status": "RECRUITING",
            "city": place.name,
            "state": place.region,
            "zip": place.postal_code,
            "country": names[country],
            "geoPoint": {"lat": place.latitude, "lon": place.longitude},
        }
        for place in found
    ]
