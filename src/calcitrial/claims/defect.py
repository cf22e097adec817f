"""What is wrong with a sentence of a page: a reason from a fixed list, the sentence, and why."""

from dataclasses import dataclass

from calcitrial.protocol import Problem

# Reason: how it is called, and what to do.
REASONS = {
    "no_source": ("No source", "Point at a fact of the protocol or at a report."),
    "unknown_source": ("Unknown source", "Point at something that is there."),
    "no_denominator": ("No denominator", "Say how many people of how many."),
    "wrong_number": ("Number not in its source", "Write the number that the source has."),
    "wrong_route": ("Wrong route", "Cite a report of the trial's own route, or name the other route among other uses."),
    "wrong_population": ("Wrong population", "Cite a report of people with the trial's conditions."),
    "wrong_outcome": ("Wrong outcome", "Cite a report that counts this outcome."),
    "superseded": ("Superseded", "Make the page anew from what is known now."),
    "told_as_public": ("Not public", "Say that it is not public, and no value."),
    "told_as_confirmed": ("Assumed", "Say that it is not confirmed."),
    "one_of_two": ("One of several values", "Show all the values that are in public."),
    "two_spellings": ("Spelled two ways", "Write the name as the protocol does."),
    "other_condition": ("Condition not in the criteria", "Name only conditions of the criteria."),
    "empty_criteria": ("Empty criteria", "List the criteria, or say that they are not public."),
    "empty_field": ("Empty field", "Write the value, or say that it is not public."),
    "changed_text": ("Not the text of the house", "Use the text as it stands in the catalogue."),
}


@dataclass(frozen=True)
class Defect:
    """One thing that a page may not say: the reason, the part it stands in, the sentence, and why."""

    reason: str
    part: str
    sentence: str
    why: str


def problem_of(defect: Defect, page: str) -> Problem:
    """Return the defect as a problem of a page, with what to do."""
    name, instead = REASONS[defect.reason]
    quoted = f" {defect.sentence[:90]!r}:" if defect.sentence else ""
    return Problem(f"{page}, {defect.part}", f"{name}:{quoted} {defect.why}", instead)
