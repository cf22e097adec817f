"""The claim check of a page that points at nothing: somebody else's, read for what its words alone show."""

import re
from collections.abc import Iterator
from datetime import date

from calcitrial.claims.bases import Ground, values_of
from calcitrial.claims.check import SHARE
from calcitrial.claims.defect import Defect
from calcitrial.claims.names import two_spellings
from calcitrial.claims.wording import ISO_DATE, conditions_in, routes_in, says

PERCENT = re.compile(r"\d+(?:[.,]\d+)?\s?%")
CRITERIA = re.compile(r"(inclusion|exclusion)\s+criteria\s*:?", re.IGNORECASE)
FIELD = re.compile(r"^([A-Z][\w /-]{2,40}):\s*$")
ENDED = re.compile(r"(?<=[.!?])\s+(?=[A-ZÉ])|(?<=\.)\d*(?=[A-Z][a-z])|\n")


def check_text(text: str, ground: Ground, today: date) -> list[Defect]:
    """Return the defects that a page in plain words shows against the protocol and the reports, as of a day."""
    found = [
        Defect(reason, "text", sentence, why)
        for sentence in sentences(text)
        for reason, why in _sentence(sentence, ground)
    ]
    return [*found, *_names(text, ground), *_empty(text), *_dates(text, ground, today)]


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; lines that are wrapped inside a sentence are joined first."""
    joined = re.sub(r"(?<=[\w,;)])\n(?=[a-z(])", " ", text)
    return [part.strip() for part in ENDED.split(joined) if part and len(part.split()) > 3]


def _sentence(sentence: str, ground: Ground) -> Iterator[tuple[str, str]]:
    if PERCENT.search(sentence) and not SHARE.search(sentence):
        yield "no_denominator", "a share stands without how many people of how many."
    elif says("study", sentence) and not SHARE.search(sentence):
        yield "no_denominator", "an effect is told without how many people of how many."
    other = routes_in(sentence) - {ground.route}
    if other and says("comfort", sentence) and ground.route:
        yield "wrong_route", f"it speaks of {', '.join(sorted(other))}, the trial is {ground.route}."
    for code in sorted(conditions_in(sentence) - ground.named):
        yield "other_condition", f"{code} is not among {', '.join(sorted(ground.conditions))}."
    earlier = [study for study in ground.reports if study.route == ground.route and isinstance(study.year, int)]
    if says("new", sentence) and earlier:
        first = min(earlier, key=lambda study: int(study.year or 0))
        yield "superseded", f"{first.id} reported the {ground.route} route in {first.year}."


def _names(text: str, ground: Ground) -> Iterator[Defect]:
    for wrong, right in two_spellings(text, [person.name for person in ground.protocol.people]):
        yield Defect("two_spellings", "text", wrong, f"also {right}.")


def _empty(text: str) -> Iterator[Defect]:
    lines = [line.strip() for line in CRITERIA.sub(lambda m: f"\n{m.group(0)}\n", text).splitlines() if line.strip()]
    for line, after in zip(lines, [*lines[1:], ""][: len(lines)], strict=True):
        heading = CRITERIA.fullmatch(line)
        if heading and (not after or CRITERIA.fullmatch(after) or after.startswith("Timeline")):
            yield Defect("empty_criteria", heading.group(1).lower(), "", f"nothing stands under {line!r}.")
        if FIELD.match(line) and (not after or FIELD.match(after) or after == "Summary"):
            yield Defect("empty_field", "text", line, "nothing stands there.")


def _dates(text: str, ground: Ground, today: date) -> Iterator[Defect]:
    for place, fact in ground.protocol.facts.items():
        values = values_of(fact)
        there = [value for value in values if value in text]
        if fact.status == "conflict" and any(ISO_DATE.fullmatch(value) for value in there) and len(there) < len(values):
            yield Defect("one_of_two", "text", there[0], f"facts.{place} has {', '.join(values)}.")
    ends = [date.fromisoformat(found.group(0)) for found in ISO_DATE.finditer(text) if found.group(3)]
    if ends and max(ends) < today and re.search(r"\brecruiting\b|\brecrute\b", text, re.IGNORECASE):
        why = f"it is told to recruit, and its last date, {max(ends)}, is past."
        yield Defect("superseded", "text", "Recruiting", why)
