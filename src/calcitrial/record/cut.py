"""Everything known at one moment, frozen: the same on every database, with a digest of its own."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson
import polars as pl

from calcitrial.protocol import Problem, Protocol, newer_items, refuse
from calcitrial.record import store
from calcitrial.record.entry import sha256
from calcitrial.record.known import SCHEMA, all_rows, frame, in_order
from calcitrial.record.study import Head, protocol_of, read_head, stamp
from calcitrial.record.versions import running_at

KEYS = ("participant", "visit", "lesion", "repeat")


@dataclass(frozen=True)
class Cut:
    """A data cut: every current value of a study as of one submission.

    `rows` has one line per value (LONG columns, text values), sorted; `digest` covers study, sequence,
    definition and rows, and so is the same wherever and whenever the cut is made. Only a redaction changes
    it afterwards: a value that was taken out of the record is gone from every cut. `redacted` has such places,
    with an empty value, so that a form whose values are gone still counts as entered.
    """

    study: str
    sequence: int
    head: str
    definition: str
    code_version: str
    protocol: Protocol
    rows: pl.DataFrame
    redacted: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))

    @cached_property
    def digest(self) -> str:
        """Return SHA-256 of the canonical text of the cut."""
        return sha256(self.text())

    def text(self) -> bytes:
        """Return the cut as canonical lines: a header, then one JSON array per value."""
        header = [self.study, self.sequence, self.definition]
        return b"\n".join(orjson.dumps(line) for line in (header, *self.rows.iter_rows()))

    def table(self, form: str) -> pl.DataFrame:
        """Return one line per entered form: KEYS, the form's items as text (null if absent or redacted), `entries`.

        `entries` lists the numbers of the entries the line is made of. Raises RefusedError for an unknown form.
        """
        if form not in self._made:
            rows = self.rows
            if self.redacted.height:
                rows = in_order([*self.rows.iter_rows(), *self.redacted.iter_rows()])
            self._made[form] = tabulate(self.protocol, rows, form, own=True)
        return self._made[form]

    @cached_property
    def _made(self) -> dict[str, pl.DataFrame]:
        # A report asks for the same table hundreds of times; a cut never changes, nor does a polars table.
        return {}

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the table of every form of the protocol by its id."""
        return {form.id: self.table(form.id) for form in self.protocol.forms}

    def manifest(self) -> dict[str, object]:
        """Return what identifies the cut, ready for JSON, with the number of lines of each table."""
        return {
            "study": self.study,
            "sequence": self.sequence,
            "head": self.head,
            "definition": self.definition,
            "digest": self.digest,
            "code_version": self.code_version,
            "tables": {name: table.height for name, table in self.tables().items()},
        }


def make_cut(study: str, code_version: str, at: int | datetime | None = None) -> Cut:
    """Return what was known in a study after submission `at`, at the moment `at`, or now.

    Raises RefusedError when the study is not open or has no such submission.
    """
    upto = _resolve(study, at)
    protocol = protocol_of(study, upto.definition)
    known: dict[tuple[object, ...], tuple[object, ...]] = {}
    blanked: set[object] = set()
    for number, _sequence, *here in store.entries(study, upto.sequence):
        # Place and item are the key; what comes later replaces what was there.
        known[tuple(here[:6])] = (*here[:9], number)
        if not here[11]:  # every entry has a salt until it is redacted
            blanked.add(number)
    redacted = in_order(line for line in known.values() if line[9] in blanked)
    rows = frame(known.values())
    return Cut(study, upto.sequence, upto.hash, upto.definition, code_version, protocol, rows, redacted)


def _resolve(study: str, at: int | datetime | None) -> Head:
    """Return where the study stood at the submission that a cut ends with."""
    head = read_head(study)
    if at is None or at == head.sequence:
        return head
    if isinstance(at, int) and not 1 <= at <= head.sequence:
        what = f"There is no submission {at} in study {study}."
        refuse([Problem(study, what, f"Its submissions are 1 to {head.sequence}.")])
    column, value = ("sequence", at) if isinstance(at, int) else ("at", stamp(at))
    found = store.rows(
        "SELECT sequence, last_entry, hash FROM record_submission"
        f" WHERE study = %s AND {column} <= %s ORDER BY sequence DESC LIMIT 1",
        [study, value],
    )
    if not found:
        what = f"Nothing was entered in study {study} until {value}."
        refuse([Problem(study, what, "Name a later moment, or the number of a submission.")])
    # Under the definition of the whole study then: the submission itself may be of a site with an older one.
    return Head(running_at(study, int(found[0][0])), *found[0])


def tabulate(protocol: Protocol, rows: pl.DataFrame, form_id: str, *, own: bool = False) -> pl.DataFrame:
    """Return the wide table of one form from long rows; see Cut.table.

    Under a definition from before some items were asked, their columns are there and empty, so that whoever reads a
    form need not know since when it is; with `own` the table has the items of the definition alone.
    """
    items = _items(protocol, form_id, own)
    schema: dict[str, pl.DataType] = {name: pl.String() for name in (*KEYS, *items)}
    wide = [tuple(one.values()) for one in _widen(items, rows.filter(pl.col("form") == form_id).iter_rows())]
    return pl.DataFrame(wide, schema=schema | {"entries": pl.List(pl.Int64)}, orient="row")


def forms_in(protocol: Protocol, lines: Iterable[tuple[Any, ...]], form_id: str) -> list[dict[str, Any]]:
    """Return the lines of the table of one form as `tabulate` does, out of the long lines of this form alone.

    Making a table of a few lines takes longer than reading them, and pages read the forms of one person one by one.
    """
    return _widen(_items(protocol, form_id), lines)


def _items(protocol: Protocol, form_id: str, own: bool = False) -> list[str]:
    form = protocol.form(form_id)
    if form is None:
        known = ", ".join(f.id for f in protocol.forms)
        refuse([Problem(form_id, f"The protocol has no form {form_id!r}.", f"Its forms: {known}.")])
        raise AssertionError
    return [*(item.id for item in form.items), *(() if own else newer_items(form))]


def _widen(items: list[str], lines: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for participant, _form, visit, lesion, repeat, item, _version, value, _unit, number in lines:
        key = (participant, visit, lesion, repeat)
        one = found.get(key)
        if one is None:
            found[key] = one = {**dict(zip(KEYS, key, strict=True)), **dict.fromkeys(items), "entries": []}
        if item not in one:
            continue  # asked by another version of the definition than this one
        one[item] = value or None
        if value:
            one["entries"].append(number)
    return list(found.values())


def current_rows(
    study: str,
    participant: str = "",
    forms: Iterable[str] = (),
    items: Iterable[str] = (),
    among: Iterable[str] = (),
) -> pl.DataFrame:
    """Return the values current now (LONG columns, sorted), of all or one participant, of all or some forms.

    `items` names the only items wanted and `among` the only participants, for lists of a whole study.
    """
    wanted = [list(forms), list(items), list(among)]
    if not participant and not any(wanted):
        return all_rows(study)
    forms, items, among = wanted
    return frame(store.current(study, [participant] if participant else among, forms, items))
