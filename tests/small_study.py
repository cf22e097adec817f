"""Small studies made in memory, form by form, so that every count can be checked by hand.

`between_people` allocates people, `within_people` allocates lesions of the same people; the comments beside each
person say what there is to count.
"""

from collections.abc import Mapping

import polars as pl

from calcitrial.protocol import parse
from calcitrial.record import Cut, Place

Forms = dict[Place, dict[str, str]]
HEADER = """
id = "small"
name = "Small"
version = "1"
use_forms = [
  "screening", "enrolment", "allocation", "lesion_allocation", "end_of_study", "lesion", "visit", "injection",
  "adverse_event",
]
sources = {{}}
facts = {{}}
control = {{ kind = "none", status = "assumed", note = "for a test" }}
arms = [{{ id = "STS", label = "Injected", treated = true }}{second}]
allocation = {{ unit = "{unit}", ratio = {ratio}, block = {block} }}
visits = [
  {{ id = "BL", label = "Baseline", kind = "baseline", day = 0, window = [0, 0], status = "assumed", note = "test" }},
  {{ id = "W04", label = "Week 4", kind = "treatment", day = 28, window = [25, 31], status = "assumed", note = "-" }},
  {{ id = "W08", label = "Week 8", kind = "follow_up", day = 56, window = [49, 63], status = "assumed", note = "-" }},
]

[[forms]]
id = "intercurrent_event"
label = "Event after which measurements mean something else"
level = "event"
items = [
  {{ id = "ice_kind", label = "What happened", type = "choice", choices = ["lesion excised", "rescue"] }},
  {{ id = "ice_date", label = "Date", type = "date" }},
  {{ id = "ice_lesion", label = "Lesion", type = "lesion" }},
]
"""
SCHEMA = {
    name: pl.Int64 if name in ("version", "number") else pl.String
    for name in ("participant", "form", "visit", "lesion", "repeat", "item", "version", "value", "unit", "number")
}
DAYS = {"BL": "2026-01-01", "W04": "2026-01-29", "W08": "2026-02-26"}


def cut_of_forms(forms: Mapping[Place, Mapping[str, str]], unit: str = "none") -> Cut:
    """Return a cut that holds these forms; entries are numbered in their order."""
    two = unit != "none"
    text = HEADER.format(
        unit=unit,
        second=', { id = "OBS", label = "Observed", treated = false }' if two else "",
        ratio=[1, 1] if two else [1],
        block=2 if two else 0,
    )
    protocol = parse(text.encode(), "small.toml")
    lines: list[tuple[object, ...]] = []
    for place, values in forms.items():
        for item, value in values.items():
            lines.append((*place, item, 1, value, "", len(lines) + 1))
    return Cut("small", 1, "head", protocol.digest, "test", protocol, pl.DataFrame(lines, schema=SCHEMA, orient="row"))


def person(code: str, lesions: int, visits: str = "", arm: str = "") -> Forms:
    """Enrolled on 1 January, with the visits named (each on its day), so many target lesions, and perhaps an arm."""
    where = {"body_site": "thumb, distal phalanx", "side": "left", "view": "left hand", "map_x": "0.2", "map_y": "0.4"}
    forms: Forms = {
        Place(code, "screening"): {"screening_date": "2025-12-20"},
        Place(code, "enrolment"): {"enrolment_date": "2026-01-01"},
    }
    forms |= {Place(code, "lesion", "", f"{code}-L{n + 1}"): where | {"role": "target"} for n in range(lesions)}
    forms |= {Place(code, "visit", visit): {"visit_date": DAYS[visit]} for visit in visits.split()}
    return forms | ({Place(code, "allocation"): {"arm": arm}} if arm else {})


def event(code: str, name: str, term: str, grade: int = 1, lesion: str = "", onset: str = "", **more: str) -> Forms:
    """One adverse event; without `onset` it has no date, and without `outcome` in `more` none is known."""
    values = {"term": term, "grade": str(grade), "serious": "false", "related": "related"} | more
    values |= {"ae_lesion": f"{code}-{lesion}"} if lesion else {}
    values |= {"onset_date": onset} if onset else {}
    return {Place(code, "adverse_event", repeat=name): values}


def given(code: str, visit: str, lesion: str, volume: str = "0.5") -> Forms:
    """One injection at 150 mg/mL; an empty volume was not entered."""
    values = {"injected": "true", "concentration": "150"} | ({"volume": volume} if volume else {})
    return {Place(code, "injection", visit, f"{code}-{lesion}"): values}


def in_arm(code: str, lesion: str, arm: str) -> Forms:
    """Return the allocation of one lesion."""
    return {Place(code, "lesion_allocation", "", f"{code}-{lesion}"): {"lesion_arm": arm}}


def between_people() -> Cut:
    """Three people injected (one of them never), two observed, one screen failure.

    STS: A1 56 days, A2 28 days, A3 none: 84 days. OBS: B1 and B2 56 days each: 112 days.
    """
    forms = person("A1", 2, "BL W04 W08", "STS")
    forms |= given("A1", "BL", "L1") | given("A1", "BL", "L2", "0.4") | given("A1", "W04", "L1")  # 75 + 60 + 75 mg
    forms |= event("A1", "AE1", "Injection site reaction", 2, "L1", "2026-01-03", outcome="recovered")
    forms |= event("A1", "AE2", "Nausea", 1, "", "2025-12-30", outcome="recovered")  # before the first injection
    forms |= person("A2", 1, "BL W04", "STS") | given("A2", "BL", "L1", "")  # no volume
    forms[Place("A2", "injection", "W04", "A2-L1")] = {"injected": "false", "not_injected_reason": "pain"}
    forms |= event("A2", "AE1", "Skin ulceration", 3, "L1", serious="true")  # no date, no outcome
    forms[Place("A2", "end_of_study")] = {"end_date": "2026-02-05", "end_reason": "adverse event"}
    forms |= person("A3", 1, "", "STS")  # never came again
    forms |= person("B1", 1, "BL W04 W08", "OBS")
    forms |= event("B1", "AE1", "Nausea", 1, "", "2026-01-20", related="not related")  # no outcome
    forms |= person("B2", 2, "BL W04 W08", "OBS")
    forms[Place("B2", "end_of_study")] = {"end_date": "2026-02-26", "end_reason": "completed"}
    forms[Place("S1", "screening")] = {"screening_date": "2025-12-20"}
    forms |= event("S1", "AE1", "Headache", 1, "", "2025-12-21")
    return cut_of_forms(forms, "participant")


def within_people() -> Cut:
    """Two people with a lesion in each arm, one with a lesion more, and one whose lesion is in no arm."""
    forms = person("P1", 3, "BL W04 W08") | in_arm("P1", "L1", "STS") | in_arm("P1", "L2", "OBS")
    forms[Place("P1", "lesion", "", "P1-L3")]["role"] = "non-target"
    forms |= given("P1", "BL", "L1") | given("P1", "W04", "L1")
    forms |= event("P1", "AE1", "Injection site reaction", 1, "L1", "2026-01-02", outcome="recovered")
    forms |= event("P1", "AE2", "Fatigue", 2, "", "2026-01-10", outcome="recovered")  # of the person
    forms |= event("P1", "AE3", "Pain", 1, "L3", "2026-01-12", outcome="recovered")  # at a lesion in no arm
    forms |= person("P2", 2, "BL W04") | in_arm("P2", "L1", "OBS") | in_arm("P2", "L2", "STS") | given("P2", "BL", "L2")
    forms |= event("P2", "AE1", "Skin infection", 2, "L1", "2026-01-05", outcome="recovering")  # never injected
    forms[Place("P2", "end_of_study")] = {"end_date": "2026-02-01", "end_reason": "adverse event"}
    forms[Place("P1", "intercurrent_event", repeat="I1")] = {
        "ice_kind": "lesion excised",
        "ice_date": "2026-02-10",
        "ice_lesion": "P1-L2",
    }
    forms |= person("P3", 1, "BL")
    return cut_of_forms(forms, "lesion")
