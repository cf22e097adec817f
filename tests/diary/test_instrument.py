"""Instruments: what ships is complete in both languages and free; what a licence holder sends is checked."""

import re
from pathlib import Path

import pytest

from calcitrial.diary import parse_instrument, shipped, slots
from calcitrial.diary.words import all_words
from calcitrial.protocol import RefusedError

from .diary_home import LICENSED

MINIMAL = LICENSED.encode()


def test_every_shipped_instrument_is_in_both_languages_with_licence_and_source() -> None:
    assert set(shipped()) == {"pain_nrs", "patient_global", "physician_global", "injection_diary"}
    for name, one in shipped().items():
        assert one.id == name and one.languages == ("en", "fr")
        assert "project" in one.licence and one.source and one.use == "anyone" and one.status == "assumed"


def test_no_text_of_a_licensed_instrument_is_shipped() -> None:
    assert {"mcq", "haq_di", "shaq", "chaq", "quickdash", "promis_pf"} == set(slots())
    assert not set(slots()) & set(shipped())
    assert all(one.terms and one.source and one.holder for one in slots().values())


def test_a_questionnaire_is_shown_in_the_language_it_has() -> None:
    one = parse_instrument(MINIMAL, "mcq.toml")
    assert one.languages == ("en",) and one.shown_in("fr") == "en"
    assert shipped()["pain_nrs"].shown_in("fr") == "fr"


def test_answers_are_checked_against_the_question() -> None:
    pain = shipped()["pain_nrs"].items[0]
    assert [bool(pain.problem(text)) for text in ("0", "10", "11", "-1", "3.5", "", "x", "٣", "1e1")] == [
        False, False, True, True, True, True, True, True, True,
    ]  # fmt: skip
    diary = shipped()["injection_diary"]
    opened, note = diary.item("skin_opened"), diary.item("medicine_name")
    assert opened is not None and note is not None
    assert not opened.problem("unsure") and "none of the answers" in opened.problem("perhaps")
    assert not note.problem("x" * 1000) and "more than 1000" in note.problem("x" * 10_000_000)
    assert opened.said("yes", "fr") == "Oui"


def test_a_question_that_does_not_apply_is_not_asked() -> None:
    diary = shipped()["injection_diary"]
    assert "medicine_name" not in [one.id for one in diary.asked({"medicine": "no"})]
    assert "medicine_name" in [one.id for one in diary.asked({"medicine": "yes"})]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "mcq"', 'id = "../up"', "id"),
        ('version = "test 1"', "", "version"),
        ("at_least = 2", "at_least = 3", "needs 3 answers of 2"),
        ('["q1", "q2"]', '["q1", "nowhere"]', "no question 'nowhere'"),
        ('id = "q2"', 'id = "q1"', "Two questions have this id"),
        ('title = { en = "Made-up questionnaire" }', "title = {}", "No language has every text"),
        ("max = 3", "max = -1", "upside down"),
        ('minutes = 5', 'minutes = 5\nsurprise = 1', "surprise"),
        ('minutes = 5', 'minutes = 5\ndigest = "0"', "its own digest"),
        ("[[items]]", "[[items", "not TOML"),
        (', { value = "3", label = { en = "yes" } }', "", "fewer than two"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_in_order_is_refused_with_a_sentence(old: str, new: str, said: str) -> None:
    with pytest.raises(RefusedError) as error:
        parse_instrument(LICENSED.replace(old, new, 1).encode(), "mcq.toml")
    assert said in str(error.value) and "mcq.toml" in str(error.value)


def test_a_file_that_is_not_text_is_refused() -> None:
    with pytest.raises(RefusedError, match="not TOML"):
        parse_instrument(b"\x89PNG\r\n\xff\xfe", "mcq.toml")


def test_the_words_are_the_same_in_each_language_with_the_same_places() -> None:
    english, french = all_words()["en"], all_words()["fr"]
    assert list(english) == list(french)
    for key in english:
        assert re.findall(r"{\w+}", english[key]) == re.findall(r"{\w+}", french[key]), key


@pytest.mark.requirement("GDPR/HIPAA")
def test_no_word_for_participants_names_disease_medicine_or_trial() -> None:
    forbidden = re.compile("calcin|scleroderm|sclérod|thiosulf|stsinj|limoges|pittsburgh|trial|essai|calcitrial", re.I)
    for texts in all_words().values():
        assert not [text for text in texts.values() if forbidden.search(text)]
    for one in shipped().values():
        texts = [one.title, one.introduction, *(item.text for item in one.items)]
        assert not [text for text in texts if forbidden.search(text.en + text.fr)]


def test_nothing_of_this_room_is_deeper_than_its_files() -> None:
    import calcitrial.diary

    folder = Path(calcitrial.diary.__file__).parent
    assert {path.stem for path in folder.glob("*.toml")} == {*shipped(), "slots", "plan", "words"}
