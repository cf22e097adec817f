"""Laboratory values of a visit on one page, flagged against the range for the person, all of them one submission."""

import pytest
from django.test import Client

from calcitrial.record import Place, history, read_head, standing_of
from tests.clinic.small_clinic import HERE, SITE, THERE, browser, entries, said
from tests.signing_in import sign_in

PAGE = f"/stsinj/participants/{HERE}/visits/BL/laboratory/"
RANGES = "/stsinj/laboratory/"
TABLE = "analyte,sex,age_from,age_to,low,high,source\npotassium,,0,,3.0,6.0,manual 7\n"


def value(analyte: str) -> dict[str, str]:
    return standing_of("stsinj", Place(HERE, "laboratory", "BL", repeat=analyte)).values


def sheet(**typed: str) -> dict[str, str]:
    return {f"value-{name}": text for name, text in typed.items()} | {"_date": "2026-01-10"}


def test_values_are_flagged_and_entered_as_one_submission(nurse: Client) -> None:
    before = read_head("stsinj").sequence
    assert "137" in said(nurse.get(PAGE))
    assert nurse.post(PAGE, sheet(sodium="140", potassium="5,0 mmol/L", crp="3")).status_code == 303
    assert read_head("stsinj").sequence == before + 1
    assert [value(name)["lab_flag"] for name in ("sodium", "potassium", "crp")] == ["normal", "high", "no range"]
    assert value("potassium")["lab_high"] == "4.6" and "Nordic" in value("potassium")["lab_range_source"]
    page = said(nurse.get(PAGE))
    assert "↑ high" in page and "repeat=potassium" in page


def test_the_same_post_again_makes_no_entry_and_a_change_needs_a_reason(nurse: Client) -> None:
    nurse.post(PAGE, sheet(potassium="5.0"))
    before = entries()
    assert nurse.post(PAGE, sheet(potassium="5.0")).status_code == 303 and entries() == before
    change = sheet(potassium="4.0") | {"_expected-potassium": "1"}
    refused = nurse.post(PAGE, change)
    assert refused.status_code == 422 and "has no reason" in said(refused) and 'value="4.0"' in said(refused)
    assert nurse.post(PAGE, change | {"_reason": "wrong tube"}).status_code == 303
    place = Place(HERE, "laboratory", "BL", repeat="potassium")
    assert [step.value for step in history("stsinj", place, "lab_value")] == ["5.0", "4.0"]
    assert value("potassium")["lab_flag"] == "normal"
    stale = nurse.post(PAGE, sheet(potassium="9") | {"_expected-potassium": "1", "_reason": "again"})
    assert stale.status_code == 422 and "Version 1 was expected" in said(stale)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (sheet(potassium="16 mg/dL"), "Potassium is given in 'mg/dL'. Write it in mmol/L."),
        (sheet(potassium="4", gold="1"), "The page has no field 'value-gold'."),
        (sheet(potassium="4") | {"_date": "10 January"}, "Write the date as YYYY-MM-DD."),
        (sheet(potassium="x" * 1_000_000), "Potassium is 'xxx"),
    ],
)
def test_nothing_is_half_saved(nurse: Client, typed: dict[str, str], sentence: str) -> None:
    before = entries()
    refused = nurse.post(PAGE, typed | {"value-sodium": "140"})
    assert refused.status_code == 422 and sentence in said(refused) and entries() == before
    assert 'value="140"' in said(refused) and len(refused.content) < 100_000


def test_the_ranges_of_a_sites_own_laboratory_are_used_for_its_people(nurse: Client) -> None:
    assert "No site has entered ranges yet" in said(nurse.get(RANGES))
    assert nurse.post(RANGES, {"_site": SITE, "_table": TABLE}).status_code == 303
    assert "manual 7" in said(nurse.get(RANGES)) and "manual 7" in said(nurse.get(PAGE))
    nurse.post(PAGE, sheet(potassium="5.0"))
    assert value("potassium")["lab_flag"] == "normal" and value("potassium")["lab_range_source"] == "manual 7"
    changed = TABLE.replace("6.0", "4.9")
    refused = nurse.post(RANGES, {"_site": SITE, "_table": changed})
    assert refused.status_code == 422 and "has no reason" in said(refused)
    assert nurse.post(RANGES, {"_site": SITE, "_table": changed, "_reason": "manual 8"}).status_code == 303


@pytest.mark.parametrize(
    ("sent", "status", "sentence"),
    [
        ({"_site": "", "_table": TABLE}, 422, "No site is chosen."),
        ({"_site": "SIMULATED Berlin", "_table": TABLE}, 403, "needs the right"),
        ({"_site": SITE, "_table": ""}, 422, "The table has no lines."),
        ({"_site": SITE, "_table": "x" * 300_000}, 422, "Send at most 200,000."),
        ({"_site": SITE, "_table": "analyte,colour\nsodium,red"}, 422, "The column 'colour' is unknown."),
        ({"_site": SITE, "_table": TABLE.replace("3.0", "three")}, 422, "Lower limit is 'three'."),
    ],
)
def test_a_table_of_ranges_that_cannot_be_is_refused(
    nurse: Client, sent: dict[str, str], status: int, sentence: str
) -> None:
    before = entries()
    refused = nurse.post(RANGES, sent)
    assert refused.status_code == status and sentence in said(refused) and entries() == before


def test_who_may_not_enter_reads(nurse: Client) -> None:
    nurse.post(PAGE, sheet(potassium="5.0"))
    other = browser()
    sign_in(other, "stsinj", "monitor")
    assert "5.0" in said(other.get(PAGE)) and 'name="value-potassium"' not in said(other.get(PAGE))
    assert other.post(PAGE, sheet(potassium="4.0")).status_code == 403
    assert other.post(RANGES, {"_site": SITE, "_table": TABLE}).status_code == 403


def test_another_sites_or_a_visit_that_has_not_begun_is_not_found(nurse: Client) -> None:
    for link in (PAGE.replace(HERE, THERE), PAGE.replace("BL", "W24"), PAGE.replace("BL", "nothing")):
        assert nurse.get(link).status_code == 404 and nurse.post(link, sheet(sodium="140")).status_code == 404


def test_an_analyte_without_a_range_says_why_and_the_list_names_them(nurse: Client) -> None:
    page = said(nurse.get(PAGE))
    assert page.count("none is known: the laboratory of the site has entered none") == 8
    listed = said(nurse.get("/stsinj/laboratory/"))
    assert "Without a range" in listed and "Albumin" in listed.split("Without a range")[1]
