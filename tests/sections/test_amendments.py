"""An amended trial from end to end: entered under both versions, cut, verified, and reported with its amendments."""

from datetime import date
from pathlib import Path

from calcitrial import verbs
from calcitrial.documents import Listing, Table
from calcitrial.protocol import Protocol, find, parse
from calcitrial.record import Author, Decision, Draft, Place
from calcitrial.sections.amendments import amendments
from tests.clinic.small_clinic import HERE, THERE, fill_clinic

DANA, NORA = Author("dana", "data manager"), Author("nora", "study nurse")
CHECK_UP = """
[[forms]]
id = "check_up"
label = "Check-up"
level = "visit"
items = [
  { id = "done", label = "Examined", type = "boolean", required = true },
  { id = "finding", label = "Finding", type = "text" },
  { id = "height", label = "Height of the person", type = "decimal", unit = "cm", required = true },
]

[[sites]]
id = "NEW"
name = "A new site"
country = "France"
status = "assumed"
note = "a test"

[[visits]]
id = "W52"
label = "Week 52"
kind = "follow_up"
day = 364
window = [350, 378]
forms = ["visit"]
status = "assumed"
note = "a test"
"""


def newer(*changes: tuple[str, str]) -> Protocol:
    """Return the shipped trial with a new item, site and visit, and another wording of its primary endpoint."""
    text = find("stsinj").read_text("utf-8").replace('version = "1"', 'version = "2"', 1)
    for before, after in (("Calcium mass of a lesion on CT, week 12", "Mass of a lesion on CT, week 12"), *changes):
        assert before in text
        text = text.replace(before, after)
    return parse((text + CHECK_UP).encode(), "stsinj.toml")


def check_up(code: str, **values: object) -> Draft:
    return Draft(Place(code, "check_up", "BL"), {"done": True, "finding": "none", **values})


def amended(stsinj: Protocol) -> None:
    """Enter one check-up before an amendment and one after it."""
    fill_clinic(stsinj)
    verbs.enter("stsinj", [check_up(HERE)], NORA)
    decision = Decision("The board asked for the height", date(2026, 3, 1), "EC 9")
    verbs.amend("stsinj", newer(), decision, DANA)
    verbs.enter("stsinj", [check_up(THERE, height=170)], NORA)


def test_the_report_of_an_amended_trial_lists_the_amendments_and_what_was_not_asked(
    home: Path, stsinj: Protocol
) -> None:
    amended(stsinj)
    blocks = list(amendments(verbs.cut("stsinj")))
    table, gone = (block for block in blocks if isinstance(block, Table))
    assert [str(cell) for cell in table.rows[0]] == ["1", "2026-03-01", "2", "The board asked for the height", "EC 9"]
    assert ("Check-up", "Height of the person", "1") in gone.rows
    (loud,) = (block for block in blocks if isinstance(block, Listing))
    assert "the wording is now Mass of a lesion on CT" in loud.items[0]
    before = verbs.cut("stsinj", 1)
    assert list(amendments(before)) == []


def test_an_amended_trial_is_cut_verified_and_written(home: Path, stsinj: Protocol, tmp_path: Path) -> None:
    amended(stsinj)
    cut = verbs.cut("stsinj")
    heights = {row["participant"]: row["height"] for row in cut.table("check_up").iter_rows(named=True)}
    assert heights == {HERE: None, THERE: "170"}
    assert verbs.verify("stsinj").ok
    written = verbs.report(cut, tmp_path / "report")
    page = Path(str(written.html)).read_text("utf-8")
    assert "Amendments of the protocol" in page
    assert "The board asked for the height" in page
