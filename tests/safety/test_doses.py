"""The dose of each injection, and what is not known of it."""

from calcitrial.record import Place
from calcitrial.safety import dose_units, doses
from tests.small_study import between_people, cut_of_forms, given, person


def test_the_mass_is_concentration_times_volume_in_the_units_of_the_form():
    cut = between_people()
    known = {(dose.lesion, dose.visit): dose for dose in doses(cut)}
    assert dose_units(cut.protocol).volume == "mL" and dose_units(cut.protocol).mass == "mg"
    assert known["A1-L2", "BL"].volume == 0.4 and known["A1-L2", "BL"].mass == 60.0
    assert known["A1-L2", "BL"].day.isoformat() == "2026-01-01"


def test_without_a_volume_there_is_no_mass_and_without_an_injection_a_reason():
    known = {(dose.lesion, dose.visit): dose for dose in doses(between_people())}
    assert known["A2-L1", "BL"].given is True and known["A2-L1", "BL"].mass is None
    assert known["A2-L1", "W04"].given is False and known["A2-L1", "W04"].reason == "pain"


def test_a_redacted_answer_is_neither_given_nor_not():
    forms = person("P1", 1, "BL") | {Place("P1", "injection", "BL", "P1-L1"): {"volume": "0.5"}}
    (dose,) = doses(cut_of_forms(forms))
    assert dose.given is None and dose.volume == 0.5 and dose.mass is None


def test_a_dose_carries_the_entries_of_its_line():
    cut = cut_of_forms(person("P1", 1, "BL") | given("P1", "BL", "L1"))
    (dose,) = doses(cut)
    assert dose.entries == tuple(cut.rows.filter(cut.rows["form"] == "injection")["number"])


def test_units_that_make_no_mass_give_none():
    cut = between_people()
    form = cut.protocol.form("injection")
    items = [item.model_copy(update={"unit": "%"} if item.id == "concentration" else {}) for item in form.items]
    forms = [one.model_copy(update={"items": tuple(items)}) if one is form else one for one in cut.protocol.forms]
    assert dose_units(cut.protocol.model_copy(update={"forms": tuple(forms)})).mass == ""
