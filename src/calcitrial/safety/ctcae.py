"""The words for adverse events: CTCAE v5.0, its terms, its grades, and which grade exists for which term.

The Common Terminology Criteria for Adverse Events v5.0 are a public document of the US National Cancer
Institute, 27 November 2017. `ctcae5.csv` holds all 837 terms of its spreadsheet; the MedDRA codes, which are
licensed, are left out. The version is part of the file's name because a newer one is being written.
"""

import csv
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from calcitrial.protocol import Problem

TABLE = Path(__file__).parent / "ctcae5.csv"
VERSION = "CTCAE v5.0"
GRADES = range(1, 6)


@dataclass(frozen=True)
class Term:
    """One CTCAE term: its organ class, the text of each grade that exists, its definition and note."""

    soc: str
    name: str
    grades: Mapping[int, str]
    definition: str
    note: str


def terms() -> tuple[Term, ...]:
    """Return all terms of CTCAE v5.0 in the document's order."""
    return tuple(_by_name().values())


def term(name: str) -> Term | None:
    """Return the term with this name, whatever its capitals, or None."""
    return _by_name().get(_key(name))


def find_terms(words: str, limit: int = 10) -> tuple[Term, ...]:
    """Return at most `limit` terms that hold every word, or else those spelled most alike.

    Names come first, then definitions, then the texts of the grades; the tuple is empty when nothing is alike.
    """
    wanted = _key(words).split()
    if not wanted:
        return ()
    named = [t for t in terms() if all(word in _key(t.name) for word in wanted)]
    named.sort(key=lambda t: len(t.name))
    defined = [t for t in terms() if t not in named and all(word in _key(t.definition) for word in wanted)]
    graded = [t for t in terms() if t not in [*named, *defined] and all(word in _everything(t) for word in wanted)]
    return tuple([*named, *defined, *graded][:limit]) or _alike(words, limit)


def grade_text(name: str, grade: int) -> str | None:
    """Return what CTCAE says of this grade of this term, or None when the term or the grade does not exist."""
    found = term(name)
    return found.grades.get(grade) if found else None


def check_event(values: Mapping[str, object]) -> tuple[Problem, ...]:
    """Return what is wrong with the term and the grade of an adverse event; empty when nothing is.

    `values` are those of the form `adverse_event`; an empty term or grade is left to the form's own check.
    """
    name, grade = str(values.get("term") or "").strip(), str(values.get("grade") or "").strip()
    if not name:
        return ()
    found = term(name)
    if found is None:
        near = ", ".join(t.name for t in find_terms(name, 5)) or "none is near; search by one word"
        what = f"{name!r} is not a term of {VERSION}."
        return (Problem("adverse_event.term", what, f"Nearest terms: {near}."),)
    if not grade or (grade.isdecimal() and int(grade) in found.grades):
        return ()
    existing = ", ".join(str(number) for number in found.grades)
    what = f"{found.name} has no grade {grade} in {VERSION}."
    return (Problem("adverse_event.grade", what, f"Its grades are {existing}."),)


def _everything(one: Term) -> str:
    return _key(" ".join((one.name, one.definition, *one.grades.values())))


def _alike(words: str, limit: int) -> tuple[Term, ...]:
    near = difflib.get_close_matches(_key(words), _by_name(), n=limit, cutoff=0.5)
    return tuple(_by_name()[name] for name in near)


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


@cache
def _by_name() -> Mapping[str, Term]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        found = [_term(row) for row in csv.DictReader(lines)]
    return MappingProxyType({_key(t.name): t for t in found})


def _term(row: Mapping[str, str]) -> Term:
    # An empty cell is the document's dash: this grade does not exist for this term.
    grades = {grade: row[f"grade{grade}"].strip() for grade in GRADES if row[f"grade{grade}"].strip()}
    soc, name, note = row["soc"].strip(), row["term"].strip(), row["navigational_note"].strip()
    return Term(soc, name, MappingProxyType(grades), row["definition"].strip(), note)
