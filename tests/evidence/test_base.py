"""Adding a report is one file; what does not fit is refused in sentences, all at once."""

import pytest

from calcitrial.evidence import add_report, by_route, claim, read_report, studies
from calcitrial.evidence.base import REPORTS
from calcitrial.protocol import RefusedError

NEW = """id = "NEW1"
label = "An invented series"
source = "made for this test"
kind = "uncontrolled"
design = "prospective case series"
population = "10 SSc"
conditions = ["SSc"]
route = "intralesional"
definition = "complete remission by week 12 in 4 of 10"
truncated = "no"
urls = ["https://example.org/report"]

[[counts]]
outcome = "response"
counted = "complete remission"
events = 4
denominator = 10
read_in = "definition"
read_at = 1
pool = true
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "new.toml"
    path.write_text(NEW, "utf-8")
    return path


def test_one_file_adds_a_report_and_the_claim_follows(file, tmp_path):
    home = tmp_path / "home"
    assert studies(home) == studies()
    assert add_report(file, home).id == "NEW1"
    (group,) = claim("intralesional", "response", studies(home)).poolable
    assert [(one.study.id, one.events, one.denominator) for one in group] == [("IL01", 3, 6), ("NEW1", 4, 10)]
    assert claim("intralesional", "response").poolable == ()


def test_the_same_report_is_not_added_twice(file, tmp_path):
    add_report(file, tmp_path / "home")
    with pytest.raises(RefusedError, match="NEW1: Two reports have this id"):
        add_report(file, tmp_path / "home")


def test_a_report_with_the_id_of_one_that_ships_is_refused_and_leaves_no_file(tmp_path):
    with pytest.raises(RefusedError, match="IL01: Two reports have this id"):
        add_report(REPORTS / "IL01.toml", tmp_path)
    assert not (tmp_path / "evidence").exists()


def test_all_problems_of_a_file_come_at_once_with_their_places(file):
    text = NEW.replace('kind = "uncontrolled"', 'kind = "blog"').replace("events = 4", 'events = "four"')
    file.write_text(
        text.replace("[[counts]]", 'colour = "red"\n\n[[counts]]').replace('label = "An invented series"\n', "")
    )
    with pytest.raises(RefusedError) as refused:
        read_report(file)
    told = [str(problem) for problem in refused.value.problems]
    assert len(told) == 4
    assert any(line.startswith("new.toml.label: It is missing.") for line in told)
    assert any(line.startswith("new.toml.kind: The value is not possible here. The value is 'blog'.") for line in told)
    assert any(line.startswith("new.toml.counts.1.events:") and "'four'" in line for line in told)
    assert any(line.startswith("new.toml.colour: No report has such a key.") for line in told)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"id = ", "This is not TOML"),
        (b"\xff\xfe", "This is not TOML"),
        (b"#" + b"x" * 300_000, "The file has 300001 bytes"),
    ],
)
def test_a_file_that_is_no_report_is_refused(file, content, sentence):
    file.write_bytes(content)
    with pytest.raises(RefusedError, match=sentence):
        read_report(file)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RefusedError, match=r"none\.toml: There is no such file"):
        read_report(tmp_path / "none.toml")


def test_a_report_that_is_replaced_by_none_is_refused(file, tmp_path):
    file.write_text(NEW.replace('label = "', 'superseded_by = "NOBODY"\nlabel = "'), "utf-8")
    with pytest.raises(RefusedError, match="'NOBODY' replaces it, and there is no such report"):
        add_report(file, tmp_path)


def test_a_damaged_file_in_a_home_is_named(tmp_path):
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "bad.toml").write_text("id = 3", "utf-8")
    with pytest.raises(RefusedError, match=r"bad\.toml\.id"):
        studies(tmp_path)


def test_an_unknown_route_is_refused_with_the_known_ones():
    with pytest.raises(RefusedError, match=r"No report has the route 'oral'.*intralesional; "):
        by_route("oral")
