"""One trial as registries and protocols tell it: what each source says of the WHO items, kept side by side.

A source's `Statement` is frozen and complete; a `Trial` is all statements about one trial. Nothing is merged into
one value: each item shows what every source says, and whether they contradict each other.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import orjson

from calcitrial.exchange import ITEMS, WhoItem
from calcitrial.registrations.compare import NO_FIELD, Said, verdict

YOUNGEST, OLDEST = 0.0, 200.0


@dataclass(frozen=True)
class Site:
    """A place where a trial runs, as one source gives it; '' and None where the source says nothing.

    `placed` says where its coordinates come from: 'registry', 'postal code', 'town', or '' when it has none.
    """

    name: str = ""
    town: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    status: str = ""
    contact: str = ""
    latitude: float | None = None
    longitude: float | None = None
    placed: str = ""
    standing: str = "seen"
    note: str = ""

    @property
    def address(self) -> str:
        """Return what is known of the address on one line; '' when neither town nor postal code is."""
        town = " ".join(part for part in (self.postal_code, self.town) if part)
        return ", ".join(part for part in (town, self.region, self.country) if part) if town else ""


@dataclass(frozen=True)
class Facets:
    """What a trial is found by, in the words of `terms`: lists are empty where the source says nothing.

    `healthy` is ("yes",) or ("no",): whether healthy volunteers may join.
    """

    statuses: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    sexes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    healthy: tuple[str, ...] = ()
    youngest: float | None = None
    oldest: float | None = None
    registered: str = ""


@dataclass(frozen=True)
class Statement:
    """What one source says of one trial.

    `kind` is the sort of source, `id` its own name for the trial, `ids` all registry numbers it gives, `address` where
    it can be read, `items` the WHO items in order (each with the field it came from), `remarks` what was wrong.
    """

    kind: str
    id: str
    ids: tuple[str, ...]
    address: str
    updated: str
    items: tuple[WhoItem, ...]
    facets: Facets = Facets()
    sites: tuple[Site, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return how pages name this source."""
        return f"{self.kind} {self.id}"

    @property
    def key(self) -> str:
        """Return what a later version of the same source shares with this one."""
        return f"{self.kind}:{self.id}"

    def item(self, number: str) -> WhoItem:
        """Return one of the WHO items by its number; KeyError when there is none."""
        found = self.items[PLACES[number]] if len(self.items) == len(PLACES) else None
        if found is not None and found.number == number:
            return found
        return next((item for item in self.items if item.number == number), None) or _unknown(number)

    def to_json(self) -> bytes:
        """Return the statement as JSON, without the items that its source has no field for."""
        items = [
            (one.number, one.value, one.status, one.sources, one.note)
            for one in self.items
            if one.value or one.note != NO_FIELD or one.status != "unspecified"
        ]
        head = (self.kind, self.id, self.ids, self.address, self.updated)
        return orjson.dumps((*head, items, self.facets, self.sites, self.remarks))

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Return the statement that was written as JSON."""
        kind, name, ids, address, updated, items, facets, sites, remarks = orjson.loads(content)
        told = {number: WhoItem(number, ITEMS[number], *map(_frozen, rest)) for number, *rest in items}
        return cls(
            kind=kind,
            id=name,
            ids=tuple(ids),
            address=address,
            updated=updated,
            items=tuple(
                told.get(number) or WhoItem(number, name, "", "unspecified", (), NO_FIELD)
                for number, name in ITEMS.items()
            ),
            facets=Facets(**{name: _frozen(value) for name, value in facets.items()}),
            sites=tuple(Site(**site) for site in sites),
            remarks=tuple(remarks),
        )


PLACES = {number: place for place, number in enumerate(ITEMS)}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _unknown(number: str) -> WhoItem:
    raise KeyError(f"There is no WHO item {number!r}.")


@dataclass(frozen=True)
class Item:
    """One WHO item of a trial: what each source says, and `verdict`: '', 'differ' (wording) or 'conflict'."""

    number: str
    name: str
    said: tuple[Said, ...]
    verdict: str

    @property
    def known(self) -> bool:
        """Return whether any source says something."""
        return any(said.value for said in self.said)


@dataclass(frozen=True)
class Trial:
    """One trial and everything that its sources say; `id` is the number under which it is listed."""

    id: str
    statements: tuple[Statement, ...]

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Return the WHO items in order, each with what every source says."""
        return tuple(self._item(number, name) for number, name in ITEMS.items())

    def _item(self, number: str, name: str) -> Item:
        said = tuple(told for one in self.statements for told in Said.of(one.label, one.item(number)))
        return Item(number, name, said, verdict(number, said))

    @property
    def conflicts(self) -> tuple[Item, ...]:
        """Return the items in which sources cannot all be right."""
        return tuple(item for item in self.items if item.verdict == "conflict")

    def first(self, number: str) -> str:
        """Return the first value that any source gives for an item, '' for none."""
        return next(
            (said.value for item in self.items if item.number == number for said in item.said if said.value), ""
        )

    @property
    def title(self) -> str:
        """Return the public title, else the scientific one, else the number of the trial."""
        return self.first("9") or self.first("10") or self.id

    @cached_property
    def facets(self) -> Facets:
        """Return what any of the sources says; of the limits of age the widest."""
        every = [one.facets for one in self.statements]
        if len(every) == 1:
            return every[0]
        joined = {name: tuple(dict.fromkeys(v for f in every for v in getattr(f, name))) for name in LISTS}
        youngest = [f.youngest for f in every if f.youngest is not None]
        oldest = [f.oldest for f in every if f.oldest is not None]
        registered = max((f.registered for f in every), default="")
        return Facets(
            **joined,
            youngest=min(youngest, default=None),
            oldest=max(oldest, default=None),
            registered=registered,
        )

    @property
    def sites(self) -> tuple[tuple[Site, Statement], ...]:
        """Return every site with the source that names it."""
        return tuple((site, one) for one in self.statements for site in one.sites)


LISTS = ("statuses", "phases", "sexes", "countries", "conditions", "interventions", "healthy")
