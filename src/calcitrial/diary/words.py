"""The words that participants read, as data: the same file holds every language, page and e-mail."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "words.toml"


@cache
def all_words() -> dict[str, dict[str, str]]:
    """Return the words by language and key."""
    return tomllib.loads(FILE.read_text("utf-8"))


def words(language: str) -> dict[str, str]:
    """Return the words in a language, English when it is not there."""
    return all_words().get(language, all_words()["en"])


def day_words(day: date, language: str) -> str:
    """Return a day as people write it: 12/01/2026 in French, 2026-01-12 in English, which reads it two ways."""
    return day.strftime("%d/%m/%Y") if language == "fr" else day.isoformat()
