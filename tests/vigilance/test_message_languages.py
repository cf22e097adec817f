"""A message about an event says the same in English and in French, and holds codes only."""

import pytest

from calcitrial.vigilance.notices import WORDS, Kind, message

LINK = "http://127.0.0.1/stsinj/participants/PIT-001/events/AE1/"


@pytest.mark.parametrize(
    ("kind", "french"),
    [
        ("first report", "Un événement indésirable grave a été saisi (stsinj, PIT-001, AE1)."),
        ("follow-up report", "Un événement indésirable grave a été modifié (stsinj, PIT-001, AE1)."),
        ("special interest", "Un événement d’intérêt particulier a été saisi (stsinj, PIT-001, AE1)."),
        ("hold", "Un événement qui suspend les injections a été saisi (stsinj, PIT-001, AE1)."),
    ],
)
def test_a_message_is_in_both_languages_with_the_link_in_each(kind: Kind, french: str) -> None:
    _subject, text = message("stsinj", "PIT-001", "AE1", kind, LINK)
    assert text.startswith(f"{WORDS[kind]}.") and french in text
    assert text.count(LINK) == 2 and "À ouvrir après connexion\N{NO-BREAK SPACE}: " in text
    assert text.index(french) > text.index("Please answer in the study")
