"""The graded score: the sum of its table, whose rows a trial may replace, and nothing that the table does not know."""

import pytest

from calcitrial.protocol import RefusedError
from calcitrial.stills import grades, hand_score, hand_score_json, hand_score_text, score_table
from calcitrial.stills.hand_score import OWN_TABLE

TIP = {"site": "thumb, distal phalanx", "side": "left", "coverage": "up to a half", "density": "as dense as bone"}
CARPUS = {"site": "carpus and wrist", "side": "right", "coverage": "none", "density": "none"}
HEAD = "kind,name,points,status,note\n"
OWN = HEAD + "site,tip,2,seen,a\nsite,palm,1,seen,a\ncoverage,no,0,seen,a\ncoverage,yes,3,seen,a\n"
OWN += "density,no,0,seen,a\ndensity,yes,1.5,seen,a\n"


def table_of(tmp_path, text, encoding="utf-8"):
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    return score_table(tmp_path / "t.csv")


def test_the_score_is_the_sum_of_weight_coverage_and_density():
    table = score_table()
    found = hand_score(grades([TIP, CARPUS], table), table)
    assert found.score == 2 * 2 and found.highest == 2 * 4 * 3
    assert [points for _, points in found.parts] == [4, 0]


def test_the_shipped_table_is_assumed_throughout_and_borrows_no_name():
    table = score_table()
    assert table.statuses == ("assumed",) and len(table.site) == 16
    assert "SCTC" not in OWN_TABLE.read_text("utf-8").upper()


def test_a_trial_may_bring_its_own_table(tmp_path):
    table = table_of(tmp_path, "\ufeff" + OWN)
    given = grades([{"site": "tip", "side": "left", "coverage": "yes", "density": "yes"}], table)
    found = hand_score(given, table)
    assert found.score == found.highest == 2 * 3 * 1.5 and table.statuses == ("seen",)
    assert hand_score_json(found, table)["table"]["digest"] != score_table().digest


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"site": "gill"}, "Its site is 'gill'. Known: thumb"),
        ({"side": "midline"}, "Its side is 'midline'"),
        ({"coverage": 2}, "Its coverage is 2"),
        ({"density": None}, "Its density is None"),
        ({"density": "none"}, "Only one of coverage and density"),
        ({"coverage": "none"}, "Only one of coverage and density"),
        ({"site": ["thumb"]}, "Its site is"),
        ({"remark": "x"}, "The key 'remark' is unknown"),
    ],
)
def test_a_grade_that_the_table_does_not_know_is_refused(change, sentence):
    with pytest.raises(RefusedError) as caught:
        grades([{**TIP, **change}], score_table())
    assert sentence in str(caught.value)


def test_a_site_graded_twice_and_no_grade_are_refused():
    with pytest.raises(RefusedError, match="thumb, distal phalanx on the left is graded twice"):
        grades([TIP, TIP], score_table())
    with pytest.raises(RefusedError, match="There is none"):
        grades([], score_table())
    assert len(grades([TIP, {**TIP, "side": "right"}], score_table())) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "Its columns are others"),
        (HEAD, "It has no site"),
        (OWN + "site,tip,1,seen,a\n", "The site 'tip' repeats"),
        (OWN + "colour,red,1,seen,a\n", "Its kind is 'colour'"),
        (OWN + "site,heel,-1,seen,a\n", "points are '-1'"),
        (OWN + "site,heel,nan,seen,a\n", "points are 'nan'"),
        (OWN + "site,heel,many,seen,a\n", "points are 'many'"),
        (OWN + "site,heel,1,,a\n", "name or status is empty"),
        (OWN + "site,heel\n", "more or fewer fields"),
        (OWN + "site,heel,1,seen,a,b\n", "more or fewer fields"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path, text, sentence):
    with pytest.raises(RefusedError) as caught:
        table_of(tmp_path, text)
    assert sentence in str(caught.value)


def test_a_table_in_another_encoding_or_missing_is_refused(tmp_path):
    with pytest.raises(RefusedError, match="no CSV in UTF-8"):
        table_of(tmp_path, OWN + "site,Hüfte,1,seen,a\n", "latin-1")
    with pytest.raises(RefusedError, match="no such file"):
        score_table(tmp_path / "none.csv")


def test_the_page_names_the_sites_with_points():
    table = score_table()
    told = hand_score_text(hand_score(grades([TIP, CARPUS], table), table), table)
    assert "4 of 24 points; 2 sites graded; table assumed" in told and "thumb" in told and "carpus" not in told
