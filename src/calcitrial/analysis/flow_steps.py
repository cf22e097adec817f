"""The boxes of the flow: one arm (or everybody) received, was followed, left, lost lesions, was analysed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import polars as pl

from calcitrial.analysis.endpoint import Analysis
from calcitrial.analysis.flow_people import FlowPeople
from calcitrial.analysis.groups import Pair
from calcitrial.protocol import Arm
from calcitrial.record import Cut

Kind = str
REDACTED = "reason redacted"
NOT_STOPPED = ("completed", "screen failure")
LOST = ("lesion excised", "lesion extruded")


@dataclass(frozen=True)
class Reason:
    """Why people or lesions left at a step, with how many of each."""

    text: str
    participants: int
    lesions: int
    entries: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Return the reason as the flow diagram prints it."""
        return f"{self.text}: {_both(self.participants, self.lesions)}"


@dataclass(frozen=True)
class FlowStep:
    """One box of the flow: its kind, label and arm ('' for everybody), and the counts in it.

    `kind` is one of prescreened, not_screened (both of the log, where one was kept), screened, not_enrolled, enrolled,
    not_allocated, allocated, received, not_received, followed, discontinued, completed, ongoing, lost, analysed,
    not_analysed. A participant whose lesions are in several arms is counted in each of them. At a visit (`visit`)
    `lesions` are those of the participants who came, and `measured` those with a CT measurement (None: none planned).
    `notes` are further lines of the box; the entries are those behind the two numbers, and behind `measured`.
    """

    kind: Kind
    label: str
    arm: str
    participants: int
    lesions: int
    reasons: tuple[Reason, ...] = ()
    measured: int | None = None
    visit: str = ""
    notes: tuple[str, ...] = ()
    people_entries: tuple[int, ...] = ()
    lesion_entries: tuple[int, ...] = ()
    measured_entries: tuple[int, ...] = ()


def _both(participants: int, lesions: int) -> str:
    told = [f"{name} {count}" for name, count in (("participants", participants), ("lesions", lesions)) if count]
    return ", ".join(told) or "participants 0"


def step_of(
    people: FlowPeople, kind: Kind, label: str, arm: str, who: frozenset[str], lesions: frozenset[Pair], form: str
) -> FlowStep:
    """Return a step whose people are told by a form, and whose lesions by theirs (and by that form)."""
    behind = people.of_people(form, who)
    own = {*people.of_lesions("lesion", lesions), *people.of_lesions(form, lesions)}
    return FlowStep(kind, label, arm, len(who), len(lesions), people_entries=behind, lesion_entries=tuple(sorted(own)))


def with_reasons(step: FlowStep, reasons: Iterable[Reason] = (), notes: Iterable[str] = ()) -> FlowStep:
    """Return the step with reasons and notes."""
    return replace(step, reasons=tuple(reasons), notes=tuple(notes))


def reasons_of(people: FlowPeople, form: str, pairs: Iterable[Pair], told: Callable[[Pair], str]) -> Iterable[Reason]:
    """Yield a reason with its number of lesions for each text that lesions have."""
    by_text: dict[str, list[Pair]] = {}
    for pair in sorted(pairs):
        by_text.setdefault(told(pair), []).append(pair)
    for text, own in sorted(by_text.items()):
        # Where nothing was entered on the form, what is known is that there is such a lesion.
        yield Reason(text, 0, len(own), people.of_lesions(form, own) or people.of_lesions("lesion", own))


def received(
    cut: Cut, people: FlowPeople, arm: Arm, who: frozenset[str], lesions: frozenset[Pair]
) -> Iterable[FlowStep]:
    """Yield who got what the arm is, and who did not: an injection where the arm is treated, none where it is not."""
    if cut.protocol.form("injection") is None:
        return
    hit = people.injected & lesions
    touched, injected = frozenset(person for person, _ in hit), people.of_lesions("injection", hit)
    placed = {"none": "enrolment", "participant": "allocation", "lesion": "lesion_allocation"}
    form = placed[cut.protocol.allocation.unit]
    given, spared = ("received", "not_received") if arm.treated else ("not_received", "received")
    got = "Injected at least once" if arm.treated else "Injected, against allocation"
    without = "Not injected" if arm.treated else "Not injected, as allocated"
    first = FlowStep(given, got, arm.id, len(touched), len(hit), people_entries=injected, lesion_entries=injected)
    second = step_of(people, spared, without, arm.id, who - touched, lesions - hit, form)
    if not arm.treated:
        yield from (second, first)
        return
    withheld = cut.table("injection").filter(injected="false")
    reasons = {(p, lesion): r for p, lesion, r in withheld["participant", "lesion", "not_injected_reason"].rows()}
    named = reasons_of(people, "injection", lesions - hit, lambda pair: reasons.get(pair) or "No reason entered")
    yield from (first, with_reasons(second, named))


def followed(
    cut: Cut, people: FlowPeople, arm: str, who: frozenset[str], lesions: frozenset[Pair]
) -> Iterable[FlowStep]:
    """Yield the visits that somebody came to."""
    planned = cut.protocol.form("ct_measurement") is not None
    found = set(cut.table("ct_measurement")["participant", "lesion", "visit"].iter_rows()) if planned else set()
    seen = cut.table("visit")
    for visit in cut.protocol.visits:
        came = who & set(seen.filter(visit=visit.id)["participant"])
        if not came:
            continue
        own = frozenset(pair for pair in lesions if pair[0] in came)
        measured = [pair for pair in own if (*pair, visit.id) in found]
        with_ct = "ct_measurement" in visit.forms or bool(measured)
        yield FlowStep(
            "followed",
            visit.label,
            arm,
            len(came),
            len(own),
            measured=len(measured) if with_ct else None,
            visit=visit.id,
            people_entries=people.of_people("visit", came, visit.id),
            lesion_entries=people.of_lesions("lesion", own),
            measured_entries=people.of_lesions("ct_measurement", measured, visit.id),
        )


def ends(people: FlowPeople, arm: str, who: frozenset[str], lesions: frozenset[Pair]) -> Iterable[FlowStep]:
    """Yield who stopped, with reasons, who completed the study, and who is still in it."""
    by_person = _end_reasons(people.cut)
    for kind, label, reached in (
        ("discontinued", "Discontinued", {p for p in who if by_person.get(p, "completed") not in NOT_STOPPED}),
        ("completed", "Completed", {p for p in who if by_person.get(p) == "completed"}),
        ("ongoing", "Still in the study", {p for p in who if p not in by_person}),
    ):
        own = frozenset(pair for pair in lesions if pair[0] in reached)
        form = "enrolment" if kind == "ongoing" else "end_of_study"
        step = step_of(people, kind, label, arm, frozenset(reached), own, form)
        yield with_reasons(step, _why_left(people, by_person, reached, own)) if kind == "discontinued" else step


def _end_reasons(cut: Cut) -> dict[str, str]:
    if cut.protocol.form("end_of_study") is None:
        return {}
    return {p: reason or REDACTED for p, reason in cut.table("end_of_study").select("participant", "end_reason").rows()}


def _why_left(
    people: FlowPeople, ends: dict[str, str], reached: Iterable[str], lesions: frozenset[Pair]
) -> Iterable[Reason]:
    by_text: dict[str, list[str]] = {}
    for person in sorted(reached):
        by_text.setdefault(ends[person], []).append(person)
    for text, who in sorted(by_text.items()):
        theirs = sum(person in who for person, _ in lesions)
        yield Reason(text.capitalize(), len(who), theirs, people.of_people("end_of_study", who))


def lost(cut: Cut, people: FlowPeople, arm: str, lesions: frozenset[Pair]) -> Iterable[FlowStep]:
    """Yield the lesions that were lost while the person went on: excised or extruded, as entered."""
    if cut.protocol.form("intercurrent_event") is None:
        return
    found: dict[str, dict[Pair, list[int]]] = {}
    for row in cut.table("intercurrent_event").iter_rows(named=True):
        pair = row["participant"], row["ice_lesion"] or ""
        if row["ice_kind"] in LOST and pair in lesions:
            found.setdefault(row["ice_kind"].removeprefix("lesion "), {}).setdefault(pair, []).extend(row["entries"])
    pairs = frozenset(pair for own in found.values() for pair in own)
    numbers = {text: tuple(sorted(n for own in pairs.values() for n in own)) for text, pairs in found.items()}
    reasons = tuple(Reason(text.capitalize(), 0, len(found[text]), numbers[text]) for text in sorted(found))
    people_with = len({person for person, _ in pairs})
    entries = tuple(sorted({n for own in numbers.values() for n in own}))
    yield FlowStep(
        "lost",
        "Lesions excised or extruded",
        arm,
        people_with,
        len(pairs),
        reasons,
        people_entries=entries,
        lesion_entries=entries,
    )


def analysed(
    people: FlowPeople, analysis: Analysis, arm: Arm, who: frozenset[str], lesions: frozenset[Pair]
) -> Iterable[FlowStep]:
    """Yield who is in the primary analysis and who is not; the two add up to those allocated."""
    own = analysis.data.filter(pl.col("participant").is_in(sorted(who)))
    own = own.filter(pl.col("arm") == arm.id) if arm.id else own
    used, left_out = own.filter("used"), own.filter(pl.col("excluded") != "")
    in_model, inside = set(used["lesion"]) - {""}, set(used["participant"])
    behind = _numbers(used)
    counts = len(inside), len(in_model)
    yield FlowStep("analysed", "In the primary analysis", arm.id, *counts, people_entries=behind, lesion_entries=behind)
    reasons = []
    for text in sorted(set(left_out["excluded"])):
        rows = left_out.filter(excluded=text)
        named = set(rows["lesion"]) - {""}
        told = ((text.capitalize(), named - in_model), (f"Analysed without some visits: {text}", named & in_model))
        for words, found in told:
            if found:
                reasons.append(Reason(words, 0, len(found), _numbers(rows.filter(pl.col("lesion").is_in(found)))))
    unseen = [pair for pair in lesions if pair[1] not in in_model | set(left_out["lesion"])]
    if unseen and in_model:
        reasons.append(Reason("No measurement after baseline", 0, len(unseen), people.of_lesions("lesion", unseen)))
    outside = [pair for pair in lesions if pair[1] not in in_model] if in_model else []
    yield FlowStep(
        "not_analysed",
        "Not in the primary analysis",
        arm.id,
        len(who - inside),
        len(outside),
        tuple(reasons),
        people_entries=people.of_people("enrolment", who - inside),
        lesion_entries=people.of_lesions("lesion", outside),
    )


def _numbers(rows: pl.DataFrame) -> tuple[int, ...]:
    return tuple(sorted({number for entries in rows["entries"] for number in entries}))
