"""Participant flow after CONSORT 2010 item 13: how many people and lesions at each step, and why they left."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from calcitrial.analysis.endpoint import Analysis
from calcitrial.outcomes import arms_of
from calcitrial.protocol import Arm, Protocol
from calcitrial.record import Cut

Kind = str
REDACTED = "reason redacted"
NOT_STOPPED = ("completed", "screen failure")


@dataclass(frozen=True)
class Reason:
    """Why people or lesions left at a step, with how many of each."""

    text: str
    participants: int
    lesions: int

    def __str__(self) -> str:
        """Return the reason as the flow diagram prints it."""
        counted = f"participants {self.participants}" if self.participants else f"lesions {self.lesions}"
        return f"{self.text}: {counted}"


@dataclass(frozen=True)
class FlowStep:
    """One box of the flow: its kind, label and arm ('' for everybody), and the counts in it.

    `kind` is one of screened, not_enrolled, enrolled, allocated, followed, discontinued, completed, analysed,
    not_analysed. A participant whose lesions are in several arms is counted in each of them. At a visit `lesions`
    are those of the participants who came, and `measured` those with a CT measurement (None: none planned).
    """

    kind: Kind
    label: str
    arm: str
    participants: int
    lesions: int
    reasons: tuple[Reason, ...] = ()
    measured: int | None = None


@dataclass(frozen=True)
class _People:
    """Who is where: enrolled codes, all lesions as (participant, lesion), and each pair's arm."""

    screened: frozenset[str]
    enrolled: frozenset[str]
    lesions: frozenset[tuple[str, str]]
    arm: dict[tuple[str, str], str]

    def in_arm(self, arm: str) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
        """Return enrolled participants and their lesions in an arm; '' is every arm."""
        pairs = frozenset(pair for pair in self.lesions if pair[0] in self.enrolled)
        if not arm:
            return self.enrolled, pairs
        chosen = frozenset(pair for pair in pairs if self.arm.get(pair) == arm)
        people = {p for p, _ in chosen} | {p for p in self.enrolled if self.arm.get((p, "")) == arm}
        return frozenset(people), chosen


def flow(cut: Cut, analysis: Analysis | None = None) -> tuple[FlowStep, ...]:
    """Return the steps of a trial in order, each with the numbers of participants and of lesions.

    Without an analysis the last step is left out. Numbers are of the cut, whatever the size of the trial.
    """
    people = _people(cut)
    steps = [*_before(cut, people)]
    for arm in shown_arms(cut.protocol):
        steps += _after(cut, people, arm, analysis)
    return tuple(steps)


def shown_arms(protocol: Protocol) -> tuple[Arm, ...]:
    """Return the arms as columns of the flow: one that stands for everybody when the protocol has none."""
    return protocol.arms or (Arm(id="", label="All participants", treated=True),)


def _people(cut: Cut) -> _People:
    arm_of = arms_of(cut)
    pairs = frozenset((p, lesion) for p, lesion in cut.table("lesion").select("participant", "lesion").iter_rows())
    enrolled = frozenset(cut.table("enrolment")["participant"])
    everyone = pairs | {(participant, "") for participant in enrolled}
    arms = {pair: arm_of(*pair)[0] for pair in everyone}
    return _People(frozenset(cut.table("screening")["participant"]), enrolled, pairs, arms)


def _before(cut: Cut, people: _People) -> Iterable[FlowStep]:
    """Yield the steps before allocation."""
    yield FlowStep("screened", "Screened", "", len(people.screened), len(people.lesions))
    outside = people.screened - people.enrolled
    lost = [pair for pair in people.lesions if pair[0] in outside]
    yield FlowStep("not_enrolled", "Not enrolled", "", len(outside), len(lost), _not_enrolled(cut, outside))
    kept = len(people.lesions) - len(lost)
    yield FlowStep("enrolled", "Enrolled", "", len(people.enrolled), kept)


def _not_enrolled(cut: Cut, outside: frozenset[str]) -> tuple[Reason, ...]:
    """Return why people were not enrolled; one person may fail several criteria."""
    failing = {(c.id, "false" if c.type == "inclusion" else "true"): c.text for c in cut.protocol.criteria}
    failed: dict[str, set[str]] = {}
    for row in cut.table("criterion").iter_rows(named=True):
        if row["participant"] in outside and (row["repeat"], row["result"]) in failing:
            failed.setdefault(f"{row['repeat']} {failing[row['repeat'], row['result']]}", set()).add(row["participant"])
    told = [Reason(_failed(cut, text), len(who), 0) for text, who in sorted(failed.items())]
    rest = outside - {person for who in failed.values() for person in who}
    return (*told, Reason("Not yet decided", len(rest), 0)) if rest else tuple(told)


def _failed(cut: Cut, text: str) -> str:
    criterion, words = text.split(" ", 1)
    kind = next(c.type for c in cut.protocol.criteria if c.id == criterion)
    return f"{'Excluded by' if kind == 'exclusion' else 'Not met'}: {words} ({criterion})"


def _after(cut: Cut, people: _People, arm: Arm, analysis: Analysis | None) -> Iterable[FlowStep]:
    """Yield the steps of one arm from allocation to analysis."""
    who, lesions = people.in_arm(arm.id)
    label = "Allocated" if cut.protocol.allocation.unit != "none" else "Assigned to treatment"
    yield FlowStep("allocated", label, arm.id, len(who), len(lesions))
    planned = cut.protocol.form("ct_measurement") is not None
    found = set(cut.table("ct_measurement").select("lesion", "visit").iter_rows()) if planned else set()
    seen = cut.table("visit")
    for visit in cut.protocol.visits:
        came = who & set(seen.filter(visit=visit.id)["participant"])
        if came:
            own = [lesion for person, lesion in lesions if person in came]
            measured = sum((lesion, visit.id) in found for lesion in own)
            with_ct = "ct_measurement" in visit.forms or measured > 0
            counts = (len(came), len(own))
            yield FlowStep("followed", visit.label, arm.id, *counts, measured=measured if with_ct else None)
    yield from _ends(cut, who, lesions, arm)
    if analysis is not None:
        yield from _analysed(analysis, arm, who, lesions)


def _ends(cut: Cut, who: frozenset[str], lesions: frozenset[tuple[str, str]], arm: Arm) -> Iterable[FlowStep]:
    ends = {p: reason or REDACTED for p, reason in cut.table("end_of_study").select("participant", "end_reason").rows()}
    for kind, label, reached in (
        ("discontinued", "Discontinued", {p for p in who if ends.get(p, "completed") not in NOT_STOPPED}),
        ("completed", "Completed", {p for p in who if ends.get(p) == "completed"}),
    ):
        counted = Counter(ends[person] for person in reached)
        reasons = tuple(Reason(text.capitalize(), count, 0) for text, count in sorted(counted.items()))
        own = sum(person in reached for person, _ in lesions)
        yield FlowStep(kind, label, arm.id, len(reached), own, reasons if kind == "discontinued" else ())


def _analysed(
    analysis: Analysis, arm: Arm, who: frozenset[str], lesions: frozenset[tuple[str, str]]
) -> Iterable[FlowStep]:
    """Yield who is in the primary analysis and who is not; the two add up to those allocated."""
    own = analysis.data.filter(pl.col("participant").is_in(sorted(who)))
    own = own.filter(pl.col("arm") == arm.id) if arm.id else own
    used, left_out = own.filter("used"), own.filter(pl.col("excluded") != "")
    yield FlowStep("analysed", "In the primary analysis", arm.id, *_counts(used))
    in_model, people = set(used["lesion"]) - {""}, set(used["participant"])
    reasons = []
    for text in sorted(set(left_out["excluded"])):
        named = set(left_out.filter(excluded=text)["lesion"]) - {""}
        told = ((text.capitalize(), named - in_model), (f"Analysed without some visits: {text}", named & in_model))
        reasons += [Reason(words, 0, len(found)) for words, found in told if found]
    unseen = [pair for pair in lesions if pair[1] not in in_model | set(left_out["lesion"])]
    if unseen and in_model:
        reasons.append(Reason("No measurement after baseline", 0, len(unseen)))
    lost = sum(lesion not in in_model for _, lesion in lesions) if in_model else 0
    yield FlowStep("not_analysed", "Not in the primary analysis", arm.id, len(who - people), lost, tuple(reasons))


def _counts(rows: pl.DataFrame) -> tuple[int, int]:
    """Return the numbers of participants and of lesions in rows."""
    lesions: Sequence[str] = rows.filter(pl.col("lesion") != "")["lesion"].unique().to_list()
    return rows["participant"].n_unique(), len(lesions)
