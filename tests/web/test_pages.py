"""Every page: what it says, that nothing comes from elsewhere, that hostile text stays text, and 404 in words."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from calcitrial.protocol import load
from calcitrial.record import Author, Draft, Place, connect, open_study, read_head
from tests.signing_in import sign_in

from .conftest import HOSTILE, Filled, lesions_within

PAGES = (
    "/",
    "/stsinj/",
    "/stsinj/participants/PIT-001/",
    "/stsinj/participants/PIT-005/",
    "/stsinj/lesions/",
    "/stsinj/history/",
    "/stsinj/history/?participant=PIT-001",
    "/stsinj/history/?participant=PIT-001&form=injection&visit=W04&lesion=PIT-001-L2",
    "/stsinj/agreement/",
    "/stsinj/protocol/",
    "/stsinj/report/",
    "/stsinj/verify/",
    "/nowhere/",
)


def text(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def words(page: str) -> str:
    """What a reader sees: tags gone, white space single."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1]).replace("&nbsp;", " ").split())


@pytest.mark.parametrize("address", PAGES)
class TestEveryPage:
    def test_comes_whole_and_small(self, pages: Client, address: str) -> None:
        response = pages.get(address)
        assert response.status_code == (404 if address == "/nowhere/" else 200)
        assert len(response.content) < 150_000
        page = response.content.decode()
        assert '<html lang="en">' in page and "<title>" in page and "<main" in page and 'class="skip"' in page
        assert page.count("<h1>") == 1

    def test_asks_nothing_of_another_host(self, pages: Client, address: str) -> None:
        page = text(pages, address, 404 if address == "/nowhere/" else 200)
        loaded = re.findall(r'(?:src|href|action|srcset|data)="([^"]*)"', page)
        assert loaded and not [link for link in loaded if not link.startswith(("/", "#", "?"))]
        assert "url(" not in page and "@import" not in page

    def test_has_no_inline_script_or_style(self, pages: Client, address: str) -> None:
        page = text(pages, address, 404 if address == "/nowhere/" else 200)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style| style=| on\w+=\"", page)

    def test_sends_its_policy(self, pages: Client, address: str) -> None:
        headers = pages.get(address).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "SAMEORIGIN"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"

    def test_says_who_is_signed_in(self, pages: Client, address: str) -> None:
        page = text(pages, address, 404 if address == "/nowhere/" else 200)
        assert ">dora</a>" in page and "Sign out" in page and "127.0.0.1" in page
        assert ("data manager" in page) == address.startswith("/stsinj/")

    def test_has_no_identity_twice(self, pages: Client, address: str) -> None:
        found = re.findall(r' id="([^"]+)"', text(pages, address, 404 if address == "/nowhere/" else 200))
        assert len(found) == len(set(found))


def test_the_first_page_lists_the_studies(pages: Client) -> None:
    said = words(text(pages, "/"))
    head = read_head("stsinj")
    assert "Intralesional Injection of STS in Treatment of Calcinosis" in said
    assert f"Participants 5 Lesions 12 Submissions {head.sequence} Entries {head.entries}" in said
    assert "1 ended, 3 enrolled, 1 screened" in said
    assert "SIMULATED 5 of 5 participants are made up" in said


def test_an_empty_home_says_what_to_do(empty_pages: Client) -> None:
    said = words(text(empty_pages, "/"))
    assert "No study is open in this home yet" in said and "calcitrial open stsinj" in said


def test_an_open_study_without_people_says_so(empty_pages: Client) -> None:
    open_study(load("stsinj"), "test")
    sign_in(empty_pages, "stsinj", "data_manager")
    assert "Participants 0 Lesions 0" in words(text(empty_pages, "/"))
    assert "Nobody is screened yet" in words(text(empty_pages, "/stsinj/"))
    assert "No lesion is on the body map yet" in words(text(empty_pages, "/stsinj/lesions/"))
    assert "Nothing was altered." in words(text(empty_pages, "/stsinj/verify/"))


def test_participants_show_their_row(pages: Client) -> None:
    said = words(text(pages, "/stsinj/"))
    assert re.search(
        r"PIT-001 SIMULATED Pittsburgh SSc 45 Intralesional sodium thiosulfate 3 .* 2026-07-10 – 2 "
        r"ended: completed since 2026-07-10",
        said,
    )
    assert "W08: outside its window" in said and "W12: done" in said and "W24: to come" in said
    assert re.search(r"PIT-002 .* W24 2026-\d\d-\d\d to 2026-\d\d-\d\d( overdue)? 0 enrolled since 2026-01-27", said)


def test_a_visit_whose_window_has_passed_is_overdue(pages: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for moment, overdue in ((datetime(2030, 1, 1, tzinfo=UTC), True), (datetime(2026, 1, 1, tzinfo=UTC), False)):
        monkeypatch.setattr("calcitrial.web.pages.now", lambda moment=moment: moment)
        assert ("overdue" in words(text(pages, "/stsinj/"))) == overdue
        assert ("overdue" in words(text(pages, "/stsinj/participants/PIT-002/"))) == overdue
        assert "overdue" not in words(text(pages, "/stsinj/participants/PIT-001/"))


def test_proposed_holds_stand_where_somebody_would_inject(pages: Client) -> None:
    for address in ("/stsinj/", "/stsinj/participants/PIT-001/"):
        said = words(text(pages, address))
        assert "Holds Do not inject PIT-001. AE2: " in said and "a physician decides" in said
    assert "Proposed holds" not in words(text(pages, "/stsinj/participants/PIT-002/"))


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("q=pit-003", ["PIT-003"]),
        ("q=nobody", []),
        ("status=screened", ["PIT-005"]),
        ("site=SIMULATED+Pittsburgh&sort=-age", ["PIT-005", "PIT-004", "PIT-003", "PIT-002", "PIT-001"]),
        ("sort=last", ["PIT-005", "PIT-004", "PIT-003", "PIT-002", "PIT-001"]),
        ("sort=-events", ["PIT-001", "PIT-002", "PIT-003", "PIT-004", "PIT-005"]),
        ("sort=nonsense", ["PIT-001", "PIT-002", "PIT-003", "PIT-004", "PIT-005"]),
    ],
)
def test_participants_are_searched_filtered_and_sorted(pages: Client, query: str, codes: list[str]) -> None:
    assert re.findall(r"/participants/(PIT-\d+)/", text(pages, f"/stsinj/?{query}")) == codes


def test_a_search_that_finds_nobody_says_so(pages: Client) -> None:
    assert "No participant matches this search" in text(pages, "/stsinj/?q=nobody")


def test_the_sorted_column_is_announced_and_turns_round(pages: Client) -> None:
    page = text(pages, "/stsinj/?sort=age&q=PIT")
    assert re.search(r'aria-sort="ascending"><a href="\?sort=-age&amp;q=PIT">Age', page)


def test_a_participant_page_tells_the_whole_story(pages: Client) -> None:
    said = words(text(pages, "/stsinj/participants/PIT-001/"))
    for part in (
        "PIT-001 SIMULATED ended: completed",
        "Age 45 years",
        "22.3 mg ± 1.3 at W24, ▼ −44 % from baseline",
        "Clinical diagnosis of systemic sclerosis",
        "Diagnosis: SSc",
        "day 62 Week 8, third injection 2026-03-24, OUTSIDE its window (window 2026-03-15 to 2026-03-21).",
        "Adverse event AE1: Injection site reaction, grade 2 related to the treatment.",
        "Calibrated integral mass",
        "150 mg/mL",
        "0.6 mL ✎ changed",
        "End of study completed",
    ):
        assert part in said, part


def test_missing_answers_are_unknown_and_not_false(pages: Client) -> None:
    said = words(text(pages, "/stsinj/participants/PIT-005/"))
    assert "Pregnancy or breast-feeding unknown not known Breast-feeding: not known Pregnant: not known" in said
    assert "Arm none yet" in said and "window not known yet" in said


def test_every_value_leads_to_its_history(pages: Client) -> None:
    page = text(pages, "/stsinj/participants/PIT-001/")
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+history[^"]+)"', page)}
    assert len(links) > 60
    for link in sorted(links)[::5]:
        assert "about PIT-001" in text(pages, link)


def test_what_is_not_known_has_no_history_to_lead_to(pages: Client) -> None:
    page = text(pages, "/stsinj/participants/PIT-005/")
    assert 'Pregnant: <span class="quiet">not known</span>' in page


def test_history_shows_what_was_replaced_and_why(pages: Client) -> None:
    query = "participant=PIT-001&form=injection&visit=W04&lesion=PIT-001-L2&item=volume"
    said = words(text(pages, f"/stsinj/history/?{query}"))
    assert "2 entries" in said
    assert re.search(r"N\. Example study nurse Volume injected 0\.5 mL – –", said)
    assert re.search(r"Volume injected 0\.6 mL entry \d+: 0\.5 mL read from the wrong line", said)


def test_a_redacted_value_is_gone_and_said_to_be(pages: Client) -> None:
    said = words(text(pages, "/stsinj/history/?participant=PIT-004&form=pain&visit=BL"))
    assert "redacted: belongs to another person" in said


def test_a_long_history_comes_in_pages(pages: Client) -> None:
    address = "/stsinj/history/?participant=PIT-001"
    first, second = text(pages, address), text(pages, f"{address}&page=2")
    numbers = [set(re.findall(r'id="entry-(\d+)"', page)) for page in (first, second)]
    assert len(numbers[0]) == 150 and numbers[1] and not numbers[0] & numbers[1]


def test_lesions_are_on_the_map_and_in_the_table(pages: Client) -> None:
    page = text(pages, "/stsinj/lesions/")
    assert len(re.findall(r'id="marker-PIT-00\d-L\d"', page)) == len(re.findall(r'<tr id="PIT', page)) == 12
    assert "knee, left target Intralesional sodium thiosulfate 80 mg 44.7 mg W24 ▼ −44 %" in words(page).replace(
        "\xa0", " "
    )


def test_hostile_text_stays_text(pages: Client) -> None:
    for address in ("/stsinj/participants/PIT-001/", "/stsinj/history/?participant=PIT-001&page=2"):
        page = text(pages, address)
        assert HOSTILE not in page and "<img src=x" not in page
        assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in page


def test_hostile_text_in_a_lesion_stays_text(empty_pages: Client) -> None:
    gateway = open_study(load("stsinj"), "test")
    nurse = Author("<b>nurse</b>", "role")
    screening = {"screening_date": "2026-01-01", "site": HOSTILE}
    lesion = {"body_site": HOSTILE, "side": "left", "view": "front", "map_x": 0.5, "map_y": 0.5, "role": "target"}
    drafts = [Draft(Place("A", "screening"), screening), Draft(Place("A", "lesion", lesion="A-L1"), lesion)]
    gateway.enter(drafts, nurse)
    sign_in(empty_pages, "stsinj", "data_manager")
    for address in ("/stsinj/", "/stsinj/participants/A/", "/stsinj/lesions/", "/stsinj/history/?participant=A"):
        page = text(empty_pages, address)
        assert "<script>" not in page and "<img src=x" not in page and "<b>nurse" not in page


def test_the_protocol_page_tells_how_well_each_fact_is_known(pages: Client) -> None:
    said = words(text(pages, "/stsinj/protocol/"))
    assert "Primary registry and trial ID (WHO item 1) ○ not public trialx patient_page" in said
    assert "Secondary ID: acronym (WHO item 3) STSINJ ● seen" in said
    assert "W12: Week 12, review with CT day 84, window 77 to 91" in said and "△ assumed" in said
    assert "Geometric mean ratio, week 12 over baseline" in said
    assert "TrialX listing 303347 https://www.trialx.com" in said


def test_without_a_report_the_page_says_how_to_write_it(pages: Client, filled: Filled) -> None:
    said = words(text(pages, "/stsinj/report/"))
    assert "No report is written yet" in said and f"calcitrial report stsinj --home {filled.home}" in said


def test_the_written_report_is_shown_without_scripts(empty_pages: Client, tmp_path: Path) -> None:
    open_study(load("stsinj"), "test")
    sign_in(empty_pages, "stsinj", "data_manager")
    folder = tmp_path / "reports" / "stsinj"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<h1>The report</h1>")
    (folder / "report.pdf").write_bytes(b"%PDF-1.7")
    (folder / "secret.txt").write_text("no")
    page = text(empty_pages, "/stsinj/report/")
    assert 'src="/stsinj/report/report.html"' in page and "Download as PDF" in page and "secret" not in page
    shown = empty_pages.get("/stsinj/report/report.html")
    assert b"".join(shown.streaming_content) == b"<h1>The report</h1>"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    pdf = empty_pages.get("/stsinj/report/report.pdf")
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="stsinj-report.pdf"'
    for name in ("secret.txt", "..%2F..%2Fcalcitrial.sqlite3", "other.html"):
        assert empty_pages.get(f"/stsinj/report/{name}").status_code == 404


def test_verification_names_head_and_counts(pages: Client) -> None:
    said = words(text(pages, "/stsinj/verify/"))
    head = read_head("stsinj")
    assert "Nothing was altered." in said and head.hash in said
    assert f"Submissions {head.sequence} Entries {head.entries}" in said


def test_an_altered_record_is_called_altered(empty_pages: Client, tmp_path: Path) -> None:
    import sqlite3

    gateway = open_study(load("stsinj"), "test")
    gateway.enter([Draft(Place("A", "screening"), {"screening_date": "2026-01-01"})], Author("n", "nurse"))
    with sqlite3.connect(tmp_path / "calcitrial.sqlite3") as link:
        for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            link.execute(f"DROP TRIGGER {name}")
        link.execute("UPDATE record_entry SET value = '2020-01-01' WHERE item = 'screening_date'")
    said = words(text(empty_pages, "/stsinj/verify/"))
    assert "The record was altered." in said and "is not what was entered" in said


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/nope/", "Study nope is not open here, or you have no role in it."),
        ("/nope/protocol/", "Study nope is not open here, or you have no role in it."),
        ("/stsinj/participants/X-1/", "Participant &#x27;X-1&#x27; is not known in study stsinj."),
        (
            "/stsinj/history/?participant=PIT-001&form=pain&visit=W99",
            "Nothing was ever entered at PIT-001 pain W99",
        ),
        ("/stsinj/report/none.pdf", "The report of stsinj has no file &#x27;none.pdf&#x27;."),
        ("/stsinj/a/b/c/", "There is no page at /stsinj/a/b/c/."),
        ("/stsinj/participants/<script>/", "Participant &#x27;&lt;script&gt;&#x27; is not known"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(pages: Client, address: str, sentence: str) -> None:
    page = text(pages, address, 404)
    assert sentence in page and "Traceback" not in page


def test_a_failing_page_shows_nothing_of_itself(pages: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(study: str) -> None:
        raise RuntimeError("PIT-001 in a message")

    monkeypatch.setattr("calcitrial.web.pages.verify_study", broken)
    page = text(pages, "/stsinj/verify/", 500)
    assert "This page failed" in page and "PIT-001" not in page


def test_lesions_allocated_within_a_person_differ_on_the_map(tmp_path: Path) -> None:
    connect(tmp_path, create=True)
    gateway = open_study(lesions_within(load("stsinj")), "test")
    where = {"body_site": "knee", "side": "left", "view": "front", "map_x": 0.6, "map_y": 0.7, "role": "target"}
    drafts = [Draft(Place("A", "screening"), {"screening_date": "2026-01-01"})]
    for lesion, arm in (("A-L1", "STS"), ("A-L2", "NONE")):
        drafts.append(Draft(Place("A", "lesion", lesion=lesion), where))
        drafts.append(Draft(Place("A", "lesion_allocation", lesion=lesion), {"lesion_arm": arm}))
    gateway.enter(drafts, Author("n", "nurse"))
    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client, "within", "study_nurse")
    page = text(client, "/within/participants/A/")
    assert 'class="marker treated"' in page and 'class="marker untreated"' in page
    assert "Not injected" in page and "by lesion" in page


def test_the_pages_read_either_database(home: Path) -> None:
    gateway = open_study(load("stsinj"), "test")
    gateway.enter([Draft(Place("A", "screening"), {"screening_date": "2026-01-01"})], Author("n", "nurse"))
    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client, "stsinj", "data_manager")
    for address in ("/", "/stsinj/", "/stsinj/participants/A/", "/stsinj/history/?participant=A", "/stsinj/verify/"):
        assert client.get(address).status_code == 200
    assert "Nothing was altered." in text(client, "/stsinj/verify/")
