"""The French of the pages: complete, with the same placeholders, compiled as written, and shown to who asks for it."""

import gettext
import re
from collections import Counter
from collections.abc import Iterator

import polib
import pytest
from django.test import Client
from django.utils import translation
from docs.words import CATALOGUE, PLURALS, catalogue, french, missing, plurals, words

from calcitrial.protocol import Protocol
from tests.clinic.small_clinic import HERE, SITE, browser, fill_clinic
from tests.signing_in import sign_in

HOLDERS = re.compile(r"%\(\w+\)[a-z]|%%|</?\w+[^>]*>|&#?\w+;")
ENTRIES = list(catalogue())
PAGES = (
    ("/", "Études"),
    ("/stsinj/", "Participants de stsinj"),
    (f"/stsinj/participants/{HERE}/", "Chronologie"),
    (f"/stsinj/participants/{HERE}/visits/", "Formulaires qui n’appartiennent à aucune visite"),
    (f"/stsinj/participants/{HERE}/events/", "Événements indésirables"),
    (f"/stsinj/participants/{HERE}/map/", "Schéma corporel"),
    ("/stsinj/today/", "Aujourd’hui"),
    ("/stsinj/queries/", "Demandes de clarification"),
)


@pytest.fixture
def nurse(home: object, stsinj: Protocol) -> Iterator[Client]:
    """A study nurse who reads French."""
    fill_clinic(stsinj)
    client = browser()
    sign_in(client, "stsinj", "study_nurse", SITE, "nora")
    client.cookies["django_language"] = "fr"
    yield client
    translation.activate("en")


def said(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_every_text_of_the_pages_has_its_french() -> None:
    assert not missing(), "Translate these, see docs/words.py:\n" + "\n".join(missing())


def test_the_catalogue_holds_the_texts_of_the_pages_and_no_others() -> None:
    assert {entry.msgid for entry in ENTRIES} == words()
    assert [entry.msgid for entry in ENTRIES] == sorted(entry.msgid for entry in ENTRIES)
    assert {entry.msgid: entry.msgid_plural for entry in ENTRIES if entry.msgid_plural} == plurals()
    assert catalogue().metadata["Plural-Forms"] == PLURALS


def test_the_french_keeps_every_placeholder_and_every_tag() -> None:
    for entry in ENTRIES:
        wanted = [HOLDERS.findall(text) for text in (entry.msgid, entry.msgid_plural) if text]
        for number, text in enumerate(french(entry)):
            held = Counter(HOLDERS.findall(text))
            assert held in [Counter(one) for one in wanted], (entry.msgid, text)
            assert number == 0 or held == Counter(wanted[-1]), (entry.msgid, text)


def test_the_french_is_spaced_and_quoted_as_french_is() -> None:
    for entry in ENTRIES:
        for text in french(entry):
            assert text == text.strip() or entry.msgid != entry.msgid.strip(), entry.msgid
            assert not re.search(r" [:;?!»]|« |\w'\w|\"", text), text


def test_the_compiled_catalogue_says_what_the_catalogue_says() -> None:
    compiled = {entry.msgid: french(entry) for entry in polib.mofile(str(CATALOGUE.with_suffix(".mo")))}
    assert compiled == {entry.msgid: french(entry) for entry in ENTRIES}
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        spoken = gettext.GNUTranslations(file)
    one, many = next(pair for pair in plurals().items() if pair[0] == "1 open query")
    assert spoken.ngettext(one, many, 0) == "1 demande de clarification ouverte"
    assert "demandes" in spoken.ngettext(one, many, 2)


def test_the_pages_of_the_staff_are_in_french(nurse: Client) -> None:
    for address, expected in PAGES:
        page = said(nurse, address)
        assert '<html lang="fr">' in page and expected in page and "Aller au contenu" in page, address
        assert "Se déconnecter" in page and "Sign out" not in page, address


def test_the_menu_and_a_form_are_in_french(nurse: Client) -> None:
    page = said(nurse, f"/stsinj/participants/{HERE}/forms/conmed/?repeat=CM1")
    for word in ("Lésions", "Demandes de clarification", "Traitement concomitant", "Unité de la dose", "intraveineuse"):
        assert word in page, word
    assert "Concomitant" not in page and "Save and finish" not in page
    # The value that is sent stays the one of the protocol.
    assert 'value="intravenous"' in page


def test_a_browser_that_asks_for_french_gets_it_before_anybody_signs_in(home: object) -> None:
    client = Client(headers={"host": "127.0.0.1", "accept-language": "fr"})
    assert "Se connecter" in said(client, "/sign-in/")
    assert "Sign in" in said(Client(headers={"host": "127.0.0.1", "accept-language": "de"}), "/sign-in/")
    translation.activate("en")


def test_a_button_changes_the_language_and_the_cookie_keeps_it(nurse: Client) -> None:
    answer = nurse.post("/language/", {"language": "en", "next": "/"})
    assert answer.status_code in (302, 303) and nurse.cookies["django_language"].value == "en"
    assert "Études" not in said(nurse, "/")
