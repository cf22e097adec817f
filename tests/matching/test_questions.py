"""Every item of the shipped criteria has its words in both languages, and the person is asked what they can know."""

import pytest

from calcitrial.matching import question_of, questions_of
from calcitrial.protocol import SHIPPED, Item, load


@pytest.mark.parametrize("study", SHIPPED)
def test_every_item_of_the_shipped_criteria_has_its_words_in_english_and_french(study: str) -> None:
    for question in questions_of(load(study)):
        assert question.text("en").endswith(("?", ".")) and question.text("fr") != question.text("en")
        assert (question.asked_of == "person") == question.text("en").endswith("?")


def test_consent_is_left_to_the_site() -> None:
    asked = {one.item.id: one.asked_of for one in questions_of(load("limoges"))}
    assert asked["consent_signed"] == "site" and asked["age_years"] == "person"


def test_an_item_without_words_is_asked_by_its_label_at_the_site() -> None:
    question = question_of(Item(id="zinc", label="Allergy to zinc", type="boolean"))
    assert question.asked_of == "site" and question.text("fr") == "Allergy to zinc: the site asks."
