"""What a person may see of the record: which participants, and of them nothing that tells an arm to who is blinded.

`blinding.csv` says which forms and items a blinded person sees. What is not named there is hidden from them, so a new
form is hidden until somebody has thought about it. What is hidden is absent: no row, no empty column, no count.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import polars as pl

from calcitrial.people.scope import Scope
from calcitrial.protocol import Protocol, house_forms
from calcitrial.record import Cut, Place, Step, current_rows, each_of, protocol_of

TABLE = Path(__file__).parent / "blinding.csv"
# The form of the entry that says why another entry lost its value (`record`).
REDACTION = "_redaction"
# A participant's code inside a text, perhaps with the number of a lesion behind it.
CODE = re.compile(r"[\w.-]+?(?=-L\d+\b)|[\w.-]+")


@cache
def blinding() -> Mapping[tuple[str, str], bool]:
    """Return whether a blinded person sees an item, by (form, item); the item '*' stands for all others."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {(row["form"], row["item"]): row["shown"] == "yes" for row in csv.DictReader(lines)}


def shown_blinded(form: str, item: str) -> bool:
    """Return whether a blinded person may see an item; False for everything that the table does not name."""
    table = blinding()
    return table.get((form, item), table.get((form, "*"), False))


@dataclass(frozen=True)
class Sight:
    """What one scope sees of one study: the participants who are there for this person (None: all of them).

    `others` are those who are known to be at other sites; forms of the study itself that name one of them are hidden.
    """

    scope: Scope
    participants: frozenset[str] | None = None
    others: frozenset[str] = frozenset()

    @property
    def narrow(self) -> bool:
        """Return whether anything is hidden from the person."""
        return self.scope.blinded or self.participants is not None

    def sees(self, participant: str) -> bool:
        """Return whether this participant is there for the person."""
        return not participant or self.participants is None or participant in self.participants

    def shows(self, place: Place, item: str = "") -> bool:
        """Return whether the person may see this item; without one, whether any item of the form."""
        if not self.sees(place.participant):
            return False
        if not self.scope.blinded:
            return True
        if item:
            return shown_blinded(place.form, item)
        return any(shown for (form, _item), shown in blinding().items() if form == place.form)


def sight_of(scope: Scope, participant: str = "", rows: pl.DataFrame | None = None) -> Sight:
    """Return what a scope sees of a study, or of one participant; from these rows, or from what is current now."""
    allowed = scope.sites()
    if allowed is None:
        return Sight(scope)
    if rows is None and not participant:
        named = each_of(scope.study, "named sites", lambda some: _sites_named(protocol_of(scope.study), some))
        here = frozenset(code for code, sites in named.items() if sites & allowed)
        return Sight(scope, here, frozenset(code for code, sites in named.items() if sites) - here)
    if rows is None:
        rows = current_rows(scope.study, participant, _openers(protocol_of(scope.study)), ("site",))
    found = rows.filter(pl.col("participant") != "", pl.col("item") == "site")
    mine = pl.col("value").is_in(sorted(allowed))
    here = frozenset(found.filter(mine)["participant"])
    return Sight(scope, here, frozenset(found["participant"]) - here)


def _sites_named(protocol: Protocol, rows: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Return every site that the forms which open a participant name, by participant."""
    found: dict[str, frozenset[str]] = dict.fromkeys(rows["participant"].unique(), frozenset())
    named = rows.filter(pl.col("form").is_in(_openers(protocol)) & (pl.col("item") == "site"))
    for code, site in named.select("participant", "value").iter_rows():
        found[code] |= {site}
    return found


def scoped(rows: pl.DataFrame, scope: Scope, sight: Sight | None = None) -> pl.DataFrame:
    """Return those of the long rows (LONG columns) that this person may see."""
    sight = sight or sight_of(scope)
    if sight.participants is not None:
        rows = rows.filter(pl.col("participant").is_in(["", *sorted(sight.participants)]))
        rows = _not_telling(rows, sight.others)
    if not scope.blinded or rows.is_empty():
        return rows
    pairs = rows.select("form", "item").unique()
    seen = pairs.filter([shown_blinded(form, item) for form, item in pairs.iter_rows()])
    return rows.join(seen, on=["form", "item"], how="semi", maintain_order="left")


def visible(steps: Sequence[Step], sight: Sight) -> list[Step]:
    """Return those entries of a trail that the person may see; of redactions, those of entries that they may see."""
    named = {
        step.place
        for step in steps
        if not step.place.participant and sight.others & {*CODE.findall(step.value), *CODE.findall(step.place.repeat)}
    }
    found = [
        step
        for step in steps
        if step.place.form != REDACTION and sight.shows(step.place, step.item) and step.place not in named
    ]
    numbers = {step.number for step in found}
    return [step for step in steps if step.number in numbers or step.replaces in numbers]


def _not_telling(rows: pl.DataFrame, others: frozenset[str]) -> pl.DataFrame:
    """Return rows, which are sorted, without forms of the study itself that name a participant of another site."""
    own = rows.filter(pl.col("participant") == "")
    found = {
        (form, repeat)
        for form, repeat, value in own.select("form", "repeat", "value").iter_rows()
        if not (others.isdisjoint(codes_in(value)) and others.isdisjoint(codes_in(repeat)))
    }
    if not found:
        return rows
    left = own.filter([pair not in found for pair in own.select("form", "repeat").iter_rows()])
    return pl.concat([left, rows.filter(pl.col("participant") != "")])


@lru_cache(maxsize=20_000)
def codes_in(text: str) -> frozenset[str]:
    """Return what could be the code of a participant in a text of the study itself."""
    return frozenset(CODE.findall(text))


def scoped_cut(cut: Cut, scope: Scope) -> Cut:
    """Return a cut as this person may have it; its digest is that of what is left."""
    openers = _openers(cut.protocol)
    sight = sight_of(scope, rows=cut.rows.filter(pl.col("form").is_in(openers)))
    return replace(cut, rows=scoped(cut.rows, scope, sight), redacted=scoped(cut.redacted, scope, sight))


def _openers(protocol: Protocol) -> list[str]:
    forms: Iterable[str] = house_forms() | {form.id: form for form in protocol.forms}
    return [name for name in forms if (form := protocol.form(name)) is not None and form.opens == "participant"]
