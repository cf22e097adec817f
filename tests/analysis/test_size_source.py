"""An endpoint that takes the sizes of the blinded readers: theirs alone, and what is not read is missing."""

import math

import polars as pl
import pytest

from calcitrial.analysis import analyse, analysis_data, analysis_json, analysis_text, endpoint_of
from calcitrial.outcomes import find, measure_of
from calcitrial.protocol import RefusedError, load
from calcitrial.reading import Answer, worklist
from calcitrial.record import connect, make_cut
from tests.invented_trial import enter_trial
from tests.read_trial import factor, let_read, read_trial

READ = "ct_mass_read"


def reader(times, unread=(), disputed=()):
    """A reader who leaves some cases unread, and is far off at some visits of some people."""

    def says(lesion, visit, mass):
        here = (lesion.rsplit("-", 1)[0], visit)
        if here in unread:
            return None
        return Answer("", "measured", {"mass": f"{mass * times * (2 if here in disputed else 1):.4f}"})

    return says


@pytest.fixture(scope="module")
def read_home(tmp_path_factory):
    """The folder of the record behind `cut`."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def cut(read_home):
    """Two readers, the second 10 % higher; PIT-001 W24 unread by both, PIT-002 W12 by one, PIT-004 BL disputed."""
    connect(read_home, create=True)
    first = reader(1.0, unread=[("PIT-001", "W24")])
    second = reader(1.1, unread=[("PIT-001", "W24"), ("PIT-002", "W12")], disputed=[("PIT-004", "BL")])
    read_trial(load("stsinj"), {"R1": first, "R2": second})
    return make_cut("stsinj", "0.1.0")


@pytest.fixture(scope="module")
def read(cut):
    return analyse(cut, READ)


def row(data, lesion, visit):
    return data.filter(lesion=lesion, visit=visit).row(0, named=True)


def test_the_size_is_the_geometric_mean_of_two_readers_by_hand(cut):
    sizes = measure_of(endpoint_of(cut.protocol, READ)).derive(cut)
    automatic = find("ct_mass").derive(cut)
    mine, theirs = row(sizes, "PIT-003-L1", "W12"), row(automatic, "PIT-003-L1", "W12")
    assert mine["value"] == pytest.approx(theirs["value"] * math.sqrt(1.1), rel=1e-4)
    assert mine["readers"] == 2 and theirs["readers"] is None
    forms = cut.rows.filter(pl.col("number").is_in(mine["entries"]))["form"]
    assert "read" in set(forms)
    measured = cut.rows.filter(form="ct_measurement", item="mass")["number"]
    assert not set(measured) & set(mine["entries"])  # no number of the program is behind it


def test_an_unfinished_read_is_missing_with_its_reason_and_never_the_automatic_size(cut, read):
    said = {
        ("PIT-001-L1", "W24"): "read not finished: nobody has read it",
        ("PIT-002-L1", "W12"): "read not finished: one of the two readers has read it",
        ("PIT-004-L1", "BL"): "read not finished: the two readers differ and the third has not read it",
    }
    data = measure_of(endpoint_of(cut.protocol, READ)).derive(cut)
    for (lesion, visit), why in said.items():
        one = row(data, lesion, visit)
        assert one["value"] is None and one["log_size"] is None and one["excluded"] == why
    later = row(data, "PIT-004-L1", "W12")
    assert later["excluded"].startswith("at baseline read not finished") and later["log_ratio"] is None
    person = row(read.data, "PIT-004-L1", "W12")
    assert person["excluded"].startswith("read not finished at BL, so it is not known") and not person["used"]
    assert any("read not finished" in message for message in read.messages)


def test_a_lesion_that_the_program_left_to_a_reader_is_measured_by_readers(cut):
    automatic = find("ct_mass").derive(cut)
    assert row(automatic, "PIT-003-L2", "W12")["excluded"] == "it touches bone and awaits a reader"
    mine = row(find("ct_mass", "reads").derive(cut), "PIT-003-L2", "W12")
    assert mine["excluded"] == "" and mine["value"] > 0


def test_a_lesion_that_readers_call_absent_has_vanished(cut):
    gone = row(find("ct_mass", "reads").derive(cut), "PIT-005-L1", "W24")
    assert gone["value"] == 0 and gone["vanished"]


def test_the_analysis_says_whose_numbers_and_who_read_how_much(read):
    sizes = read.sizes
    assert sizes.by == "reads" and "blinded readers" in sizes.told and sizes.note.startswith("assumed: ")
    images = {one.readers: one.images for one in sizes.read_by}
    assert images[0] == 3 and images[1] == 2 and sum(images.values()) == 56  # by hand: 3, 2 and 2 lesions wait
    assert sizes.finished == 56 - 3 - 2 - 2
    waiting = {(one.why, one.visit): one.lesions for one in sizes.waiting}
    assert waiting["nobody has read it", "W24"] == ("PIT-001-L1", "PIT-001-L2", "PIT-001-L3")
    assert waiting["the two readers differ and the third has not read it", "BL"] == ("PIT-004-L1", "PIT-004-L2")
    text = analysis_text(read)
    assert "2 by 1, 51 by 2 readers; 49 finished." in text and "PIT-002-L1, PIT-002-L2" in text
    assert analysis_json(read)["sizes"]["finished"] == 49


def test_the_answer_is_that_of_the_readers_ratios(read, cut):
    """Both readers are wrong by a factor, which cancels in every ratio: those read give what the program gives."""
    both = {one.key: one for one in read.supporting}["by_automatic_both"]
    assert read.estimate.estimate != pytest.approx(analyse(cut).estimate.estimate, rel=1e-6)
    own = {one.key: one for one in read.supporting}["by_reads_both"]
    assert own.estimate.estimate == pytest.approx(both.estimate.estimate, rel=1e-4)
    assert own.estimate.n_rows == both.estimate.n_rows < read.estimate.n_rows


def test_the_automatic_endpoint_shows_the_readers_beside_it(cut):
    further = {one.key: one for one in analyse(cut).supporting}
    assert further["by_reads"].estimate.n_rows < further["participant_weighted"].estimate.n_rows + 100
    assert "blinded readers" in further["by_reads"].label and "by_automatic" not in further


def test_without_reads_nothing_is_shown_of_them_and_the_endpoint_is_refused(tmp_path):
    connect(tmp_path, create=True)
    enter_trial(load("stsinj"))
    cut = make_cut("stsinj", "0.1.0")
    assert not [one.key for one in analyse(cut).supporting if one.key.startswith("by_")]
    with pytest.raises(RefusedError, match="0 participant"):
        analyse(cut, READ)
    data = analysis_data(cut, endpoint_of(cut.protocol, READ))
    assert set(data.filter(pl.col("participant") == "PIT-001")["excluded"]) == {
        "read not finished at BL, so it is not known whether there are enough measurable lesions"
    }


def test_the_third_reader_finishes_what_the_two_left_on_both_databases(home):
    gateway = read_trial(load("stsinj"), {"R1": reader(1.0), "R2": reader(1.0, disputed=[("PIT-004", "BL")])})
    assert len(worklist("stsinj", "R3")) == 1
    before = analyse(make_cut("stsinj", "0.1.0"), READ)
    let_read(gateway, "R3", factor(1.1))
    after = analyse(make_cut("stsinj", "0.1.0"), READ)
    assert before.estimate.n_participants + 1 == after.estimate.n_participants
    assert {one.readers: one.images for one in after.sizes.read_by}[3] == 2 and not after.sizes.waiting
    middle = row(after.data, "PIT-004-L1", "BL")
    automatic = row(find("ct_mass").derive(make_cut("stsinj", "0.1.0")), "PIT-004-L1", "BL")
    assert middle["value"] == pytest.approx(1.1 * automatic["value"], rel=1e-4)  # the median of 1, 2 and 1.1 times


def test_no_arm_and_no_size_reaches_a_reader(cut, read_home):
    """What a reader gets of a study whose endpoint takes the reads: labels and points, as before."""
    connect(read_home)
    assert worklist("stsinj", "R1")
    for task in worklist("stsinj", "R1"):
        told = str(vars(task))
        assert not any(word in told for word in ("PIT-", "STS", "BL", "W12", "mass"))


def test_an_outcome_without_pictures_has_no_readers():
    with pytest.raises(RefusedError, match=r"no sizes by 'reads'.*not measured on pictures"):
        find("pain", "reads")
    with pytest.raises(RefusedError, match=r"no sizes by 'site'.*automatic and reads"):
        find("ct_mass", "site")
    assert find("film_area").by == "site" and find("ct_mass", "automatic").by == "automatic"
