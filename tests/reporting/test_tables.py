from calcitrial.analysis.endpoint import analyse
from calcitrial.models.proportions import clopper_pearson
from calcitrial.record import Draft, Place, connect, make_cut
from calcitrial.reporting.baseline import baseline_table
from calcitrial.reporting.deviations import deviations
from calcitrial.reporting.lesion_list import lesion_table
from calcitrial.reporting.tables import number, safety_table
from tests.invented_trial import NURSE, Invented, enter_trial, stsinj


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


def test_safety_counts_people_once_with_an_exact_interval(cut):
    table = safety_table(cut)
    row = dict(zip(table.header, table.rows[1], strict=True))
    share = clopper_pearson(2, 8)
    assert table.rows[1][1] == f"2 (25 %) [{100 * share.low:.0f} to {100 * share.high:.0f}]"
    assert (row["Events"], row["Lesions"], row["Worst grade"], row["Serious"]) == ("6", "2", "2", "0")


def test_baseline_is_of_the_enrolled(cut):
    rows = {str(label): str(told) for label, told in baseline_table(cut, analyse(cut).data).rows}
    assert rows["Lesions, n"] == "20"
    assert rows["Sex F, n (%)"] == "6 (75 %)"


def test_deviations_name_participant_visit_and_days(cut):
    told = deviations(cut, analyse(cut).data)
    assert len(told) == 2
    assert "PIT-002, visit W04" in told[0] and "+6 days" in told[0]
    assert "PIT-003-L2, visit W12: left out" in told[1]


def test_an_event_of_somebody_not_enrolled_is_told_beside_the_table(tmp_path):
    connect(tmp_path, create=True)
    gateway = enter_trial(stsinj(), Invented(people=2))
    event = {"term": 'Pain, "sharp" <b> é 疼痛', "grade": 3, "serious": True, "related": "unknown"}
    place = Place("PIT-090", "adverse_event", repeat="AE1")
    gateway.enter([Draft(place, {**event, "onset_date": "2026-01-07"})], NURSE)
    table = safety_table(make_cut("stsinj", "0.1.0"))
    assert table.note.endswith('not enrolled: PIT-090, Pain, "sharp" <b> é 疼痛, grade 3, serious.')
    assert "of enrolled participants, whether injected or not" in table.note
    assert all("sharp" not in row[0] for row in table.rows)
