"""Sentences of the rooms in French: known by their template, with their values, and never half known."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation
from docs.sentences import PACKAGE, SPEAKING, of_scripts, problems, sentences, speaking, template_of
from docs.words import SCRIPT, catalogue, script

from calcitrial.protocol import Item
from calcitrial.record import connect
from calcitrial.web.saying import HOLE, Phrasebook, colon, comma, number, phrasebook, said, shown, spoken, unsaid

BOOK = phrasebook("fr")
FRENCH = {entry.msgid: entry.msgstr for entry in catalogue()}
SPACE = "\N{NO-BREAK SPACE}"
# Rooms whose refusals are met by commands and programs alone: files of trials and images, analyses, the API.
NOT_ON_PAGES = {
    *("commands", "demonstration", "claims", "leaflet", "registrations", "registry", "documents"),
    *(
        "matching",
        "analysis",
        "api",
        "design",
        "dicom",
        "documents",
        "evidence",
        "exchange",
        "imaging",
        "intake",
        "models",
        "objects",
    ),
    *("outcomes", "phantoms", "reporting", "statistics", "tracking", "voxels", "protocol", "record", "stills"),
}


@pytest.fixture(scope="module", autouse=True)
def program(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The settings of a home, which say where the languages are."""
    connect(tmp_path_factory.mktemp("home"), create=True)


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    with translation.override("fr"):
        yield


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("MTX is missing. Enter a value.", f"MTX{SPACE}: la réponse manque. Saisissez une valeur."),
        (
            "Study stsinj is locked. Nothing can be entered until it is unlocked with a reason.",
            "L’étude stsinj est verrouillée. Rien ne peut être saisi avant un déverrouillage motivé.",
        ),
        (
            "Version 1 was expected, but the form is at version 2. Read the form again, then enter the change.",
            "La version 1 était attendue, mais le formulaire en est à la version 2. "
            "Relisez le formulaire, puis saisissez la modification.",
        ),
        (
            "Volume of the solution is 3.5 mL, outside 0 to 2 mL. Check the value and its unit.",
            f"Volume of the solution{SPACE}: 3,5 mL, hors de 0 à 2 mL. Vérifiez la valeur et son unité.",
        ),
        (
            "The adult consent is missing. Take the consent on its page, with the signature.",
            f"Il manque{SPACE}: consentement de l’adulte. Recueillez le consentement sur sa page, avec la signature.",
        ),
        ("PIT-001: Visit W04 of PIT-001 has not begun.", f"PIT-001{SPACE}: La visite W04 de PIT-001 n’a pas commencé."),
        ("'abc' is no site of yours.", f"«{SPACE}abc{SPACE}» n’est pas un de vos centres."),
        ("study nurse, data manager", "infirmier de recherche, gestionnaire de données"),
        ("3 lesions", "3 lésions"),
        ("0.02 per 100 values", "0,02 pour 100 valeurs"),
    ],
)
def test_a_sentence_is_said_with_its_values(english: str, expected: str) -> None:
    assert spoken(english) == expected
    assert spoken(english, "en") == english


def test_every_refusal_that_a_page_can_show_is_known_again_whatever_its_values() -> None:
    for text in sorted({*problems()}):
        values = {name: f"x{place}q" for place, name in enumerate(HOLE.findall(text))}
        assert BOOK.say(filled(text, values)) == filled(FRENCH[text], values), text


def filled(text: str, values: dict[str, str]) -> str:
    return HOLE.sub(lambda hole: values[hole[1]], text)


def test_french_sentences_have_no_hole_that_the_english_one_does_not_fill() -> None:
    for english, french in FRENCH.items():
        assert set(HOLE.findall(french)) <= set(HOLE.findall(english)), english


def test_every_room_that_refuses_is_collected_or_named_as_one_that_pages_do_not_reach() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/*.py") if "Problem(" in path.read_text("utf-8")}
    collected = {path.parent.name for path in speaking()}
    assert rooms - NOT_ON_PAGES <= collected
    assert {name for name in SPEAKING if not (PACKAGE / name).exists()} == set()
    assert {"{label} is missing.", "Study {study} is locked."} <= {*sentences()}


def test_what_nobody_of_the_program_said_stays_as_it_is() -> None:
    for text in ("", "Burning since Tuesday.", "x" * 30_000, "PIT-001", "a: b", "Take: nothing, please"):
        assert spoken(text) == text


def test_a_long_text_with_many_sentences_takes_no_long_time() -> None:
    book = Phrasebook({"{a} is {b}.": "{a} est {b}.", "{a} was {b}": "{a} a été {b}"})
    text = "Is that so? It is. " * 900
    assert len(text) > 15_000 and book.say(text) == text


def test_a_value_is_never_read_as_a_template() -> None:
    assert spoken("{label} is missing.") == f"{{label}}{SPACE}: la réponse manque."
    assert spoken("<script> is missing.") == f"<script>{SPACE}: la réponse manque."


def test_numbers_have_a_decimal_comma_and_codes_have_none() -> None:
    assert comma("-3.25 mg") == "-3,25 mg" and number("3.5 mL") == "3,5 mL"
    assert number("2026.03") == "2026,03" and number("CTCAE v5.0") == "CTCAE v5.0" and number(None) == ""
    with translation.override("en"):
        assert number("3.5 mL") == "3.5 mL" and colon() == ":"
    assert colon() == f"{SPACE}:"


def test_choices_are_said_and_what_was_typed_is_not() -> None:
    side = Item(id="side", label="Side", type="choice", choices=("left", "right"))
    note = Item(id="note", label="Note", type="text")
    assert shown("left", side) == "gauche" and shown("left", note) == "left"
    assert shown("2.5", Item(id="dose", label="Dose", type="decimal")) == "2,5"


def test_a_text_of_a_trial_that_has_no_french_is_marked_as_english() -> None:
    assert unsaid("A trial of its own") == ' lang="en"' and unsaid("left") == ""
    assert said("<b>") == "<b>" and said(None) == ""


def test_the_templates_of_sentences_are_read_from_the_source() -> None:
    import ast

    node = ast.parse('f"{item.label} is {len(values)} of {names[0]!r}, {a + b}, {item.label}."', mode="eval").body
    assert template_of(node) == "{label} is {values} of {names}, {value}, {label2}."


def test_the_viewer_has_every_text_in_french() -> None:
    texts = {*of_scripts()}
    assert len(texts) > 90 and SCRIPT.read_text("utf-8") == script()
    for text in texts:
        assert FRENCH[text] and sorted(re.findall(r"\{\d\}", text)) == sorted(re.findall(r"\{\d\}", FRENCH[text]))


def test_the_program_reads_english_whatever_the_browser_asks_for(home: object) -> None:
    answer = Client(headers={"host": "127.0.0.1", "accept-language": "fr"}).get("/api/studies")
    assert answer.status_code in (401, 403, 404) and "droit" not in answer.content.decode()
