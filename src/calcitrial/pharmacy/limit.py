"""The limits of a dose: what the protocol says, what is assumed, and what the physician is asked because it does not.

Each limit is a fact under `dose` of the protocol. One that is unspecified, or not there at all, is asked for at each
session where it matters, and the answer is an entry (form `dose_judgement`, one per limit and session).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from calcitrial.protocol import Fact, Protocol

GROWN_UP = 18
# The limits that every session is held to: unit, and what it limits in words.
UNITS: Mapping[str, str] = {
    "max_concentration": "mg/mL",
    "volume_per_lesion": "mL",
    "max_session_dose": "mg",
    "spacing": "days",
    "injections": "injections",
}
LABELS: Mapping[str, str] = {
    "max_concentration": "Highest concentration",
    "volume_per_lesion": "Most volume per lesion and session",
    "max_session_dose": "Most drug per session, all lesions together",
    "spacing": "Fewest days between two injections of a lesion",
    "injections": "Most injections of one lesion",
}
# How protocols may write a unit, as a factor to ours.
FACTORS: Mapping[tuple[str, str], Decimal] = {
    ("g", "mg"): Decimal(1000),
    ("g/m2", "mg/m2"): Decimal(1000),
    ("weeks", "days"): Decimal(7),
    ("g/mL", "mg/mL"): Decimal(1000),
    ("", "injections"): Decimal(1),
}


@dataclass(frozen=True)
class Judgement:
    """The limit that a physician applies at one session where the protocol names none, and why."""

    value: Decimal
    reason: str


@dataclass(frozen=True)
class Limit:
    """One limit as it holds for one session; `value` is None where it is not known and must be asked for.

    `status` is that of the fact ('assumed', 'seen' ...), 'judged' when the physician decided, or 'unspecified'.
    """

    name: str
    value: Decimal | None
    status: str
    basis: str

    @property
    def label(self) -> str:
        """Return what it limits, in words."""
        return LABELS[self.name]

    @property
    def unit(self) -> str:
        """Return the unit of its value."""
        return UNITS[self.name]

    @property
    def asked(self) -> bool:
        """Return whether the protocol does not say, so that the physician is asked."""
        return self.status in ("unspecified", "judged")

    def written(self) -> str:
        """Return value, unit and how well it is known, such as '2500 mg (assumed)'."""
        if self.value is None:
            return "not specified"
        said = {"judged": "the physician's", "assumed": "assumed"}.get(self.status, "")
        return f"{plain(self.value)} {self.unit}{f' ({said})' if said else ''}"


@dataclass(frozen=True)
class Body:
    """What of the body a limit depends on: age in years, and body surface in m² (None: not known)."""

    age: int | None
    surface: Decimal | None


def surface_of(weight: Decimal, height: Decimal) -> Decimal:
    """Return the body surface in m² from kg and cm: √(height × weight / 3600) (Mosteller, N Engl J Med 1987)."""
    return (weight * height / 3600).sqrt().quantize(Decimal("0.001"))


def limits(protocol: Protocol, body: Body, judged: Mapping[str, Judgement]) -> dict[str, Limit]:
    """Return every limit as it holds for a session of somebody with this body, by name."""
    found = {name: _limit(protocol, name, judged.get(name)) for name in UNITS}
    if is_child(body) and "max_session_dose_child" in protocol.dose:
        found["max_session_dose"] = _for_child(protocol, body, found["max_session_dose"])
    return found


def is_child(body: Body) -> bool:
    """Return whether the limits of children hold."""
    return body.age is not None and body.age < GROWN_UP


def needs_surface(protocol: Protocol, body: Body) -> bool:
    """Return whether body surface must be known before anything is injected."""
    fact = protocol.dose.get("max_session_dose_child")
    return is_child(body) and fact is not None and fact.value is not None


def _limit(protocol: Protocol, name: str, judged: Judgement | None) -> Limit:
    fact = protocol.dose.get(name)
    value = _value(fact, UNITS[name], largest=name == "spacing")
    if fact is not None and value is not None:
        return Limit(name, value, fact.status, fact.note)
    if judged is not None:
        return Limit(name, judged.value, "judged", judged.reason)
    return Limit(name, None, "unspecified", "")


def _for_child(protocol: Protocol, body: Body, adult: Limit) -> Limit:
    """Return the limit of a child: by body surface, and never above that of adults."""
    fact = protocol.dose["max_session_dose_child"]
    each = _value(fact, "mg/m2", largest=False)
    if each is None:
        return adult
    if body.surface is None:
        basis = f"{plain(each)} mg/m² of body surface, never above the limit of adults: enter weight and height."
        return Limit(adult.name, adult.value, fact.status, basis)
    value = (each * body.surface).quantize(Decimal("0.1"))
    if adult.value is not None and adult.value <= value:
        return adult
    return Limit(adult.name, value, fact.status, f"{plain(each)} mg/m² × {plain(body.surface)} m². {fact.note}")


def _value(fact: Fact | None, unit: str, *, largest: bool) -> Decimal | None:
    """Return the value of a fact in our unit; of several that conflict the strictest; None when it has none."""
    if fact is None or fact.value is None:
        return None
    factor = Decimal(1) if fact.unit == unit else FACTORS.get((fact.unit, unit))
    if factor is None:
        return None
    values = fact.value if isinstance(fact.value, tuple) else (fact.value,)
    numbers = [Decimal(str(one)) * factor for one in values if isinstance(one, (int, float))]
    return (max if largest else min)(numbers, default=None)


def plain(number: Decimal) -> str:
    """Return a number without needless zeros."""
    return format(number.normalize(), "f")
