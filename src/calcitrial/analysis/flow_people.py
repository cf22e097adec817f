"""Who is where in the flow: people, their lesions, the arm of each, and the entries that say so."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from calcitrial.analysis.groups import Pair
from calcitrial.outcomes import arms_of
from calcitrial.record import Cut


@dataclass(frozen=True)
class FlowPeople:
    """The people and lesions of a cut, as the flow counts them; lesions are (participant, lesion)."""

    cut: Cut

    @cached_property
    def screened(self) -> frozenset[str]:
        """Return everybody who was screened."""
        return frozenset(self.cut.table("screening")["participant"])

    @cached_property
    def enrolled(self) -> frozenset[str]:
        """Return everybody who was enrolled."""
        return frozenset(self.cut.table("enrolment")["participant"])

    @cached_property
    def lesions(self) -> frozenset[Pair]:
        """Return every lesion, of people not enrolled too."""
        return frozenset(self.cut.table("lesion").select("participant", "lesion").iter_rows())

    @cached_property
    def arm(self) -> dict[Pair, str]:
        """Return the arm of each lesion, and of each enrolled person as (participant, '')."""
        arm_of = arms_of(self.cut)
        return {pair: arm_of(*pair)[0] for pair in self.lesions | {(person, "") for person in self.enrolled}}

    @cached_property
    def injected(self) -> frozenset[Pair]:
        """Return the lesions that were injected at least once."""
        if self.cut.protocol.form("injection") is None:
            return frozenset()
        rows = self.cut.table("injection").filter(injected="true")
        return frozenset(rows.select("participant", "lesion").iter_rows())

    @property
    def by_lesion(self) -> bool:
        """Return whether arms are given to lesions."""
        return self.cut.protocol.allocation.unit == "lesion"

    def in_arm(self, arm: str) -> tuple[frozenset[str], frozenset[Pair]]:
        """Return enrolled participants and their lesions in an arm; '' is every arm."""
        pairs = frozenset(pair for pair in self.lesions if pair[0] in self.enrolled)
        if not arm:
            return self.enrolled, pairs
        chosen = frozenset(pair for pair in pairs if self.arm.get(pair) == arm)
        people = {p for p, _ in chosen} | {p for p in self.enrolled if self.arm.get((p, "")) == arm}
        return frozenset(people), chosen

    def of_people(self, form: str, who: Iterable[str], visit: str = "") -> tuple[int, ...]:
        """Return the entries of a form about these people, at one visit or at all."""
        wanted = set(who)
        return tuple(
            sorted(
                number
                for person, _lesion, at, numbers in self._rows(form)
                if person in wanted and (not visit or at == visit)
                for number in numbers
            )
        )

    def of_lesions(self, form: str, pairs: Iterable[Pair], visit: str = "") -> tuple[int, ...]:
        """Return the entries of a form about these lesions, at one visit or at all."""
        wanted = set(pairs)
        return tuple(
            sorted(
                number
                for person, lesion, at, numbers in self._rows(form)
                if (person, lesion) in wanted and (not visit or at == visit)
                for number in numbers
            )
        )

    def _rows(self, form: str) -> list[tuple[str, str, str, list[int]]]:
        if form not in self._tables:
            known = self.cut.protocol.form(form) is not None
            rows = self.cut.table(form).select("participant", "lesion", "visit", "entries").rows() if known else []
            self._tables[form] = rows
        return self._tables[form]

    @cached_property
    def _tables(self) -> dict[str, list[tuple[str, str, str, list[int]]]]:
        return {}
