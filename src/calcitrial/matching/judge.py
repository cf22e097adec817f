"""Every criterion of a trial for one person, with its reason; and the order of trials, or of people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from calcitrial.matching.facts import Facts
from calcitrial.participants import Assessment, assess
from calcitrial.protocol import Protocol

Standing = Literal["against", "open", "nothing against"]


@dataclass(frozen=True)
class Match:
    """One person and one trial: every criterion with its result and the values behind it.

    `title` is that of a registry record, '' for a trial that is judged by its own protocol.
    """

    person: str
    study: str
    assessments: tuple[Assessment, ...]
    title: str = ""

    @property
    def against(self) -> tuple[Assessment, ...]:
        """Return the criteria that speak against it."""
        return tuple(one for one in self.assessments if one.met == "false")

    @property
    def unknown(self) -> tuple[Assessment, ...]:
        """Return the criteria that are not known."""
        return tuple(one for one in self.assessments if one.met == "unknown")

    @property
    def standing(self) -> Standing:
        """Return 'against', 'open' (something is unknown), or 'nothing against'; never 'eligible'."""
        if self.against:
            return "against"
        return "open" if self.unknown else "nothing against"

    @property
    def order(self) -> tuple[bool, int, int, bool, str, str]:
        """Return the place in a ranking: what nothing speaks against first, then what leaves least unknown.

        Where that is the same, a trial that is judged by its own protocol comes before a record.
        """
        return bool(self.against), len(self.against), len(self.unknown), bool(self.title), self.study, self.person


def judge(protocol: Protocol, facts: Facts) -> Match:
    """Return every criterion of a trial for one person; of several diagnoses the one that fits best counts."""
    found = [Match(facts.person, protocol.id, assess(protocol, _asked(protocol, one))) for one in facts.readings()]
    return min(found, key=lambda match: match.order)


def _asked(protocol: Protocol, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values without a diagnosis that the trial has no word for; there it is some other disease."""
    form = protocol.form("screening")
    item = next((one for one in form.items if one.id == "diagnosis"), None) if form else None
    given = values.get("diagnosis", "")
    if given and item and item.choices and given not in item.choices:
        rest = {name: value for name, value in values.items() if name != "diagnosis"}
        return {**rest, "diagnosis": "other"} if "other" in item.choices else rest
    return dict(values)


def rank_trials(protocols: Iterable[Protocol], facts: Facts) -> list[Match]:
    """Return the trials for one person, the one that fits best first; ties in the order of their ids."""
    return sorted((judge(protocol, facts) for protocol in protocols), key=lambda match: match.order)


def rank_people(protocol: Protocol, people: Iterable[Facts]) -> list[Match]:
    """Return the people for one trial, the one who fits best first; ties in the order of their names."""
    return sorted((judge(protocol, facts) for facts in people), key=lambda match: match.order)
