"""The page of the agreement: no plan, no readings yet, and the numbers of the reading room once both have read."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from calcitrial.reading import Answer, agreement, agreement_text, answer, worklist
from calcitrial.record import make_cut
from tests.signing_in import sign_in

from .conftest import client_of


@pytest.fixture
def client(reading_home: Path, tmp_path: Path) -> Iterator[Client]:
    shutil.copytree(reading_home, tmp_path / "home")
    for one in client_of(tmp_path / "home"):
        sign_in(one, "stsinj", "data_manager")
        yield one


def page(client: Client, query: str = "") -> str:
    response = client.get(f"/stsinj/agreement/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_without_a_plan_it_says_how_to_make_one(pages: Client) -> None:
    assert "calcitrial reading plan stsinj" in page(pages)


def test_before_anybody_has_read_it_shows_the_progress_and_why_there_is_no_more(client: Client) -> None:
    said = page(client)
    assert said.count("of 6 cases read") == 2 and "There is no agreement to show yet" in said


def test_it_shows_what_the_reading_room_computes(client: Client) -> None:
    for reader, factor in (("R1", 1.0), ("R2", 1.1)):
        for task in worklist("stsinj", reader):
            sizes = {"ct": "mass", "film": "area", "ultrasound": "length"}
            size = factor * (20 + 3 * len(task.lesions) + sum(map(abs, task.lesions[0].point_mm or (7.0,))))
            given = [
                Answer(one.label, "measured", {sizes[task.kind]: f"{size + 5 * n:.2f}"})
                for n, one in enumerate(task.lesions)
            ]
            answer("stsinj", reader, task.id, given, 10.0)
    found = agreement(make_cut("stsinj", "test"), "mass")
    said = page(client)
    assert f"{found.coefficients[0].value:.3f}" in said and "<svg" in said
    assert agreement_text(found).splitlines()[0] in said
    assert " style=" not in said and not re.search(r"<script(?![^>]*\bsrc=)", said)
    assert "There is no agreement" in page(client, "?quantity=depth")
    assert "There is no agreement" not in page(client, "?quantity=nonsense&kind=nonsense")
