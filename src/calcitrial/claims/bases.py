"""What a sentence may rest on: the places of a protocol, the reports of the base, and the numbers each allows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from calcitrial.claims.wording import numbers_in
from calcitrial.evidence import CONDITIONS, OUTCOMES, Study
from calcitrial.protocol import Criterion, Fact, Protocol, Sourced, Visit, sourced_parts
from calcitrial.synthesis import PooledShare, synthesise

EVIDENCE, HOUSE, POOLED = "evidence.", "house.", "pooled."


@dataclass(frozen=True)
class Ground:
    """What a page stands on: the protocol, the reports, and the texts of the house in the page's language."""

    protocol: Protocol
    reports: Sequence[Study]
    house: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def places(self) -> dict[str, Sourced]:
        """Return every place of the protocol that has a status."""
        return dict(sourced_parts(self.protocol))

    @cached_property
    def route(self) -> str:
        """Return the trial's route."""
        return trial_route(self.protocol, self.reports)

    @cached_property
    def conditions(self) -> frozenset[str]:
        """Return the codes of the conditions that the criteria name."""
        return trial_conditions(self.protocol)

    @cached_property
    def named(self) -> frozenset[str]:
        """Return the conditions that a page may name: a child's form of a disease goes by the disease's name."""
        more = {"DM", "IIM"} if self.conditions & {"JDM", "DM"} else set[str]()
        return self.conditions | more | ({"PHP1A"} if "iPPSD2" in self.conditions else set())

    @cached_property
    def own(self) -> tuple[Study, ...]:
        """Return the reports of the trial's own route in its own people, but for those that a later one replaced."""
        alike = [one for one in self.reports if one.route == self.route and self.conditions & set(one.conditions)]
        return tuple(one for one in alike if not one.superseded_by)

    def pooled(self, basis: str) -> PooledShare | None:
        """Return the share that `pooled.outcome/what is counted` names, pooled over `own`; None for no such pool."""
        outcome, _, counted = basis.removeprefix(POOLED).partition("/")
        if not self.own or outcome not in OUTCOMES:
            return None
        found = synthesise(self.route, outcome, self.own)
        return next((pool for pool in found.pools if pool.counted == counted), None)

    def report(self, basis: str) -> Study | None:
        """Return the report that `evidence.ID` or `evidence.ID/outcome` names, or None."""
        name = basis.removeprefix(EVIDENCE).split("/")[0]
        return next((study for study in self.reports if study.id == name), None)

    def knows(self, basis: str) -> bool:
        """Return whether there is such a place, report or text."""
        if basis.startswith(HOUSE):
            return basis.removeprefix(HOUSE) in self.house
        if basis.startswith(POOLED):
            return self.pooled(basis) is not None
        return self.report(basis) is not None if basis.startswith(EVIDENCE) else basis in self.places

    def words(self, basis: str) -> str:
        """Return the words of a place of the protocol; '' for a report, whose words a sentence must count or quote."""
        part = self.places.get(basis)
        if part is None:
            return ""
        value = _text(part) if isinstance(part, Fact) else str(getattr(part, "text", ""))
        return f"{value} {part.note}"

    def numbers(self, basis: str) -> frozenset[str]:
        """Return the numbers that a sentence with this basis may print."""
        if basis.startswith(EVIDENCE):
            report = self.report(basis)
            return frozenset(_of_report(report)) if report else frozenset()
        if basis.startswith(POOLED):
            pool = self.pooled(basis)
            return frozenset(_of_pool(pool)) if pool else frozenset()
        if basis.startswith(HOUSE):
            return numbers_in(self.house.get(basis.removeprefix(HOUSE), ""))
        return frozenset(_of_part(self.places[basis])) if basis in self.places else frozenset()


def trial_route(protocol: Protocol, reports: Sequence[Study]) -> str:
    """Return the route of the evidence base that the trial's intervention and title name; '' when none is named."""
    fact = protocol.facts.get("intervention")
    said = [protocol.name, *(arm.label for arm in protocol.arms), _text(fact) if fact else ""]
    words = " ".join(said).lower()
    return next((route for route in dict.fromkeys(study.route for study in reports) if route.lower() in words), "")


def trial_conditions(protocol: Protocol) -> frozenset[str]:
    """Return the codes of CONDITIONS that the inclusion criteria name."""
    quoted = re.findall(r'"([^"]+)"', " ".join(one.expression for one in protocol.criteria if one.type == "inclusion"))
    return frozenset(quoted) & frozenset(CONDITIONS)


def values_of(fact: Fact) -> tuple[str, ...]:
    """Return the values of a fact as texts."""
    if fact.value is None:
        return ()
    return tuple(str(one) for one in (fact.value if isinstance(fact.value, tuple) else (fact.value,)))


def _text(fact: Fact) -> str:
    return " ".join(values_of(fact))


def _of_part(part: Sourced) -> Iterator[str]:
    if isinstance(part, Fact):
        yield from numbers_in(f"{_text(part)} {part.unit} {part.note}")
    elif isinstance(part, Criterion):
        yield from numbers_in(part.text)
    elif isinstance(part, Visit):
        yield from numbers_in(f"{part.label} {part.day} {abs(part.day)} {abs(part.day) // 7}")
    else:
        yield from numbers_in(" ".join(value for _, value in part if isinstance(value, str)))


def _of_pool(pool: PooledShare) -> Iterator[str]:
    one = pool.pooled
    yield from (str(number) for number in (one.events, one.n, one.k))
    yield from (str(round(100 * share)) for share in (one.estimate, one.low, one.high))


def _of_report(report: Study) -> Iterator[str]:
    words = (report.year, report.n_patients, report.n_lesions, report.n_treatments, report.concentration)
    more = (report.schedule, report.followup, report.population, report.design, report.mg_per_ml)
    said = " ".join(str(one) for one in (*words, *more) if one is not None)
    yield from numbers_in(said)
    for count in report.counts:
        yield from (str(count.events), str(count.denominator))
