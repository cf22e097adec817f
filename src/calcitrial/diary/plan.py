"""When each instrument is asked: the study's own plan, or the proposal that ships with the program."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from calcitrial.protocol import Problem
from calcitrial.record import Draft, Gateway

# More visits than any protocol has.
MOST = 200
PROPOSED = Path(__file__).parent / "plan.toml"


@dataclass(frozen=True)
class Plan:
    """One instrument: asked at visits (none named: all from baseline on) or on days after an injection."""

    instrument: str
    when: str
    visits: tuple[str, ...] = ()
    days: int = 1
    open_before: int = 0
    open_after: int = 1
    note: str = "entered by the study"


@cache
def proposed() -> tuple[Plan, ...]:
    """Return the plan of a study that entered none; assumed, each line with its reason."""
    return tuple(Plan(**one) for one in tomllib.loads(PROPOSED.read_text("utf-8"))["plans"])


def plans(rows: Iterable[Mapping[str, Any]]) -> tuple[Plan, ...]:
    """Return the plan in force from the entered forms `diary_plan`: each replaces the proposal for its instrument."""
    entered = {row["repeat"]: _plan(row) for row in rows}
    kept = [one for one in proposed() if one.instrument not in entered]
    return tuple(one for one in (*kept, *entered.values()) if one.when != "never")


def _plan(row: Mapping[str, Any]) -> Plan:
    visits = tuple((row["plan_visits"] or "").split())
    days, before, after = (row[f"plan_{name}"] for name in ("days", "open_before", "open_after"))
    return Plan(row["repeat"], row["plan_when"] or "never", visits, int(days or 1), int(before or 0), int(after or 1))


def plan_problems(gateway: Gateway, draft: Draft, known: Iterable[str]) -> list[Problem]:
    """Return what speaks against a form `diary_plan`: an instrument or a visit that the study does not have."""
    instruments, visits = sorted(known), [visit.id for visit in gateway.protocol.visits]
    found = []
    if draft.place.repeat not in instruments:
        what = f"{gateway.study} has no instrument {draft.place.repeat!r}."
        found.append(Problem(str(draft.place), what, f"Its instruments: {', '.join(instruments)}."))
    named = dict.fromkeys(str(draft.values.get("plan_visits") or "").split(maxsplit=MOST))
    if len(named) > MOST:
        found.append(Problem(f"{draft.place}.plan_visits", f"More than {MOST} visits are named.", "Name fewer."))
    for visit in list(named)[:MOST]:
        if visit not in visits:
            what = f"The protocol plans no visit {visit[:40]!r}."
            found.append(Problem(f"{draft.place}.plan_visits", what, f"Its visits: {', '.join(visits)}."))
    return found
