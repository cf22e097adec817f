"""The columns of every table about people: the arms, what belongs to no lesion's arm, and everybody."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from calcitrial.outcomes import arms_of
from calcitrial.record import Cut

Pair = tuple[str, str]
Kind = Literal["arm", "no_lesion", "total"]


@dataclass(frozen=True)
class Group:
    """A column: an arm, 'no_lesion' (what happened to people whose lesions have arms), or 'total'.

    `participants` are enrolled people and `lesions` theirs as (participant, lesion). Where lesions have arms a
    person stands in every arm that one of their lesions is in. `entries` are those that put them there.
    """

    id: str
    label: str
    kind: Kind
    participants: frozenset[str]
    lesions: frozenset[Pair]
    entries: tuple[int, ...]


def groups_of(cut: Cut) -> tuple[Group, ...]:
    """Return the arms (when there are several), what is at no allocated lesion, and the total, in this order."""
    enrolled = {row["participant"]: row["entries"] for row in cut.table("enrolment").iter_rows(named=True)}
    pairs = [pair for pair in cut.table("lesion").select("participant", "lesion").iter_rows() if pair[0] in enrolled]
    unit = cut.protocol.allocation.unit
    by_lesion = unit == "lesion"
    arms = [_arm(cut, arm.id, arm.label, enrolled, pairs, by_lesion) for arm in cut.protocol.arms]
    everybody = frozenset(enrolled), frozenset(pairs), _sorted(enrolled.values())
    rest = [Group("no_lesion", "At no allocated lesion", "no_lesion", *everybody)] if by_lesion else []
    return (*(arms if unit != "none" else []), *rest, Group("total", "All participants", "total", *everybody))


def _arm(cut: Cut, arm: str, label: str, enrolled: dict[str, list[int]], pairs: list[Pair], by_lesion: bool) -> Group:
    arm_of = arms_of(cut)
    keys = pairs if by_lesion else [(participant, "") for participant in sorted(enrolled)]
    placed = [(key, entries) for key in keys for found, entries in [arm_of(*key)] if found == arm]
    people = frozenset(participant for (participant, _), _ in placed)
    own = [key for key, _ in placed] if by_lesion else [pair for pair in pairs if pair[0] in people]
    behind = [*(enrolled[participant] for participant in people), *(entries for _, entries in placed)]
    return Group(arm, label, "arm", people, frozenset(own), _sorted(behind))


def _sorted(lists: Iterable[Iterable[int]]) -> tuple[int, ...]:
    return tuple(sorted({number for one in lists for number in one}))
