"""The drug ledger: what became of every vial, derived from receipts, movements and injections and never stored.

Every vial that was received is in exactly one state, so received = used + returned + destroyed + in stock for every
lot and site, at every moment (ICH E6(R3) 3.15). A vial is used by the injections that name it; a movement changes the
states that it may change, and what it may not change is a problem.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from calcitrial.pharmacy.vial import (
    AWAITING,
    MOVES,
    QUARANTINED,
    USED,
    Consignment,
    Count,
    Draw,
    Line,
    Movement,
    Vial,
)
from calcitrial.protocol import Protocol, RefusedError, check_values
from calcitrial.record import Draft, tabulate

FORMS = ("drug_receipt", "drug_movement", "drug_count", "drug_count_explanation")
DRAWN = ("injected", "vial", "volume", "concentration")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Ledger:
    """The accounts of the drug in a study as the record stands: every vial, every movement, every count."""

    study: str
    consignments: tuple[Consignment, ...]
    movements: tuple[Movement, ...]
    counts: tuple[Count, ...]
    vials: Mapping[str, Vial]
    unaccounted: tuple[Draw, ...]

    @property
    def kept(self) -> bool:
        """Return whether drug accounts are kept here: they begin with the first receipt."""
        return bool(self.consignments)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Return one line per site and lot, the earliest expiry first."""
        found: dict[tuple[str, str], list[Vial]] = defaultdict(list)
        for vial in self.vials.values():
            found[vial.of.site, vial.of.lot].append(vial)
        lines = [_line(site, lot, vials) for (site, lot), vials in found.items()]
        return tuple(sorted(lines, key=lambda line: (line.site, line.expiry, line.lot)))

    def in_stock(self, site: str, lot: str) -> int:
        """Return how many vials of a lot a site has in stock."""
        return sum(line.in_stock for line in self.lines if (line.site, line.lot) == (site, lot))

    def at(self, sites: Iterable[str] | None) -> "Ledger":
        """Return the accounts of these sites alone; None means all of them."""
        if sites is None:
            return self
        here = frozenset(sites)
        vials = {name: vial for name, vial in self.vials.items() if vial.of.site in here}
        return replace(
            self,
            consignments=tuple(one for one in self.consignments if one.site in here),
            movements=tuple(one for one in self.movements if any(vial in vials for vial in one.vials)),
            counts=tuple(one for one in self.counts if one.site in here),
            vials=vials,
        )


def _line(site: str, lot: str, vials: Sequence[Vial]) -> Line:
    first = min(vials, key=lambda vial: vial.of.expiry).of
    return Line(site, lot, first.product, first.expiry, Counter(vial.state for vial in vials))


def ledger_of(study: str, protocol: Protocol, rows: pl.DataFrame) -> Ledger:
    """Return the accounts that current values (long rows, as of now or of a cut) amount to."""

    def table(form: str) -> Iterator[Row]:
        return tabulate(protocol, rows, form).iter_rows(named=True) if protocol.form(form) else iter(())

    consignments = tuple(_ordered(_consignments(table("drug_receipt"))))
    movements = tuple(_ordered(_movements(table("drug_movement"))))
    explained = {row["repeat"]: row["explanation"] or "" for row in table("drug_count_explanation")}
    counts = tuple(_ordered(_counts(table("drug_count"), explained)))
    vials, _problems = replay(study, consignments, movements)
    draws = tuple(_draws(table("injection")))
    unaccounted = tuple(draw for draw in draws if draw.vial not in vials)
    return Ledger(study, consignments, movements, counts, _drawn(vials, draws), unaccounted)


def merged(protocol: Protocol, rows: pl.DataFrame, draft: Draft) -> pl.DataFrame | None:
    """Return the rows as they would stand with a form entered; None when its values are not admissible."""
    try:
        checked = check_values(protocol, draft.place.form, dict(draft.values), partial=True)
    except RefusedError:
        return None  # the gateway says what is wrong with them
    same = [pl.col(name) == value for name, value in draft.place._asdict().items()]
    lines = [(*draft.place, value.item, 0, value.value, value.unit, 0) for value in checked]
    rest = rows.filter(~pl.all_horizontal(same))
    return pl.concat([rest, pl.DataFrame(lines, schema=rows.schema, orient="row")])


def replay(
    study: str, consignments: Sequence[Consignment], movements: Sequence[Movement]
) -> tuple[dict[str, Vial], list[tuple[str, str]]]:
    """Return what the movements make of the vials received, and (movement, problem) for what they may not do."""
    vials: dict[str, Vial] = {}
    problems: list[tuple[str, str]] = []
    for one in consignments:
        begin, why = (AWAITING, "") if one.temperature_ok else (QUARANTINED, "temperature log not in order")
        for name in one.vials(study):
            if name in vials:
                problems.append((one.id, f"{name} is of receipt {vials[name].of.id} already."))
            vials[name] = Vial(name, one, begin, why)
    for move in movements:
        before, after = MOVES[move.kind]
        for name in move.vials:
            vial = vials.get(name)
            if vial is None:
                problems.append((move.id, f"No receipt has a vial {name}."))
            elif vial.state not in before:
                why = f" ({vial.why})" if vial.why else ""
                problems.append((move.id, f"{name} cannot be {move.kind}: it is {vial.state}{why}."))
            else:
                vials[name] = replace(vial, state=after, why=move.reason)
    return vials, problems


def _drawn(vials: Mapping[str, Vial], draws: Iterable[Draw]) -> dict[str, Vial]:
    """Return the vials with what was drawn from them; one is used when nothing more may be drawn."""
    found: dict[str, list[Draw]] = defaultdict(list)
    for draw in draws:
        found[draw.vial].append(draw)
    return {name: _after_draws(vial, tuple(found.get(name, ()))) for name, vial in vials.items()}


def _after_draws(vial: Vial, draws: tuple[Draw, ...]) -> Vial:
    if not draws:
        return vial
    drawn = replace(vial, draws=draws)
    spent = vial.of.single_use or drawn.left <= 0
    people = ", ".join(dict.fromkeys(f"{draw.participant} {draw.visit}" for draw in draws))
    return replace(drawn, state=USED, why=people) if spent else drawn


def _ordered(found: Iterable[Any]) -> list[Any]:
    """Return receipts, movements or counts in the order of their numbers: R2 before R10."""
    return sorted(found, key=lambda one: (len(one.id), one.id))


def _consignments(rows: Iterable[Row]) -> Iterator[Consignment]:
    needed = ("site", "lot", "strength", "vial_volume", "expiry", "vials", "first_vial", "received_on")
    for row in rows:
        if all(row[name] for name in needed):
            yield Consignment(
                row["repeat"],
                row["site"],
                row["product"] or "",
                row["lot"],
                Decimal(row["strength"]),
                Decimal(row["vial_volume"]),
                date.fromisoformat(row["expiry"]),
                int(row["first_vial"]),
                int(row["vials"]),
                date.fromisoformat(row["received_on"]),
                row["temperature_ok"] == "true",
                row["single_use"] != "false",
            )


def _movements(rows: Iterable[Row]) -> Iterator[Movement]:
    for row in rows:
        if row["movement"] and row["vials_moved"] and row["moved_on"]:
            vials = tuple(row["vials_moved"].split())
            on = date.fromisoformat(row["moved_on"])
            said = row["movement_reason"] or "", row["second_person"] or ""
            yield Movement(row["repeat"], row["movement"], row["site"] or "", vials, on, *said)


def _counts(rows: Iterable[Row], explained: Mapping[str, str]) -> Iterator[Count]:
    for row in rows:
        if all(row[name] for name in ("site", "count_lot", "counted_on", "counted", "ledger_said")):
            on = date.fromisoformat(row["counted_on"])
            numbers = int(row["counted"]), int(row["ledger_said"])
            name = row["repeat"]
            yield Count(name, row["site"], row["count_lot"], on, *numbers, explained.get(name, ""))


def _draws(rows: Iterable[Row]) -> Iterator[Draw]:
    for row in rows:
        if row["injected"] == "true" and row["vial"]:
            known = row["volume"] and row["concentration"]
            mass = Decimal(row["volume"]) * Decimal(row["concentration"]) if known else None
            yield Draw(row["participant"], row["visit"], row["lesion"], row["vial"], mass)
