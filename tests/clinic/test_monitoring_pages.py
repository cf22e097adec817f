"""Figures of each site: counted by hand, with limits that leave small sites alone, and no arm anywhere."""

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from calcitrial import quality
from calcitrial.data_desk.funnel import funnel
from calcitrial.data_desk.monitoring import measures, rate, share
from calcitrial.data_desk.monitoring_sites import site_lines
from calcitrial.record import Draft, Gateway, Place
from calcitrial.web import Reading
from calcitrial.web.reading import read
from tests.clinic.quality_study import begun, browser, text_of
from tests.quality.small_clinic import MONITOR, NURSE, PAIN, correct
from tests.small_study import Forms, cut_of_forms, event, person

TODAY = date(2026, 2, 26)


@pytest.fixture
def door(home: Path) -> Iterator[Gateway]:
    yield begun()


def test_a_share_is_held_against_all_sites_by_the_exact_distribution() -> None:
    one = share("x", "X", "of y", {"A": (1, 40), "B": (24, 40), "C": (1, 2), "D": (0, 0)})
    judged = {figure.site: figure.judged for figure in one.figures}
    assert one.overall == pytest.approx(26 / 82)
    assert judged == {"A": "out", "B": "out", "C": "", "D": ""}  # a half of two says nothing
    assert all(figure.low <= figure.value <= figure.high for figure in one.figures)


def test_a_rate_is_held_against_all_sites_too() -> None:
    one = rate("x", "X", "per week", 1, "per week", {"A": (2, 100.0), "B": (3, 100.0), "C": (25, 100.0), "D": (0, 0.0)})
    judged = {figure.site: figure.judged for figure in one.figures}
    assert one.overall == pytest.approx(0.1)
    assert judged == {"A": "look", "B": "look", "C": "out", "D": ""}


def test_sites_that_differ_by_chance_alone_seldom_stand_out() -> None:
    chance, out = random.Random(7), 0
    for _trial in range(60):
        counts = {f"S{n}": (sum(chance.random() < 0.2 for _one in range(25)), 25) for n in range(10)}
        out += sum(figure.judged == "out" for figure in share("x", "X", "of y", counts).figures)
    assert out <= 4  # of 600; 0.2 % are expected at most


def figures(reading: Reading) -> dict[str, dict[str, tuple[int, float]]]:
    return {one.id: {f.site: (f.events, f.of) for f in one.figures} for one in measures(reading, TODAY)}


def test_figures_are_those_counted_by_hand(home: Path, door: Gateway) -> None:
    forms: Forms = {}
    for code, site in (("A1", "A"), ("A2", "A"), ("B1", "B")):
        mine = person(code, 1, "BL W04")
        mine[Place(code, "screening")]["site"] = site
        forms |= mine
    forms[Place("A2", "visit", "W04")]["visit_date"] = "2026-02-20"  # window ends on 1 February
    forms |= event("A1", "AE1", "Nausea", onset="2026-01-20") | event("B1", "AE1", "Nausea", onset="2026-01-20")
    cut = cut_of_forms(forms)
    found = figures(Reading("tiny", cut.protocol, cut.rows))
    assert found["outside"] == {"A": (1, 4), "B": (0, 2)}
    assert found["events"] == {"A": (1, 16.0), "B": (1, 8.0)}  # weeks from 1 January to 26 February
    assert found["failures"] == {"A": (0, 2), "B": (0, 1)}


def test_queries_corrections_and_verification_are_counted_by_site(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "Sure?", MONITOR)
    correct(door, 8)
    now = quality.numbers_of(read("tiny").rows)
    quality.verify_source(door, {Place("P1", "screening"): now[Place("P1", "screening")]}, MONITOR)
    found = figures(read("tiny"))
    assert found["corrections"]["Limoges"][0] == 1 and found["corrections"]["Paris"][0] == 0
    assert found["queries"]["Limoges"][0] == 1
    assert found["verified"]["Limoges"][0] == 1
    limoges, paris = site_lines(read("tiny"), date(2030, 1, 1))
    assert (limoges.queries, paris.queries) == (1, 0)
    assert limoges.oldest is not None and limoges.oldest > 1000 and limoges.lag is not None


def test_a_site_that_rounds_its_numbers_is_named_and_the_others_are_not(home: Path, door: Gateway) -> None:
    chance = random.Random(3)
    forms: Forms = {}
    for number in range(60):
        code, site = f"R{number:02d}", "ABC"[number % 3]
        age = chance.randrange(20, 80)
        values = {
            "screening_date": "2026-01-01",
            "site": site,
            "age_years": str(age - age % 10 if site == "B" else age),
        }
        forms[Place(code, "screening")] = values
    cut = cut_of_forms(forms)
    lines = {site.name: site for site in site_lines(Reading("tiny", cut.protocol, cut.rows), TODAY)}
    assert lines["B"].digits.startswith("0 ends 100 % of numbers")
    assert lines["A"].spread == lines["C"].spread == ""


def test_the_page_shows_pictures_with_tables_and_no_arm(door: Gateway) -> None:
    door.enter([Draft(Place("P2", "pain", "BL"), {"pain_nrs": 2})], NURSE)
    page = text_of(browser("monitor").get("/tiny/monitoring/"))
    assert page.count("<svg") >= 3 and page.count("<table") >= 8
    assert "Limoges" in page and "Corrections" in page
    assert browser("study_nurse").get("/tiny/monitoring/").status_code == 403
    assert browser("sponsor").get("/tiny/monitoring/").status_code == 200


def test_a_picture_escapes_what_sites_are_called() -> None:
    picture = funnel(share("x", "<b>", "of y", {"<script>": (1, 4), "B": (2, 4)}))
    assert "<script>" not in picture and "&lt;script&gt;" in picture
    assert funnel(share("x", "X", "of y", {"A": (0, 0)})) == ""
