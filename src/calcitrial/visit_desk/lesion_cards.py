"""Lesions as the clinic shows them everywhere: named by body site and side, with number, small picture and state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from calcitrial.lesions import (
    TITLES,
    VIEWS,
    Group,
    Marker,
    State,
    draw,
    list_of,
    number_of,
    shapes,
    state_on,
    states_of,
    thumbnail,
)
from calcitrial.people import Scope
from calcitrial.record import Place
from calcitrial.web import Reading, spoken_svg

GONE, SORE = ("excised", "extruded"), ("ulcerated", "infected")


@dataclass(frozen=True)
class LesionCard:
    """One lesion for who asks: what they may not know (role, arm, state) is ''."""

    id: str
    participant: str
    site: str
    side: str
    view: str
    x: float
    y: float
    role: str
    kind: str
    found: str
    size: str
    photo: str
    arm: str
    group: Group
    states: tuple[State, ...]
    state: State | None
    listed: bool

    @property
    def number(self) -> str:
        """Return the number of the lesion within its participant."""
        return str(number_of(self.id))

    @property
    def name(self) -> str:
        """Return the lesion in the words of the clinic, such as 'elbow, extensor, left'."""
        return f"{self.site}, {self.side}"

    @property
    def gone(self) -> bool:
        """Return whether the lesion was excised or extruded by the day that is shown."""
        return self.state is not None and self.state.state in GONE

    @property
    def sign(self) -> str:
        """Return what the marker adds to the number: × for a lesion that is gone, ! for one that is sore."""
        if self.state is None:
            return ""
        return "×" if self.gone else "!" if self.state.state in SORE else ""

    @property
    def label(self) -> str:
        """Return what is said of the marker."""
        said = [self.id, self.name, self.role, self.arm, self.state.state if self.state else ""]
        return ", ".join(part for part in said if part)

    @property
    def picture(self) -> SafeString:
        """Return the small picture; it escapes nothing because it is made of numbers alone."""
        return mark_safe(thumbnail(self.view, self.x, self.y, self.group)) if self.view else SafeString("")

    def marker(self, link: str) -> Marker:
        """Return the lesion as a marker that leads to its page."""
        return Marker(self.id, self.view, self.x, self.y, self.label, self.number + self.sign, None, self.group, link)


def lesion_cards(reading: Reading, scope: Scope, day: date | None = None) -> list[LesionCard]:
    """Return every lesion of what was read, by participant and number, in the state of a day (today's without one)."""
    states = states_of(reading.protocol, reading.rows)
    listed = {
        lesion
        for participant in set(reading.rows["participant"])
        if (found := list_of(reading.protocol, reading.rows, participant)) and found.frozen
        for lesion in found.lesions
    }
    cards = [
        _card(reading, scope, row, states.get(row["lesion"], ()), day, row["lesion"] in listed)
        for row in reading.table("lesion")
    ]
    return sorted(cards, key=lambda card: (card.participant, number_of(card.id)))


def _card(
    reading: Reading, scope: Scope, row: Any, states: Sequence[State], day: date | None, listed: bool
) -> LesionCard:
    # What was read is scoped already; who is blinded gets no arm even if a row slipped through.
    arm = None if scope.blinded else reading.protocol.arm(reading.arm_of(row["participant"], row["lesion"]))
    placed = bool(row["view"] and row["map_x"] and row["map_y"])
    group: Group = "other"
    if arm is not None and row["role"] == "target":
        group = "treated" if arm.treated else "untreated"
    return LesionCard(
        id=row["lesion"],
        participant=row["participant"],
        site=row["body_site"] or "(redacted)",
        side=row["side"] or "(redacted)",
        view=row["view"] if placed else "",
        x=float(row["map_x"]) if placed else 0.0,
        y=float(row["map_y"]) if placed else 0.0,
        role="" if scope.blinded else row["role"] or "",
        kind=row["kind"] or "",
        found=" ".join(filter(None, (row.get("found"), row.get("found_on")))),
        size=_size(row),
        photo=row.get("photo") or "",
        arm=arm.label if arm else "",
        group=group,
        states=() if scope.blinded else tuple(states),
        state=None if scope.blinded else state_on(states, day),
        listed=listed and not scope.blinded,
    )


def _size(row: Any) -> str:
    sides = [row.get(name) for name in ("length", "width", "depth")]
    if not any(sides):
        return ""
    by = f" ({row['size_by']})" if row.get("size_by") else ""
    return f"{' × '.join(side or '?' for side in sides)} mm{by}"


def drawn_maps(cards: Sequence[LesionCard], address: str) -> list[tuple[str, str, SafeString]]:
    """Return (view, title, drawing) of all views; each marker leads to the page of its lesion under `address`."""
    markers = [card.marker(f"{address}{card.id}/") for card in cards if card.view]
    return [(view, TITLES[view], mark_safe(spoken_svg(draw(markers, view)))) for view in VIEWS]


def drawn_shapes() -> SafeString:
    """Return the outlines that the small pictures of a page point to; once per page."""
    return mark_safe(shapes())


def place_of(card: LesionCard) -> Place:
    """Return where the lesion's own form stands."""
    return Place(card.participant, "lesion", lesion=card.id)
