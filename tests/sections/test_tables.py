from calcitrial.analysis.endpoint import analyse
from calcitrial.sections.baseline import baseline_table
from calcitrial.sections.deviations import deviations
from calcitrial.sections.lesion_list import lesion_table
from calcitrial.sections.tables import number


def test_numbers_are_rounded_to_digits_never_to_powers():
    assert [number(x) for x in (123456.0, 12.345, 0.01234, 0.0, None, float("nan"))] == [
        "123456", "12.3", "0.0123", "0", "–", "–",
    ]  # fmt: skip


def test_lesion_table_shows_doses_sizes_ratios_and_brackets(cut):
    table = lesion_table(cut, analyse(cut).data, "mass")
    rows = {row[0]: dict(zip(table.header, map(str, row), strict=True)) for row in table.rows}
    assert len(rows) == 20
    first = rows["PIT-001-L1"]
    assert (first["Site"], first["Injections"], first["Total mg"]) == ("left thumb, distal phalanx", "3", "225")
    assert rows["PIT-003-L2"]["W12, mg"].startswith("[")
    assert rows["PIT-005-L1"]["W24 / BL"] == "0.00"
    assert rows["PIT-006-L1"]["W12, mg"] == "–"


def test_baseline_is_of_the_enrolled(cut):
    rows = {str(label): str(told) for label, told in baseline_table(cut, analyse(cut).data).rows}
    assert rows["Lesions, n"] == "20"
    assert rows["Sex F, n (%)"] == "6 (75 %)"


def test_deviations_name_participant_visit_and_days(cut):
    told = deviations(cut, analyse(cut).data)
    assert len(told) == 2
    assert "PIT-002, visit W04" in told[0] and "+6 days" in told[0]
    assert "PIT-003-L2, visit W12: left out" in told[1]
