"""A participant with many visits and lesions: one moment is open, the others say what they hold."""

from datetime import date, timedelta
from pathlib import Path

from django.test import Client

from calcitrial.lesions.body_map import locate
from calcitrial.protocol import Protocol
from calcitrial.record import Author, Draft, Place, current_rows, open_study
from calcitrial.web.reading import Reading
from calcitrial.web.timeline import ALL_OPEN, timeline
from tests.signing_in import sign_in
from tests.web.people import ANSWERS

BY = Author("N. Example", "study nurse")
LESIONS, VISITS = 20, ("BL", "W04", "W08", "W12")
CODE = "PIT-001"


def fill(protocol: Protocol) -> Reading:
    door = open_study(protocol, "test")
    x, y = locate("knee", "left", "front")
    where = {"body_site": "knee", "side": "left", "view": "front", "map_x": x, "map_y": y, "role": "target"}
    lesions = [f"{CODE}-L{number}" for number in range(1, LESIONS + 1)]
    drafts = [Draft(Place(CODE, "screening"), ANSWERS | {"screening_date": "2026-01-05"})]
    drafts += [Draft(Place(CODE, "lesion", lesion=one), where) for one in lesions]
    for number, visit in enumerate(VISITS):
        on = date(2026, 1, 12) + timedelta(days=28 * number)
        drafts += [Draft(Place(CODE, "visit", visit), {"visit_date": on.isoformat()})]
        drafts += [Draft(Place(CODE, "injection", visit, one), {"injected": False}) for one in lesions]
    door.enter(drafts, BY)
    return Reading("stsinj", protocol, current_rows("stsinj", CODE))


def test_of_a_long_timeline_only_the_last_visit_is_open(home: Path, stsinj: Protocol) -> None:
    reading = fill(stsinj)
    assert len(VISITS) * LESIONS > ALL_OPEN
    moments = timeline(reading, CODE, frozenset())
    assert [one.key for one in moments if one.blocks] == ["W12"]
    assert [one.folded for one in moments if one.folded] == [f"Injection of a lesion ({LESIONS})"] * 3


def test_the_moment_that_is_asked_for_is_open_instead(home: Path, stsinj: Protocol) -> None:
    reading = fill(stsinj)
    assert [one.key for one in timeline(reading, CODE, frozenset(), "W04") if one.blocks] == ["W04"]
    nonsense = timeline(reading, CODE, frozenset(), "<script>")
    assert [one.key for one in nonsense if one.blocks] == ["W12"]


def test_the_page_links_each_folded_moment(home: Path, stsinj: Protocol) -> None:
    fill(stsinj)
    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client, "stsinj", "study_nurse")
    page = client.get(f"/stsinj/participants/{CODE}/").content.decode()
    assert 'href="?open=W04#moment-W04"' in page and 'href="?open=W12' not in page
    assert len(page) < 150_000
