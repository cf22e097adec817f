"""The plan of the blinded reads: who reads, how often twice, when a third reads, and which cases are released.

The plan is entered once, before the first read, with a random salt. Seed and salt decide every order, label and
task id (see `order`); whoever knows both can recompute them all, so readers are shown neither. Cases are
released in batches: a single new visit would tell its reader that it is the latest, so it waits for others.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from calcitrial.protocol import Problem, Protocol, RefusedError, refuse
from calcitrial.reading.case import SOURCES, unreleased
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, gateway, read_head, tabulate
from calcitrial.version import __version__

FORMS = ("reading_plan", "reading_batch", "read")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")


@dataclass(frozen=True)
class Plan:
    """What was decided before the first read.

    Attributes:
        readers: the codes of the two readers who read every case.
        third: the code of the reader who reads where the two differ; '' for nobody, and differences stay open.
        seed: of the order.
        repeat_share: share of the cases that each reader gets a second time without being told, 0 to 0.5.
        limit_percent: two readings differ when the larger exceeds the smaller by more than this.
    """

    readers: tuple[str, ...]
    third: str
    seed: int
    repeat_share: float
    limit_percent: float


@dataclass(frozen=True)
class Opened:
    """A plan as the record holds it: with its salt, and the last entry of each batch in order."""

    plan: Plan
    salt: str
    batches: tuple[int, ...]


def open_reading(study: str, plan: Plan, by: Author, *, door: Gateway | None = None) -> Receipt:
    """Enter the plan with a fresh salt, release every case that is there, and return the receipt; once only.

    Args:
        study: must be open here.
        plan: of two different readers and a third or none.
        by: who decides; not one of the readers.
        door: the gateway to enter through; that of the study when left out.

    Raises:
        RefusedError: the plan is faulty, or the study has one already.
    """
    door = door or gateway(study, __version__)
    rows = reading_rows(door)
    found = [*_plan_problems(plan, by)]
    if opened_plan(door.protocol, rows) is not None:
        what = f"The reads of {study} have a plan already."
        found.append(Problem(study, what, "Reads are made under one plan; release new cases instead."))
    refuse(found)
    values = {
        "reader_1": plan.readers[0],
        "reader_2": plan.readers[1],
        "reader_3": plan.third,
        "reading_seed": plan.seed,
        "reading_salt": door.salt(),
        "repeat_share": plan.repeat_share,
        "limit_percent": plan.limit_percent,
    }
    drafts = [Draft(Place("", "reading_plan"), values)]
    if unreleased(door.protocol, rows, ()):
        drafts.append(_batch(door, 1))
    return door.enter(drafts, by)


def release(study: str, by: Author, *, door: Gateway | None = None) -> Receipt:
    """Release the cases that have come since the last batch, behind all earlier ones, and return the receipt.

    Raises RefusedError when there is no plan or nothing waits.
    """
    door = door or gateway(study, __version__)
    rows = reading_rows(door)
    opened = the_plan(door.protocol, rows)
    _not_a_reader(opened.plan, by)
    if not unreleased(door.protocol, rows, opened.batches):
        what = "No case waits to be released."
        refuse([Problem(study, what, "Enter measurements of new images first.")])
    return door.enter([_batch(door, len(opened.batches) + 1)], by)


def plan_of(study: str) -> Plan | None:
    """Return the plan of a study's reads, None while there is none; RefusedError when the study is not open."""
    door = gateway(study, __version__)
    opened = opened_plan(door.protocol, reading_rows(door))
    return None if opened is None else opened.plan


def the_plan(protocol: Protocol, rows: pl.DataFrame) -> Opened:
    """Return the plan with its salt and batches; RefusedError while there is none."""
    opened = opened_plan(protocol, rows)
    if opened is None:
        what = f"The reads of {protocol.id} have no plan."
        raise RefusedError([Problem(protocol.id, what, "Open the reading first: calcitrial reading plan.")])
    return opened


def opened_plan(protocol: Protocol, rows: pl.DataFrame) -> Opened | None:
    """Return the plan that these long rows hold, or None."""
    table = tabulate(protocol, rows, "reading_plan")
    if not table.height:
        return None
    row = table.row(0, named=True)
    batches = tabulate(protocol, rows, "reading_batch").iter_rows(named=True)
    ends = sorted((int(batch["repeat"]), int(batch["through_entry"])) for batch in batches)
    plan = Plan(
        readers=(row["reader_1"], row["reader_2"]),
        third=row["reader_3"] or "",
        seed=int(row["reading_seed"]),
        repeat_share=float(row["repeat_share"]),
        limit_percent=float(row["limit_percent"]),
    )
    return Opened(plan, row["reading_salt"], tuple(end for _number, end in ends))


def reading_rows(door: Gateway) -> pl.DataFrame:
    """Return the current values of the forms that the reads rest on; RefusedError when the protocol lacks them."""
    missing = [form for form in FORMS if door.protocol.form(form) is None]
    if missing:
        what = f"The protocol of {door.study} has no form {', '.join(missing)}."
        refuse([Problem(door.study, what, "Name them in use_forms of the protocol.")])
    return current_rows(door.study, forms=(*FORMS, *SOURCES))


def _batch(door: Gateway, number: int) -> Draft:
    """Return the form that releases everything entered until now."""
    end = read_head(door.study).entries
    return Draft(Place("", "reading_batch", repeat=str(number)), {"through_entry": end})


def _not_a_reader(plan: Plan, by: Author) -> None:
    if by.name in (*plan.readers, plan.third):
        what = f"{by.name} reads, and so must not decide on plan or batches."
        refuse([Problem("author", what, "Let somebody else do it; who releases cases knows what comes.")])


def _plan_problems(plan: Plan, by: Author) -> Iterator[Problem]:
    named = [*plan.readers, *([plan.third] if plan.third else [])]
    if len(plan.readers) != 2:
        yield Problem("readers", f"{len(plan.readers)} readers are named.", "Name two.")
    if len(set(named)) != len(named):
        yield Problem("readers", f"A reader is named twice: {', '.join(named)}.", "Name different people.")
    for code in named:
        # "-2" at the end marks the second, hidden reading in the record.
        if not CODE.fullmatch(code) or code.endswith("-2"):
            what = f"{code!r} cannot be a reader's code."
            yield Problem("readers", what, "Use letters, digits and . _ @ -, without -2 at the end.")
    if by.name in named:
        what = f"{by.name} is named as reader and enters the plan."
        yield Problem("author", what, "Let somebody else enter it; its seed tells the order of the cases.")
