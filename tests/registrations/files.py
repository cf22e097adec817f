"""Registry files for the tests: one study of ClinicalTrials.gov, ICTRP trials in both forms. Numbers are NCT9…."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson

STUDY: dict[str, Any] = {
    "protocolSection": {
        "identificationModule": {
            "nctId": "NCT99000001",
            "briefTitle": "Thiosulfate for calcinosis",
            "officialTitle": "A made-up trial of thiosulfate for calcinosis",
            "acronym": "MADEUP",
            "orgStudyIdInfo": {"id": "X-1"},
            "secondaryIdInfos": [{"id": "2019-000001-11", "type": "EUDRACT_NUMBER"}, {"id": "R01", "type": "NIH"}],
        },
        "statusModule": {
            "overallStatus": "RECRUITING",
            "startDateStruct": {"date": "2020-01-15", "type": "ACTUAL"},
            "completionDateStruct": {"date": "2023-03", "type": "ESTIMATED"},
            "studyFirstSubmitDate": "2019-12-01",
            "lastUpdatePostDateStruct": {"date": "2022-01-18"},
        },
        "sponsorCollaboratorsModule": {
            "leadSponsor": {"name": "A hospital"},
            "collaborators": [{"name": "An institute"}],
        },
        "conditionsModule": {"conditions": ["Calcinosis", "Dermatomyositis"], "keywords": ["calcification"]},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE2", "PHASE3"],
            "designInfo": {"allocation": "RANDOMIZED", "maskingInfo": {"masking": "DOUBLE"}},
            "enrollmentInfo": {"count": 40, "type": "ESTIMATED"},
        },
        "armsInterventionsModule": {
            "armGroups": [{"label": "Saline", "type": "PLACEBO_COMPARATOR"}, {"label": "STS", "type": "EXPERIMENTAL"}],
            "interventions": [{"type": "DRUG", "name": "Sodium Thiosulfate", "otherNames": ["STS"]}],
        },
        "outcomesModule": {"primaryOutcomes": [{"measure": "Volume on CT", "timeFrame": "12 weeks"}]},
        "eligibilityModule": {
            "eligibilityCriteria": "Inclusion Criteria:\n* calcinosis",
            "sex": "FEMALE",
            "minimumAge": "6 Months",
            "maximumAge": "65 Years",
        },
        "contactsLocationsModule": {
            "centralContacts": [{"name": "A. Person", "phone": "555-0100", "email": "person@example.org"}],
            "overallOfficials": [{"name": "B. Person", "affiliation": "A hospital"}],
            "locations": [
                {
                    "facility": "Hospital One",
                    "status": "RECRUITING",
                    "city": "Lyon",
                    "zip": "69006",
                    "country": "France",
                    "geoPoint": {"lat": 45.7679, "lon": 4.8506},
                    "contacts": [{"name": "Desk", "phone": "555-0101"}],
                },
                {"facility": "Hospital Two", "city": "Springfield", "country": "United States"},
            ],
        },
        "ipdSharingStatementModule": {"ipdSharing": "NO"},
    },
    "hasResults": False,
}
PORTAL = """<?xml version='1.0' encoding='UTF-8'?>
<Trials_downloaded_from_ICTRP>
  <Trial>
    <TrialID>NCT99000001</TrialID><Source_Register>ClinicalTrials.gov</Source_Register>
    <web_address>https://clinicaltrials.gov/show/NCT99000001</web_address>
    <Public_title>Thiosulfate for calcinosis</Public_title>
    <Primary_sponsor>A hospital</Primary_sponsor>
    <Date_registration>01/12/2019</Date_registration><Date_registration3>20191201</Date_registration3>
    <Recruitment_Status>Not recruiting</Recruitment_Status>
    <Inclusion_agemin>6 Months</Inclusion_agemin><Inclusion_agemax>65 Years</Inclusion_agemax>
    <Inclusion_gender>Female</Inclusion_gender>
    <Date_enrollement>15/01/2020</Date_enrollement>
    <Target_size></Target_size>
    <Study_type>Interventional</Study_type><Phase>Phase 2/Phase 3</Phase>
    <Countries>France;United States of America</Countries>
    <Condition>Calcinosis;Dermatomyositis</Condition>
    <Intervention>Drug: Sodium Thiosulfate</Intervention>
    <results_date_completed>18/03/2023</results_date_completed>
  </Trial>
  <Trial>
    <TrialID>DRKS90000002</TrialID><Public_title>Another made-up trial</Public_title>
    <Recruitment_Status>Recruiting</Recruitment_Status>
  </Trial>
</Trials_downloaded_from_ICTRP>
"""
OWN_FORM = """<trials><trial><main>
  <trial_id>ISRCTN90000003</trial_id><utrn>U1111-9000-0003</utrn><reg_name>ISRCTN</reg_name>
  <date_registration>01/12/2019</date_registration><public_title>A third made-up trial</public_title>
  <target_size>12</target_size><recruitment_status>Ongoing</recruitment_status>
  <hc_freetext>Psoriasis</hc_freetext><i_freetext>Light</i_freetext>
</main>
<contacts><contact><type>public</type><firstname>A</firstname><lastname>Person</lastname></contact>
<contact><type>scientific</type><lastname>Other</lastname></contact></contacts>
<countries><country2>Germany</country2><country2>France</country2></countries>
<criteria><inclusion_criteria>adults</inclusion_criteria><agemin>18Y</agemin><gender>Both</gender></criteria>
<primary_outcome><prim_outcome>Clear skin</prim_outcome></primary_outcome>
</trial></trials>
"""


def study(**changes: Any) -> dict[str, Any]:
    """The study with some of its fields changed: 'module__field' = value, None takes it out."""
    made = deepcopy(STUDY)
    for path, value in changes.items():
        *modules, name = path.split("__")
        place = made["protocolSection"]
        for module in modules:
            place = place[module]
        if value is None:
            place.pop(name, None)
        else:
            place[name] = value
    return made


def written(folder: Path, name: str, content: Any) -> Path:
    """Write a file for an import: bytes, text, or what becomes JSON."""
    path = folder / name
    if isinstance(content, str):
        content = content.encode()
    path.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
    return path
