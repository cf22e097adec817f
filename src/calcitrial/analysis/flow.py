"""Participant flow after CONSORT 2025 item 22, with lesions as in its within-person extension (Pandis 2017).

Every step has people and lesions. Where people have arms, each arm has its own steps from allocation to analysis.
Where lesions have arms, the people stay one column (they are followed, and leave, with all their lesions), and only
what happens to lesions is told by arm.
"""

import statistics
from collections import Counter
from collections.abc import Iterable

from calcitrial.analysis.endpoint import Analysis
from calcitrial.analysis.flow_people import FlowPeople
from calcitrial.analysis.flow_steps import (
    FlowStep,
    Reason,
    analysed,
    ends,
    followed,
    lost,
    reasons_of,
    received,
    step_of,
    with_reasons,
)
from calcitrial.analysis.groups import Pair
from calcitrial.protocol import Arm, Protocol
from calcitrial.record import Cut


def flow(cut: Cut, analysis: Analysis | None = None) -> tuple[FlowStep, ...]:
    """Return the steps of a trial in order, each with the numbers of participants and of lesions.

    Without an analysis the last step is left out. Numbers are of the cut, whatever the size of the trial.
    """
    people = FlowPeople(cut)
    steps = [*_before(cut, people)]
    if people.by_lesion:
        lesions = frozenset(pair for pair in people.in_arm("")[1] if people.arm.get(pair))
        who = frozenset(person for person, _ in lesions)
        steps.append(step_of(people, "allocated", "Allocated", "", who, lesions, "lesion_allocation"))
        steps += followed(cut, people, "", who, lesions)
        steps += ends(people, "", who, lesions)
    for arm in shown_arms(cut.protocol):
        steps += _after(cut, people, arm, analysis)
    return tuple(steps)


def shown_arms(protocol: Protocol) -> tuple[Arm, ...]:
    """Return the arms as columns of the flow: one that stands for everybody when the protocol has none."""
    return protocol.arms or (Arm(id="", label="All participants", treated=True),)


def _before(cut: Cut, people: FlowPeople) -> Iterable[FlowStep]:
    """Yield the steps before allocation; the pre-screening log first, where one was kept."""
    yield from _prescreened(cut)
    yield step_of(people, "screened", "Screened", "", people.screened, people.lesions, "screening")
    outside = people.screened - people.enrolled
    theirs = frozenset(pair for pair in people.lesions if pair[0] in outside)
    step = step_of(people, "not_enrolled", "Not enrolled", "", outside, theirs, "screening")
    yield with_reasons(step, _not_enrolled(cut, people, outside))
    kept = people.in_arm("")[1]
    step = step_of(people, "enrolled", "Enrolled", "", people.enrolled, kept, "enrolment")
    yield with_reasons(step, notes=_lesions_each(people, kept))
    if cut.protocol.allocation.unit != "none":
        yield from _not_allocated(cut, people, kept)


def _prescreened(cut: Cut) -> Iterable[FlowStep]:
    """Yield who was assessed before screening (CONSORT: assessed for eligibility), and why some went no further."""
    lines = list(cut.table("prescreening").iter_rows(named=True))
    if not lines:
        return
    behind = tuple(sorted(number for line in lines for number in line["entries"]))
    yield FlowStep("prescreened", "Assessed in the pre-screening log", "", len(lines), 0, people_entries=behind)
    left: dict[str, list[int]] = {}
    counts: Counter[str] = Counter()
    for line in lines:
        outcome = line["prescreening_outcome"]
        if outcome != "to be screened":
            why = line["not_eligible_reason"] or line["declined_reason"] or "reason redacted"
            text = f"{(outcome or 'outcome redacted').capitalize()}: {why}"
            counts[text] += 1
            left.setdefault(text, []).extend(line["entries"])
    reasons = [Reason(text, number, 0, tuple(sorted(left[text]))) for text, number in sorted(counts.items())]
    every = tuple(sorted(number for numbers in left.values() for number in numbers))
    step = FlowStep("not_screened", "Not screened", "", counts.total(), 0, people_entries=every)
    yield with_reasons(step, reasons)


def _lesions_each(people: FlowPeople, lesions: frozenset[Pair]) -> Iterable[str]:
    own = Counter(person for person, _ in lesions)
    counts = [own[person] for person in people.enrolled]
    if counts:
        yield f"lesions per participant: median {statistics.median(counts):g} ({min(counts)} to {max(counts)})"


def _not_allocated(cut: Cut, people: FlowPeople, kept: frozenset[Pair]) -> Iterable[FlowStep]:
    """Yield who and which lesions are in no arm, when there are any; lesions with the role that they have."""
    if people.by_lesion:
        lesions = frozenset(pair for pair in kept if not people.arm.get(pair))
        placed = {person for person, _ in kept - lesions}
        who = people.enrolled - placed
        roles = dict(zip(*cut.table("lesion").select("lesion", "role"), strict=True))
        reasons = list(reasons_of(people, "lesion", lesions, lambda pair: f"Role {roles[pair[1]] or 'redacted'}"))
    else:
        who = frozenset(person for person in people.enrolled if not people.arm.get((person, "")))
        lesions = frozenset(pair for pair in kept if pair[0] in who)
        reasons = []
    if who or lesions:
        yield with_reasons(step_of(people, "not_allocated", "Not allocated", "", who, lesions, "enrolment"), reasons)


def _not_enrolled(cut: Cut, people: FlowPeople, outside: frozenset[str]) -> Iterable[Reason]:
    """Yield why people were not enrolled; one person may fail several criteria."""
    failing = {(c.id, "false" if c.type == "inclusion" else "true"): c for c in cut.protocol.criteria}
    failed: dict[str, dict[str, list[int]]] = {}
    for row in cut.table("criterion").iter_rows(named=True) if cut.protocol.form("criterion") else ():
        criterion = failing.get((row["repeat"], row["result"]))
        if row["participant"] in outside and criterion is not None:
            kind = "Excluded by" if criterion.type == "exclusion" else "Not met"
            who = failed.setdefault(f"{kind}: {criterion.text} ({criterion.id})", {})
            who.setdefault(row["participant"], []).extend(row["entries"])
    for text, who in sorted(failed.items(), key=lambda one: one[0].partition(": ")[2]):
        yield Reason(text, len(who), 0, tuple(sorted(number for numbers in who.values() for number in numbers)))
    rest = outside - {person for who in failed.values() for person in who}
    if rest:
        yield Reason("Not yet decided", len(rest), 0, people.of_people("screening", rest))


def _after(cut: Cut, people: FlowPeople, arm: Arm, analysis: Analysis | None) -> Iterable[FlowStep]:
    """Yield the steps of one arm from allocation to analysis."""
    who, lesions = people.in_arm(arm.id)
    unit = cut.protocol.allocation.unit
    label = "Allocated" if unit != "none" else "Assigned to treatment"
    form = {"none": "enrolment", "participant": "allocation", "lesion": "lesion_allocation"}[unit]
    yield step_of(people, "allocated", label, arm.id, who, lesions, form)
    yield from received(cut, people, arm, who, lesions)
    if not people.by_lesion:
        yield from followed(cut, people, arm.id, who, lesions)
        yield from ends(people, arm.id, who, lesions)
    yield from lost(cut, people, arm.id, lesions)
    if analysis is not None:
        yield from analysed(people, analysis, arm, who, lesions)
