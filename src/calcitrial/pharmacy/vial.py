"""The shapes of the drug accounts: receipts, movements, draws, counts, vials and the line of one lot at one site."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calcitrial.pharmacy.label import vial_id

AWAITING, AVAILABLE, QUARANTINED = "awaiting release", "available", "quarantined"
USED, RETURNED, DESTROYED, WRITTEN_OFF = "used", "returned", "destroyed", "written off"
IN_STOCK = frozenset({AWAITING, AVAILABLE, QUARANTINED})
# Which states a movement may find a vial in, and the state that it leaves it in.
MOVES: Mapping[str, tuple[frozenset[str], str]] = {
    "released": (frozenset({AWAITING}), AVAILABLE),
    "quarantined": (frozenset({AWAITING, AVAILABLE}), QUARANTINED),
    "freed": (frozenset({QUARANTINED}), AVAILABLE),
    "returned": (IN_STOCK, RETURNED),
    "destroyed": (IN_STOCK, DESTROYED),
    "written off": (IN_STOCK, WRITTEN_OFF),
}


@dataclass(frozen=True)
class Consignment:
    """Vials that came together: of one product and lot, at one site, numbered from `first` on."""

    id: str
    site: str
    product: str
    lot: str
    strength: Decimal
    volume: Decimal
    expiry: date
    first: int
    count: int
    received_on: date
    temperature_ok: bool
    single_use: bool

    def vials(self, study: str) -> list[str]:
        """Return what its vials are called."""
        return [vial_id(study, number) for number in range(self.first, self.first + self.count)]

    @property
    def content(self) -> Decimal:
        """Return the mass of drug in one vial, in mg."""
        return self.strength * self.volume


@dataclass(frozen=True)
class Movement:
    """Vials moved together: released, quarantined, freed, returned, destroyed or written off."""

    id: str
    kind: str
    site: str
    vials: tuple[str, ...]
    on: date
    reason: str
    second: str


@dataclass(frozen=True)
class Draw:
    """What one injection took out of a vial, in mg of drug (None: not known)."""

    participant: str
    visit: str
    lesion: str
    vial: str
    mass: Decimal | None


@dataclass(frozen=True)
class Count:
    """A count of a lot at a site: what was counted, what the ledger said then, and what explains a difference."""

    id: str
    site: str
    lot: str
    on: date
    counted: int
    said: int
    explanation: str

    @property
    def open(self) -> bool:
        """Return whether it differs from the ledger and nobody has explained why."""
        return self.counted != self.said and not self.explanation


@dataclass(frozen=True)
class Vial:
    """One vial: where it came from, its state, why it is in it, and what was drawn from it."""

    id: str
    of: Consignment
    state: str
    why: str = ""
    draws: tuple[Draw, ...] = ()

    @property
    def left(self) -> Decimal:
        """Return the mg of drug that injections have not drawn from it."""
        return self.of.content - sum((draw.mass or Decimal() for draw in self.draws), Decimal())


@dataclass(frozen=True)
class Line:
    """The vials of one lot at one site: received = used + returned + destroyed + in stock."""

    site: str
    lot: str
    product: str
    expiry: date
    states: Mapping[str, int]

    @property
    def received(self) -> int:
        """Return how many were received."""
        return sum(self.states.values())

    @property
    def used(self) -> int:
        """Return how many were used."""
        return self.states.get(USED, 0)

    @property
    def returned(self) -> int:
        """Return how many were returned."""
        return self.states.get(RETURNED, 0)

    @property
    def destroyed(self) -> int:
        """Return how many were destroyed or written off."""
        return self.states.get(DESTROYED, 0) + self.states.get(WRITTEN_OFF, 0)

    @property
    def in_stock(self) -> int:
        """Return how many are in stock: available, in quarantine or awaiting release."""
        return sum(self.states.get(state, 0) for state in IN_STOCK)

    @property
    def available(self) -> int:
        """Return how many may be used."""
        return self.states.get(AVAILABLE, 0)

    @property
    def quarantined(self) -> int:
        """Return how many are in quarantine."""
        return self.states.get(QUARANTINED, 0)

    @property
    def awaiting(self) -> int:
        """Return how many await their release."""
        return self.states.get(AWAITING, 0)
