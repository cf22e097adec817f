"""The claim check of a page whose sentences point at what they rest on."""

import re
from collections.abc import Iterator

from calcitrial.claims.bases import EVIDENCE, HOUSE, POOLED, Ground, values_of
from calcitrial.claims.defect import Defect
from calcitrial.claims.names import two_spellings
from calcitrial.claims.page import Page, Part, Sentence
from calcitrial.claims.wording import conditions_in, numbers_in, routes_in, says
from calcitrial.evidence import Study
from calcitrial.protocol import Fact

# The one part that may speak of other routes and other people, if it names them.
ELSEWHERE = "elsewhere"
FITNESS = ("inclusion", "exclusion")
SHARE = re.compile(r"(\d+)\s+(?:people |person |personnes? )?(?:of|out of|sur)\s+(?:the |les )?(\d+)")
QUOTED = re.compile(r"“[^”]*”|«[^»]*»")
Found = tuple[str, str]


def check_page(page: Page, ground: Ground) -> list[Defect]:
    """Return everything that the page may not say, in the order of the page; empty when it may say all."""
    found = [
        Defect(reason, part.id, sentence.text, why)
        for part in page.parts
        for sentence in part.sentences
        for reason, why in _sentence(sentence, part, ground)
    ]
    return found + list(_whole(page, ground))


def _sentence(sentence: Sentence, part: Part, ground: Ground) -> Iterator[Found]:
    if not any(sentence.basis):
        yield "no_source", "it points at nothing."
        return
    unknown = [basis for basis in sentence.basis if not ground.knows(basis)]
    for basis in unknown:
        yield "unknown_source", f"there is no {basis!r}."
    if unknown:
        return
    yield from _house(sentence, ground)
    yield from _numbers(sentence, ground)
    yield from _facts(sentence, ground)
    yield from _effects(sentence, ground)
    yield from _evidence(sentence, part, ground)
    if part.id != ELSEWHERE:
        cited = {code for basis in sentence.basis if (one := ground.report(basis)) for code in one.conditions}
        for code in sorted(conditions_in(sentence.text) - ground.named - cited):
            yield "other_condition", f"{code} is not among {', '.join(sorted(ground.conditions))}."


def _house(sentence: Sentence, ground: Ground) -> Iterator[Found]:
    keys = [basis.removeprefix(HOUSE) for basis in sentence.basis if basis.startswith(HOUSE)]
    if keys and len(keys) == len(sentence.basis) and sentence.text != " ".join(ground.house[key] for key in keys):
        yield "changed_text", f"the catalogue has {ground.house[keys[0]][:60]!r}."


def _numbers(sentence: Sentence, ground: Ground) -> Iterator[Found]:
    allowed = {number for basis in sentence.basis for number in ground.numbers(basis)}
    # So many places may be counted: "6 visits".
    allowed |= {str(number) for number in range(1, len(sentence.basis) + 1) if sentence.basis[0].startswith("visits.")}
    wrong = sorted(numbers_in(sentence.text) - allowed)
    if wrong:
        yield "wrong_number", f"{', '.join(wrong)} stands in none of {', '.join(sentence.basis)}."


def _effects(sentence: Sentence, ground: Ground) -> Iterator[Found]:
    """Yield an effect, or a share in words, that neither a count nor the words of the fact behind it support."""
    own = QUOTED.sub("", sentence.text)
    # A sentence that names its outcome is held to the counts of its report.
    if sentence.outcome or SHARE.search(own) or all(basis.startswith(HOUSE) for basis in sentence.basis):
        return
    behind = " ".join(ground.words(basis) for basis in sentence.basis)
    if says("share", own) and not says("share", behind):
        yield "no_denominator", "a share is told in words, without how many people of how many."
    elif says("effect", own) and not (says("effect", behind) or says("comfort", behind)):
        yield "no_denominator", "an effect is told without how many people of how many."


def _facts(sentence: Sentence, ground: Ground) -> Iterator[Found]:
    for basis in sentence.basis:
        part = ground.places.get(basis)
        if part is None:
            continue
        if part.status == "unspecified" and not says("not_public", sentence.text):
            yield "told_as_public", f"{basis} is not public."
        if part.status == "assumed" and not says("not_confirmed", sentence.text):
            yield "told_as_confirmed", f"{basis} is assumed: {part.note}"
        if part.status == "conflict" and isinstance(part, Fact):
            absent = [value for value in values_of(part) if not numbers_in(value) <= numbers_in(sentence.text)]
            if absent:
                yield "one_of_two", f"{basis} has the values {', '.join(values_of(part))}."


def _evidence(sentence: Sentence, part: Part, ground: Ground) -> Iterator[Found]:
    reports = [report for basis in sentence.basis if basis.startswith(EVIDENCE) and (report := ground.report(basis))]
    for report in reports:
        if report.superseded_by:
            yield "superseded", f"{report.id} is replaced by {report.superseded_by}."
        yield from _route(sentence, part, ground, report)
        if part.id != ELSEWHERE and not ground.conditions & set(report.conditions):
            yield "wrong_population", f"{report.id} is about {', '.join(report.conditions)}."
        yield from _outcome(sentence, report)
    for pool in (pool for basis in sentence.basis if basis.startswith(POOLED) and (pool := ground.pooled(basis))):
        if (str(pool.pooled.events), str(pool.pooled.n)) not in SHARE.findall(sentence.text):
            yield "no_denominator", f"the pooled share is {pool.pooled.events} of {pool.pooled.n} people."
        return
    if not reports and sentence.outcome:
        yield "no_source", f"it speaks of {sentence.outcome} and cites no report."


def _route(sentence: Sentence, part: Part, ground: Ground, report: Study) -> Iterator[Found]:
    if sentence.route != report.route:
        yield "wrong_route", f"{report.id} is {report.route}, the sentence speaks of {sentence.route or 'no route'}."
    elif part.id != ELSEWHERE and report.route != ground.route:
        yield "wrong_route", f"{report.id} is {report.route}, the trial {ground.route or 'names no route'}."
    elif report.route != ground.route and report.route not in routes_in(sentence.text):
        yield "wrong_route", f"{report.id} is {report.route}, and the sentence does not say so."


def _outcome(sentence: Sentence, report: Study) -> Iterator[Found]:
    if not sentence.outcome:
        if "%" in sentence.text:
            yield "no_denominator", "a share stands without the outcome that it counts."
        return
    counts = {(str(one.events), str(one.denominator)) for one in report.counts_of(sentence.outcome)}
    told = set(SHARE.findall(sentence.text))
    if not counts:
        yield "wrong_outcome", f"{report.id} counts no {sentence.outcome}."
    elif not told:
        yield "no_denominator", f"{report.id} has {', '.join(f'{a} of {b}' for a, b in sorted(counts))}."
    elif not told & counts:
        yield "wrong_number", f"{report.id} has {', '.join(f'{a} of {b}' for a, b in sorted(counts))}."


def _whole(page: Page, ground: Ground) -> Iterator[Defect]:
    if page.definition and page.definition != ground.protocol.digest:
        why = f"it was made from definition {page.definition[:12]}, now it is {ground.protocol.digest[:12]}."
        yield Defect("superseded", "page", "", why)
    for name in FITNESS:
        part = page.part(name)
        if part is None or not part.sentences:
            yield Defect("empty_criteria", name, "", "no criterion is listed.")
    text = " \n".join(sentence.text for part in page.parts for sentence in part.sentences)
    for wrong, right in two_spellings(text, [person.name for person in ground.protocol.people]):
        yield Defect("two_spellings", "page", wrong, f"also {right}.")
