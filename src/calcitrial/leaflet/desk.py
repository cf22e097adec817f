"""Where sentences are made: a place of the protocol in the words of a page, true to how well it is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from calcitrial.claims import Ground, Sentence, says
from calcitrial.evidence import Study
from calcitrial.leaflet.texts import Texts
from calcitrial.protocol import Control, Criterion, Fact, Person, Protocol, Site, Sourced


@dataclass(frozen=True)
class Desk:
    """What a page is made from: the protocol, the reports, the texts of its language."""

    protocol: Protocol
    reports: Sequence[Study]
    texts: Texts

    @cached_property
    def ground(self) -> Ground:
        """Return what the claim check holds the page against."""
        return Ground(self.protocol, self.reports, self.texts.house)

    def house(self, *keys: str) -> Iterator[Sentence]:
        """Yield sentences of the house."""
        for key in keys:
            yield Sentence(self.texts.house[key], (f"house.{key}",))

    def told(self, *places: str) -> Iterator[Sentence]:
        """Yield a sentence for each place that the protocol has; a gap is said to be one."""
        for place in places:
            part = self.ground.places.get(place)
            if part is not None:
                yield Sentence(self._words(place, part), (place,))

    def label(self, place: str) -> str:
        """Return how a place is called in the language."""
        part = self.ground.places[place]
        return self.texts.labels.get(place) or str(getattr(part, "label", "") or getattr(part, "text", "") or place)

    def hedge(self, part: Sourced) -> str:
        """Return what must be added to what is told of a part, with a space before it; '' for what is seen."""
        words = self.texts.words.get(part.status, "") if part.status in ("assumed", "inferred", "partial") else ""
        return f" {words}" if words else ""

    def _words(self, place: str, part: Sourced) -> str:
        texts = self.texts
        plain = texts.plain.get(self.protocol.id, {}).get(place, "")
        if part.status == "unspecified":
            return plain or texts.gap.get(place) or texts.words["gap"].format(label=self.label(place))
        value, number = (texts.value(part), texts.number(part)) if isinstance(part, Fact) else ("", "")
        if plain:
            whole = plain.format(value=value, number=number)
        elif isinstance(part, Fact):
            template = texts.fact.get(place, texts.words["value"])
            whole = template.format(value=value, number=number, label=self.label(place))
        else:
            whole = self._member(part)
        # What says itself that more is not public need not say it again.
        return whole if part.status == "partial" and says("not_public", whole) else whole + self.hedge(part)

    def _member(self, part: Sourced) -> str:
        if isinstance(part, Criterion):
            return f"{part.text}."
        if isinstance(part, Person):
            return self.texts.words["role"].format(name=part.name, role=self.texts.word(part.role))
        if isinstance(part, Site):
            return f"{part.name}, {self.texts.word(part.country)}."
        if isinstance(part, Control):
            return self.texts.words["control"].format(kind=self.texts.word(part.kind))
        return f"{self.texts.word(str(getattr(part, 'label', '')))}."
