"""How much was injected: mL and mg of each injection, from the units of the form, and those that were not given."""

from dataclasses import dataclass
from datetime import date

from calcitrial.protocol import Protocol
from calcitrial.record import Cut
from calcitrial.safety.exposure import visit_days

FORM = "injection"


@dataclass(frozen=True)
class Dose:
    """One line of the injection form: whether it was given (None: not known), and how much in mL and mg.

    `volume` or `mass` is None where a value behind it is missing; `reason` is why it was not given ('' for none).
    `entries` are those that the line is made of.
    """

    participant: str
    lesion: str
    visit: str
    day: date | None
    given: bool | None
    volume: float | None
    mass: float | None
    reason: str
    entries: tuple[int, ...]


@dataclass(frozen=True)
class DoseUnits:
    """The units that doses are told in; `mass` is '' where concentration times volume gives no mass."""

    volume: str
    mass: str


def dose_units(protocol: Protocol) -> DoseUnits:
    """Return the unit of the volume, and of the mass where the units of the form make one (mg/mL times mL: mg)."""
    form = protocol.form(FORM)
    units = {item.id: item.unit for item in form.items} if form else {}
    volume, (mass, _, per) = units.get("volume", ""), units.get("concentration", "").partition("/")
    return DoseUnits(volume, mass if volume and per == volume else "")


def doses(cut: Cut) -> tuple[Dose, ...]:
    """Return every line of the injection form; none when the protocol does not use it.

    The mass is concentration times volume, which is no mass unless the units of the form say so.
    """
    if cut.protocol.form(FORM) is None:
        return ()
    days, with_mass = visit_days(cut), bool(dose_units(cut.protocol).mass)
    found = []
    for row in cut.table(FORM).iter_rows(named=True):
        volume, strength = _number(row.get("volume")), _number(row.get("concentration"))
        mass = volume * strength if with_mass and volume is not None and strength is not None else None
        given = {"true": True, "false": False}.get(row["injected"])
        where = row["participant"], row["lesion"], row["visit"]
        reason = row.get("not_injected_reason") or ""
        day = days.get((row["participant"], row["visit"]))
        found.append(Dose(*where, day, given, volume, mass, reason, tuple(row["entries"])))
    return tuple(found)


def _number(text: str | None) -> float | None:
    return float(text) if text else None
