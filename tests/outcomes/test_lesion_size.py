import math

import pytest

from calcitrial.outcomes import find
from calcitrial.outcomes.lesion_size import smallest_positive


@pytest.fixture(scope="module")
def mass(cut):
    return find("ct_mass").derive(cut)


def row(data, lesion, visit):
    return data.filter(lesion=lesion, visit=visit).row(0, named=True)


def test_one_line_per_lesion_and_visit_with_ct(cut, mass):
    assert mass.height == cut.table("ct_measurement").height == 56
    assert mass.select("lesion", "visit").is_duplicated().sum() == 0


def test_the_ratio_is_to_the_baseline_of_the_same_lesion(mass):
    first, later = row(mass, "PIT-001-L2", "BL"), row(mass, "PIT-001-L2", "W12")
    assert later["baseline"] == first["value"]
    assert later["log_ratio"] == pytest.approx(math.log(later["value"] / first["value"]))
    assert first["log_ratio"] == 0


def test_a_vanished_lesion_enters_as_half_the_smallest_size_and_says_so(mass):
    gone = row(mass, "PIT-005-L1", "W24")
    smallest = mass.filter(mass["value"] > 0)["value"].min()
    assert gone["value"] == 0 and gone["vanished"]
    assert gone["log_size"] == pytest.approx(math.log(smallest / 2))
    assert any(f"{smallest / 2:.3g} mg" in said for said in find("ct_mass").explain(mass))


def test_no_logarithm_is_infinite(mass):
    for name in ("log_size", "log_baseline", "log_ratio"):
        assert mass[name].drop_nulls().is_finite().all()


def test_a_lesion_at_bone_is_excluded_with_the_reason_counted(mass):
    flagged = row(mass, "PIT-003-L2", "W12")
    assert flagged["excluded"] == "it touches bone and awaits a reader"
    assert flagged["value"] > 0
    assert "1 measurement of 1 participant left out" in " ".join(find("ct_mass").explain(mass))
    assert mass.filter(mass["excluded"] != "").height == 1


def test_entries_of_measurement_baseline_and_lesion_are_all_there(cut, mass):
    found = set(row(mass, "PIT-001-L1", "W12")["entries"])
    for visit in ("BL", "W12"):
        form = cut.table("ct_measurement").filter(lesion="PIT-001-L1", visit=visit)
        assert set(form["entries"][0]) <= found
    assert set(cut.table("lesion").filter(lesion="PIT-001-L1")["entries"][0]) <= found


def test_the_arm_of_a_single_arm_trial_is_its_only_arm(mass):
    assert set(mass["arm"]) == {"STS"}


def test_volume_reads_the_other_column(cut, mass):
    volume = find("ct_volume").derive(cut)
    assert row(volume, "PIT-001-L1", "BL")["value"] == pytest.approx(1.9 * row(mass, "PIT-001-L1", "BL")["value"], 0.01)
    assert set(volume["unit"]) == {"mm³"}


def test_without_any_size_there_is_no_smallest():
    assert math.isnan(smallest_positive([0.0, None]))
    assert smallest_positive([0.0, 3.0, 2.0]) == 2.0


def test_a_vanished_lesion_rests_on_the_smallest_measurement_too(cut, mass):
    smallest = min((one for one in mass.iter_rows(named=True) if one["value"]), key=lambda one: one["value"])
    place = {name: smallest[name] for name in ("lesion", "visit")}
    (number,) = cut.rows.filter(form="ct_measurement", item="mass", **place)["number"]
    assert number in row(mass, "PIT-005-L1", "W24")["entries"]
    assert place != {"lesion": "PIT-005-L1", "visit": "BL"}
    assert number not in row(mass, "PIT-001-L1", "W24")["entries"]
