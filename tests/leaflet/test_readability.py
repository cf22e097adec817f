"""Scores by hand: the formulas, and the counting of syllables on words whose syllables anybody can count."""

import pytest

from calcitrial.evidence import studies
from calcitrial.leaflet import LANGUAGES, easy_page, readability, trial_page
from calcitrial.leaflet.readability import syllables, text_readability
from calcitrial.protocol import load


@pytest.mark.parametrize(
    ("word", "language", "count"),
    [
        ("cat", "en", 1),
        ("table", "en", 2),
        ("name", "en", 1),
        ("medicine", "en", 3),
        ("the", "en", 1),
        ("boule", "fr", 2),
        ("piqûre", "fr", 2),
        ("parlent", "fr", 1),
        ("santé", "fr", 2),
        ("essai", "fr", 2),
    ],
)
def test_syllables(word, language, count):
    assert syllables(word, language) == count


def test_flesch_kincaid_by_hand():
    found = text_readability("The cat sat on the mat. The dog ran.", "en")
    assert (found.words, found.sentences, found.syllables) == (9, 2, 9)
    assert found.score == pytest.approx(0.39 * 4.5 + 11.8 * 1 - 15.59)


def test_kandel_moles_by_hand():
    found = text_readability("Le chat est là. Il dort.", "fr")
    assert (found.words, found.sentences, found.syllables) == (6, 2, 6)
    assert found.score == pytest.approx(207 - 1.015 * 3 - 73.6)


def test_no_words_score_nothing():
    assert text_readability("", "en").score == 0.0


def test_the_pages_are_for_twelve_year_olds():
    for study in ("limoges", "stsinj"):
        for language in LANGUAGES:
            whole = readability(trial_page(load(study), studies(), language)).score
            easy = readability(easy_page(load(study), studies(), language)).score
            # Grade 6 is the school year of a child of twelve; an ease of 70 and more is easy.
            assert whole <= 6 if language == "en" else whole >= 70
            assert easy <= whole if language == "en" else easy >= whole
