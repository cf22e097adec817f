"""The safety board's package: the open part knows no arm, the closed one does, and both carry the cut."""

import stat
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from calcitrial.documents.content import as_data
from calcitrial.reporting import board_file, write_board
from calcitrial.reporting.board import board_part
from tests.small_study import between_people, within_people


def swapped(cut):
    """The same cut with every arm turned into the other one."""
    arms = {"STS": "OBS", "OBS": "STS"}
    turned = pl.when(pl.col("item").is_in(["arm", "lesion_arm"])).then(pl.col("value").replace(arms))
    return replace(cut, rows=cut.rows.with_columns(turned.otherwise(pl.col("value")).alias("value")))


def sections(cut, part):
    return as_data(board_part(cut, part))["sections"]


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
@pytest.mark.parametrize("study", [between_people, within_people])
def test_the_open_part_is_the_same_whoever_is_in_which_arm(study) -> None:
    cut = study()
    assert cut.digest != swapped(cut).digest
    assert sections(cut, "open") == sections(swapped(cut), "open")
    assert sections(cut, "closed") != sections(swapped(cut), "closed")


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
@pytest.mark.parametrize("study", [between_people, within_people])
def test_the_open_part_names_no_arm_and_no_person_beside_a_word(study) -> None:
    text = str(sections(study(), "open"))
    for word in ("Injected", "Observed", "'STS'", "OBS", "Nausea at", "arm"):
        assert word not in text.replace("warm", "")
    for row in next(s for s in sections(study(), "open") if s["id"] == "serious")["blocks"]:
        assert "Skin ulceration" not in str(row)


def test_the_open_part_counts_by_hand() -> None:
    found = {s["id"]: s["blocks"] for s in sections(between_people(), "open")}
    assert found["enrolment"][0]["rows"][-1] == ["All", "6", "5", "2"]
    assert dict(found["exposure"][0]["rows"])["Injections"] == "4"
    by_relation = {row[0]: row[1:] for row in found["events"][0]["rows"]}
    assert by_relation["related"] == ["2", "1", "1", "0", "0", "4", "3"]
    assert by_relation["not related"] == ["1", "0", "0", "0", "0", "1", "1"]
    assert dict(found["interest"][0]["rows"]) == {"necrosis": "0", "ulcer": "1", "infection": "0"}
    assert found["serious"][0]["rows"] == [["A2 AE1", "–", "3", "–"]]
    assert found["left"][0]["rows"] == [["adverse event", "1"]]
    assert dict(found["quality"][0]["rows"])["Events without an outcome"] == "3"


def test_the_closed_part_tells_the_course_of_every_serious_event_with_its_arm() -> None:
    found = {s["id"]: s["blocks"] for s in sections(between_people(), "closed")}
    (course,) = found["serious"]
    assert course["caption"] == "A2 AE1: Skin ulceration"
    told = dict(course["rows"])
    assert told["Arm"] == "STS" and told["Investigator"] == "not judged yet" and told["Course"] == "not entered"
    assert found["left"][0]["rows"] == [["A2", "STS", "adverse event", "2026-02-05"]]


def test_every_page_of_a_part_carries_cut_and_head_and_says_which_part_it_is() -> None:
    cut = between_people()
    for part in ("open", "closed"):
        content = board_part(cut, part)
        assert f"cut {cut.digest[:16]} · head {cut.head[:16]}" in content.footer and f"{part} part" in content.footer
    assert board_part(cut, "closed").banner.startswith("CLOSED PART")
    assert board_part(cut, "open").kind == "Package for the safety board"


def test_the_same_cut_gives_the_same_bytes_and_the_closed_part_is_its_owners_alone(tmp_path: Path) -> None:
    cut = between_people()
    paths = write_board(cut, tmp_path / "board")
    assert paths.open_html.read_bytes() == board_file(between_people(), "open", "html")
    assert paths.open_pdf.read_bytes() == board_file(cut, "open", "pdf") and paths.closed_pdf is not None
    assert paths.closed_pdf.read_bytes()[:5] == b"%PDF-"
    assert stat.S_IMODE(paths.closed_pdf.stat().st_mode) == 0o600
    alone = write_board(cut, tmp_path / "alone", closed=False)
    assert alone.closed_html is None and sorted(p.name for p in (tmp_path / "alone").iterdir()) == [
        "board-open.html",
        "board-open.pdf",
    ]


def test_a_study_without_events_is_told_in_sentences() -> None:
    cut = between_people()
    empty = replace(cut, rows=cut.rows.filter(pl.col("form") != "adverse_event"))
    text = str(sections(empty, "open"))
    assert "No adverse event was entered." in text and "No serious event was entered." in text
    assert "No hold was entered." in text
