"""A French session in a real browser: no English sentence on the pages of any role, nor in what is refused."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from calcitrial import quality
from calcitrial.participants import screen
from calcitrial.protocol import Protocol
from calcitrial.record import Author, close, connect
from calcitrial.verbs import door
from tests.clinic.small_clinic import BASELINE, HERE, SITE, fill_clinic
from tests.signing_in import make_person, sign_in_browser
from tests.web.browsing import chromium, served
from tests.web.english import english_in
from tests.web.people import ANSWERS, NURSE

pytestmark = pytest.mark.browser
ONE = f"/stsinj/participants/{HERE}/"
STUDY = ("participants/", "lesions/", "protocol/", "today/", "queries/", "people/", "forms/blank/", "laboratory/")
PAGES = {
    ("nora", "study_nurse", SITE): (
        *("/", "/account/", "/today/", "/stsinj/", *(f"/stsinj/{page}" for page in STUDY)),
        *(ONE, f"{ONE}visits/", f"{ONE}visits/dates/", f"{ONE}map/", f"{ONE}events/", f"{ONE}events/new/"),
        *(f"{ONE}screening/", f"{ONE}consent/", f"{ONE}identity/", f"{ONE}diary/", f"{ONE}injections/"),
        *(f"{ONE}allocation/", f"{ONE}review/", f"{ONE}forms/conmed/?repeat=CM1", f"{ONE}forms/injection/?visit=BL"),
        *("/stsinj/consents/", "/stsinj/diary/", "/stsinj/prescreening/", "/stsinj/nowhere/", ONE.replace("1/", "9/")),
    ),
    ("ines", "investigator", SITE): ("/stsinj/today/", f"{ONE}allocation/", f"{ONE}map/", "/stsinj/safety/", ONE),
    ("paul", "pharmacist", SITE): ("/stsinj/today/", "/stsinj/drug/", "/stsinj/drug/movements/"),
    ("mona", "monitor", ""): (
        *("/stsinj/today/", "/stsinj/monitoring/", f"{ONE}review/", "/stsinj/trail-review/"),
        *("/stsinj/history/?form=screening&participant=" + HERE, "/stsinj/verify/", "/stsinj/participants/"),
    ),
    ("dana", "data_manager", ""): (
        *("/stsinj/locks/", "/stsinj/agreement/", "/stsinj/allocation/", "/stsinj/verify/", "/stsinj/report/"),
    ),
    ("bea", "safety_board", ""): ("/stsinj/board/", "/stsinj/safety/"),
    ("sam", "sponsor", ""): ("/stsinj/safety/", "/stsinj/monitoring/", "/stsinj/report/"),
    ("alma", "administrator", ""): ("/stsinj/people/", "/stsinj/consents/"),
    ("rita", "image_reader", ""): ("/stsinj/reading/", "/stsinj/reading/T1/"),
}
# Names, codes, what people typed, and the labels of the small study's own two forms.
ALLOWED = re.compile(
    r"SIMULATED [\w ]+|CTCAE v5.0|GCP and protocol|\w+ \(simulated\)|CC BY[\w .-]*|Check-up|Weight|Finding|Medicine|"
    r"First day|Last day|At which lesion|Examined|The last day is before the first\."
)
Seat = Callable[[str], Any]
UNSAID = "PIT-002"


@pytest.fixture
def seats(tmp_path: Path, stsinj: Protocol) -> Iterator[tuple[str, Seat, Path]]:
    """The address of a served study, a French browser page for each person, and the home."""
    connect(tmp_path, create=True)
    fill_clinic(stsinj)
    asked = ANSWERS | {"site": SITE, "age_years": 40, "screening_date": BASELINE.isoformat(), "consent_signed": False}
    screen(door("stsinj"), UNSAID, asked, NURSE, {})
    for name, role, site in PAGES:
        make_person("stsinj", role, site, name)
    close()
    with served(tmp_path, tmp_path / "log") as address, chromium() as browser:
        pages: dict[str, Any] = {}

        def seat(name: str) -> Any:
            if name not in pages:
                pages[name] = browser.new_context(locale="fr-FR").new_page()
                sign_in_browser(pages[name], address, name)
            return pages[name]

        yield address, seat, tmp_path


def said(page: Any) -> str:
    """Return the text of a page, once there is no English in it."""
    content = page.content()
    assert '<html lang="fr"' in content, page.url
    assert english_in(content, ALLOWED) == [], page.url
    return str(page.inner_text("main"))


def test_no_page_of_any_role_holds_an_english_sentence(seats: tuple[str, Seat, Path]) -> None:
    address, seat, _home = seats
    wrong = []
    for (name, _role, _site), addresses in PAGES.items():
        page = seat(name)
        for one in addresses:
            page.goto(address + one)
            content = page.content()
            assert '<html lang="fr"' in content, one
            wrong += [f"{name} {one}: {text}" for text in english_in(content, ALLOWED)]
    assert wrong == [], "\n".join(wrong)


def test_what_is_refused_is_refused_in_french(seats: tuple[str, Seat, Path]) -> None:
    address, seat, home = seats
    page, form = seat("nora"), f"{address}{ONE}forms/check_up/?visit=BL"
    page.goto(form)
    page.check("input[name=done][value=true]")
    page.fill("[name=weight]", "abc")
    page.fill("[name=finding]", "Rien de nouveau.")
    page.fill("[name=last_day]", "2026-13-40")
    page.click("text=Enregistrer et terminer")
    wrong = said(page)
    assert "Écrivez un nombre en kg." in wrong and "AAAA-MM-JJ" in wrong and "Rien n’a été enregistré" in wrong

    page.fill("[name=weight]", "61,5")
    page.fill("[name=last_day]", "")
    stale = page.context.new_page()
    stale.goto(form)
    page.click("text=Enregistrer et terminer")
    assert "61,5" in said(page) or page.input_value("[name=weight]")
    stale.check("input[name=done][value=true]")
    stale.fill("[name=weight]", "62")
    stale.fill("[name=finding]", "Autre chose.")
    stale.click("text=Enregistrer et terminer")
    assert "a été modifié par nora" in said(stale)

    token = page.context.cookies(address)
    csrf = next(one["value"] for one in token if one["name"] == "csrftoken")
    sent = {"csrfmiddlewaretoken": csrf, "_on": BASELINE.isoformat()}
    unsaid = f"{address}/stsinj/participants/{UNSAID}/screening/"
    page.goto(unsaid)
    said(page)
    answer = page.request.post(f"{unsaid}enrol/", form=sent, headers={"Referer": unsaid})
    assert answer.status == 422 and english_in(answer.text(), ALLOWED) == []
    assert "consentement" in answer.text()

    connect(home)
    manager = Author("dana", "data manager")
    quality.lock(door("stsinj"), "", "database lock", manager, despite="nothing is signed in this test")
    close()
    page.goto(form)
    page.fill("[name=weight]", "63")
    if page.locator("[name=_reason]").count():
        page.fill("[name=_reason]", "relu")
    page.click("text=Enregistrer et terminer")
    assert "L’étude stsinj est verrouillée." in said(page)
