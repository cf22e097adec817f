"""What is printed says which values were changed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import calcitrial.web
from calcitrial.record import Gateway
from tests.clinic.quality_study import begun, browser, text_of
from tests.quality.small_clinic import correct

CSS = Path(calcitrial.web.__file__).parent / "static" / "pages.css"


@pytest.fixture
def door(home: Path) -> Iterator[Gateway]:
    yield begun()


@pytest.mark.requirement("EU Annex 11 8.2")
def test_a_changed_value_is_marked_on_the_page_and_on_paper(door: Gateway) -> None:
    client = browser("study_nurse", "Limoges")
    before = text_of(client.get("/tiny/participants/P1/")).count("changed-sign")
    correct(door, 8)
    assert text_of(client.get("/tiny/participants/P1/")).count("changed-sign") == before + 1
    on_paper = CSS.read_text("utf-8").split("@media print")[1]
    hidden = re.findall(r"([^{}]+)\{ display: none; \}", on_paper)
    assert hidden and not any("changed-sign" in selectors for selectors in hidden)
