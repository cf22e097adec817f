import pytest

from calcitrial.outcomes import arms_of, find
from calcitrial.protocol import load
from calcitrial.record import connect
from tests.invented_trial import Invented, cut_of

FEW = Invented(people=2, visits=("BL", "W12"), troubled=False)


@pytest.mark.parametrize(
    ("control", "form", "item"),
    [("untreated_lesion", "lesion_allocation", "lesion_arm"), ("concurrent_untreated", "allocation", "arm")],
)
def test_the_arm_comes_from_the_allocation_with_its_entries(tmp_path, control, form, item):
    connect(tmp_path, create=True)
    cut = cut_of(load("limoges", control), FEW)
    arm_of = arms_of(cut)
    for row in cut.table(form).iter_rows(named=True):
        assert arm_of(row["participant"], row["lesion"]) == (row[item], row["entries"])
    data = find("ct_mass").derive(cut)
    for row in data.iter_rows(named=True):
        arm, entries = arm_of(row["participant"], row["lesion"])
        assert row["arm"] == arm and set(entries) <= set(row["entries"])
    assert arm_of("nobody", "nobody-L1") == ("", [])
