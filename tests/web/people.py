"""Who enters in the tests of the pages, and what a person answers who may take part."""

from calcitrial.record import Author

NURSE = Author("N. Example", "study nurse")
READER = Author("R. Example", "radiologist")
ANSWERS = {
    "site": "SIMULATED Pittsburgh",
    "sex": "F",
    "diagnosis": "SSc",
    "lesion_type": "calcification",
    "consent_signed": True,
    "capacity_to_consent": True,
    "symptomatic": True,
    "measurable_lesion": True,
    "calcinosis_on_xray": True,
    "allergy_sts": False,
    "pregnant": False,
    "breastfeeding": False,
}
