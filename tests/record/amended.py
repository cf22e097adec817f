"""The small study of these tests, amended: as text, so that an amendment is what a person would change in the file."""

from datetime import date
from pathlib import Path

from calcitrial.protocol import Protocol, parse
from calcitrial.record import Author, Decision, Draft, Place

TINY = (Path(__file__).parent / "tiny.toml").read_text("utf-8")
DANA = Author("D. Ana", "data manager")
WHY = Decision("The board asked for it", date(2026, 2, 1), "EC 7/2026")
VISIT = """
[[visits]]
id = "W24"
label = "Week 24"
kind = "follow_up"
day = 168
window = [160, 176]
status = "assumed"
note = "a test"
"""
SITE = """
[[sites]]
id = "NEW"
name = "A new site"
country = "France"
status = "assumed"
note = "a test"
"""
GRADE = '  { id = "grade_of_note", label = "Grade", type = "integer", required = true, min = 1, max = 5 },\n'


def amended(*changes: tuple[str, str], more: str = "", version: str = "2") -> Protocol:
    """Return the small study with these texts changed in its file, `more` at its end, as another version."""
    text = TINY.replace('version = "1"', f'version = "{version}"')
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return parse((text + more).encode(), "tiny.toml")


def newer() -> Protocol:
    """Return the study with a new required item, a new visit and a new site."""
    return amended(('  { id = "answer"', GRADE + '  { id = "answer"'), ("[[forms]]", VISIT + SITE + "[[forms]]"))


def note(participant: str, repeat: str = "N1", expected: int = 0, reason: str = "", **values: object) -> Draft:
    """Return a note of a participant."""
    return Draft(Place(participant, "note", repeat=repeat), values, expected, reason)


def at(site: str, participant: str) -> Draft:
    """Return a screening that opens a participant of a site."""
    return Draft(Place(participant, "screening"), {"screening_date": "2026-01-05", "age_years": 44, "site": site})
