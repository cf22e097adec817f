"""A study that was opened before the forms of today were there: every page of every role answers, says what lacks."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from typer.testing import CliRunner

from calcitrial.commands import app
from calcitrial.protocol import Form, Protocol, lacking, load
from calcitrial.record import Author, Draft, Gateway, Place, close, connect, open_study, read_head
from tests.clinic.every_form import who_opens
from tests.clinic.test_rights import ENDING, ROLES, STUDY, Row, ask, let_in, table
from tests.signing_in import sign_in, sign_in_keeper

BY = Author("test", "test")
# What a definition had from the first day on; every other form came later.
FIRST = (
    "screening",
    "enrolment",
    "end_of_study",
    "lesion",
    "visit",
    "injection",
    "pain",
    "adverse_event",
    "allocation",
)
# Items that are asked by rules of today beside those that every form requires.
KEPT = ("site", "age_years", "diagnosis", "arm")


def older(protocol: Protocol, *, forms: bool, items: bool) -> Protocol:
    """Return a definition without the forms that came later, or with none but the required items, or both."""
    found = [form for form in protocol.forms if not forms or form.id in FIRST]
    known = {form.id for form in found}
    visits = tuple(
        visit.model_copy(update={"forms": tuple(name for name in visit.forms if name in known)})
        for visit in protocol.visits
    )
    thin = tuple(thinner(one) if items else one for one in found)
    return protocol.model_copy(update={"forms": thin, "visits": visits})


def thinner(form: Form) -> Form:
    left = tuple(item for item in form.items if (item.required and not item.show_if) or item.id in KEPT)
    return form.model_copy(update={"items": left, "checks": ()})


def fill(door: Gateway) -> None:
    """Enter two people as far as the definition asks for something: with a lesion, an injection and an event."""
    for code, site in (("A", "S1"), ("B", "S2")):
        lesion = {"body_site": "knee", "side": "left", "view": "front", "map_x": 0.4, "map_y": 0.6, "role": "target"}
        event = {"term": "Injection site reaction", "grade": 2, "serious": False, "related": "related"}
        forms = {
            Place(code, "screening"): {
                "screening_date": "2026-03-01",
                "site": site,
                "age_years": 40,
                "diagnosis": "SSc",
            },
            Place(code, "enrolment"): {"enrolment_date": "2026-03-02"},
            Place(code, "lesion", lesion=f"{code}-L1"): lesion,
            Place(code, "visit", "BL"): {"visit_date": "2026-03-20"},
            Place(code, "injection", "BL", f"{code}-L1"): {"injected": True, "concentration": 150, "volume": 0.5},
            Place(code, "pain", "BL"): {"pain_nrs": 3},
            Place(code, "adverse_event", repeat="AE1"): event | {"onset_date": "2026-03-21"},
        }
        asked = {place: door.protocol.form(place.form) for place in forms}
        door.enter(
            [
                Draft(place, {item: value for item, value in values.items() if form.item(item)}, partial=not form.opens)
                for place, values in forms.items()
                if (form := asked[place])
            ],
            BY,
        )


# What each study of the home lacks: the forms that came later, all but the required items, or both.
STUDIES = {STUDY: (True, True), "limoges-forms": (True, False), "limoges-items": (False, True)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home with a study under each of three older definitions."""
    folder = tmp_path_factory.mktemp("older")
    connect(folder, create=True)
    protocol = load(STUDY, "concurrent_untreated")
    for study, (forms, items) in STUDIES.items():
        fill(open_study(older(protocol, forms=forms, items=items).model_copy(update={"id": study}), "test"))
    yield folder
    close()


def wrong_answers(study: str, rows: list[tuple[Client, Row]]) -> list[str]:
    """Return the pages that fail in a study; being asked enters nothing."""
    before, wrong = read_head(study), []
    for client, row in rows:
        if row.page in ENDING or row.method == "POST" or row.page.startswith("api:api-"):
            continue
        here = replace(row, arguments=row.arguments | ({"study": study} if "study" in row.arguments else {}))
        try:
            status = ask(client, here).status_code
        except Exception as error:
            wrong.append(f"{here.page} {here.address()}: {error!r}")
            continue
        if status >= 500:
            wrong.append(f"{here.page} {here.address()}: {status}")
    assert read_head(study) == before
    return wrong


@pytest.mark.parametrize("who", [*ROLES, "keeper"])
def test_every_page_of_every_role_answers_where_most_is_lacking(home: Path, who: str) -> None:
    connect(home)
    client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=True)
    let_in(client, who)
    assert wrong_answers(STUDY, [(client, row) for row in table().values()]) == []


@pytest.mark.parametrize("study", [name for name in STUDIES if name != STUDY])
def test_every_page_answers_who_may_open_it(home: Path, study: str) -> None:
    connect(home)
    found = dict[str, Client]()
    for who in sorted({who_opens(row) for row in table().values()}):
        found[who] = Client(headers={"host": "127.0.0.1"}, raise_request_exception=True)
        if who == "keeper":
            sign_in_keeper(found[who])
        elif who != "nobody":
            sign_in(found[who], study, who)
    assert wrong_answers(study, [(found[who_opens(row)], row) for row in table().values()]) == []


def test_what_such_a_study_lacks_is_said_on_the_page_and_by_the_command(home: Path) -> None:
    connect(home)
    client = Client(headers={"host": "127.0.0.1"})
    let_in(client, "monitor")
    shown = client.get(f"/{STUDY}/protocol/").content.decode()
    assert "was opened before the program asked all that it asks today" in shown
    said = CliRunner().invoke(app, ["lacks", STUDY, "--home", str(home)]).output
    assert "It has no form “Laboratory value”" in said and "Its form “Adverse event” does not ask:" in said
    assert lacking(load(STUDY, "concurrent_untreated")) == ()
