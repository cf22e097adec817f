"""An unscheduled visit stands in the record, on the timeline and in the report, and moves no endpoint."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client

from calcitrial import verbs
from calcitrial.analysis import Analysis, Estimate, analyse
from calcitrial.protocol import load
from calcitrial.record import Draft, Place, close
from tests.signing_in import sign_in
from tests.web.conftest import fill, measured
from tests.web.people import NURSE, READER

VISIT = Place("PIT-001", "visit", "U01")


def add_unscheduled() -> None:
    """Enter a visit between two others at which everything is much larger than it ever was."""
    opened = Draft(VISIT, {"visit_date": "2026-03-01", "visit_reason": "new pain at the elbow"})
    pain = Draft(Place("PIT-001", "pain", "U01"), {"pain_nrs": 10})
    verbs.enter("stsinj", [opened, pain], NURSE)
    size = Place("PIT-001", "ct_measurement", "U01", "PIT-001-L1")
    verbs.enter("stsinj", [Draft(size, measured(9999.0, "U01"))], READER)


def zip_visits(before: Analysis, after: Analysis) -> list[tuple[Estimate, Estimate]]:
    assert [visit for visit, _one in before.by_visit] == [visit for visit, _one in after.by_visit]
    return [(old, new) for (_v, old), (_w, new) in zip(before.by_visit, after.by_visit, strict=True)]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Analysis, Analysis, Path]]:
    """The answers of a study before and after an unscheduled visit, and the folder of the report after it."""
    home = tmp_path_factory.mktemp("unscheduled")
    fill(home, load("stsinj"))
    before = analyse(verbs.cut("stsinj"))
    add_unscheduled()
    after = verbs.cut("stsinj")
    verbs.report(after, home / "report")
    yield before, analyse(after), home
    close()


def test_no_endpoint_moves(both: tuple[Analysis, Analysis, Path]) -> None:
    before, after, _home = both
    said = {"dropped": 0, "messages": (), "cut_digest": ""}  # one row more is left out, and that is said
    for old, new in ((before.estimate, after.estimate), *zip_visits(before, after)):
        assert replace(old, **said) == replace(new, **said)
    assert after.estimate.dropped == before.estimate.dropped + 1


def test_the_report_names_it_and_the_exports_hold_it(both: tuple[Analysis, Analysis, Path]) -> None:
    report = (both[2] / "report" / "report.html").read_text()
    assert "visit U01: left out of the primary analysis because the visit was not planned" in report
    table = verbs.cut("stsinj").table("visit")
    assert "new pain at the elbow" in table["visit_reason"].to_list()
    assert verbs.export("stsinj", "dataset-json") and verbs.verify("stsinj").ok


def test_the_pages_show_it_in_its_place(both: tuple[Analysis, Analysis, Path]) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client, "stsinj", "data_manager")
    page = client.get("/stsinj/participants/PIT-001/").content.decode()
    assert "Unscheduled visit U01" in page and "new pain at the elbow" in page and "9999" in page
    for address in ("/stsinj/", "/stsinj/lesions/", "/stsinj/report/", "/stsinj/participants/PIT-001/visits/"):
        assert client.get(address).status_code == 200
