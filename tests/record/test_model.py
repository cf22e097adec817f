"""Whatever people do in whatever order, the record says what a plain dictionary of the same acts says."""

from dataclasses import dataclass, field

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Draft, Gateway, Place, current_rows, history, make_cut, verify_study
from tests.record.small_study import NURSE, door_of, execute

PLACES = tuple(Place("P1", "note", repeat=str(number)) for number in (1, 2))
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "text": st.sampled_from(["a", "é😀", "two\nlines", "", None]),
        "amount": st.sampled_from(["0.5", "0.50 mL", 3, None]),
        "answer": st.sampled_from(["yes", "no", None]),
    },
)
ENTER = st.tuples(st.just("enter"), st.sampled_from(PLACES), VALUES, st.sampled_from([0, 0, 0, 1]))
REDACT = st.tuples(st.just("redact"), st.integers(1, 12))
WRITTEN = {"0.50 mL": "0.50", 3: "3", "": None}


@dataclass
class Model:
    """What the record should say: current values, versions, and every entry by its number."""

    now: dict[tuple[Place, str], str] = field(default_factory=dict)
    numbers: dict[tuple[Place, str], int] = field(default_factory=dict)
    versions: dict[Place, int] = field(default_factory=dict)
    entries: list[list[object]] = field(default_factory=list)

    def enter(self, place: Place, values: dict[str, object], stale: int) -> bool:
        written = {item: WRITTEN.get(value, value) for item, value in values.items()}
        old = {item: self.now.get((place, item)) for item in written}
        changed = {item: value for item, value in written.items() if value != old[item]}
        if changed and stale:
            return False
        for item in ("text", "amount", "answer"):
            if item in changed and changed[item] is not None:
                self._append(place, item, changed[item])
        for item in sorted((i for i, v in changed.items() if v is None), key=lambda i: self.numbers[place, i]):
            self._append(place, item, "")
        if changed:
            self.versions[place] = self.versions.get(place, 0) + 1
        return True

    def _append(self, place: Place, item: str, value: str) -> None:
        self.entries.append([place, item, value])
        self.numbers[place, item] = len(self.entries)
        self.now[place, item] = value
        if not value:
            del self.now[place, item]

    def redact(self, number: int) -> bool:
        if number > len(self.entries) or self.entries[number - 1][1] in ("_redaction", "gone"):
            return False
        place, item, _value = self.entries[number - 1]
        if self.numbers[place, item] == number:
            self.now.pop((place, item), None)
        self.entries[number - 1] = [place, "gone", ""]
        self.entries.append([place, "_redaction", ""])
        return True


def act(door: Gateway, model: Model, step: tuple) -> None:
    """Do one act on both, and see that the record refuses exactly what the model refuses."""
    kind, *what = step
    try:
        if kind == "redact":
            door.redact(what[0] + 2, "a name", NURSE)  # two entries of the screening come before
        else:
            place, values, stale = what
            door.enter([Draft(place, values, model.versions.get(place, 0) + stale, "why")], NURSE)
        done = True
    except RefusedError:
        done = False
    assert done == (model.redact(*what) if kind == "redact" else model.enter(*what)), step


def shown(rows: object) -> dict[tuple[Place, str], tuple[str, int]]:
    found = rows.filter(rows["form"] == "note").iter_rows()
    return {(Place(*row[:5]), row[5]): (row[7], row[9] - 2) for row in found}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(ENTER, ENTER, ENTER, REDACT), max_size=14))
def test_the_record_is_the_fold_of_its_acts(home: object, tiny: Protocol, steps: list[tuple]) -> None:
    start_anew()
    door, model = door_of(tiny), Model()
    door.enter([Draft(Place("P1", "screening"), {"screening_date": "2026-01-05", "age_years": 44})], NURSE)
    past = {}
    for step in steps:
        act(door, model, step)
        cut = make_cut("tiny", "0.1")
        past.setdefault(cut.sequence, dict(model.now))
    expected = {key: (value, model.numbers[key]) for key, value in model.now.items()}
    assert shown(make_cut("tiny", "0.1").rows) == shown(current_rows("tiny")) == expected
    assert verify_study("tiny").fault == ""
    assert verify_study("tiny").entries == len(model.entries) + 2
    for place in PLACES:
        assert max((s.version for s in history("tiny", place) if s.place == place), default=0) == model.versions.get(
            place, 0
        )
    if not any(step[0] == "redact" for step in steps):
        for sequence, then in past.items():
            cut = shown(make_cut("tiny", "0.1", sequence).rows)
            assert {key: value for key, (value, _) in cut.items()} == then


def start_anew() -> None:
    """Empty the record for the next example, behind the triggers' back and with them in place afterwards."""
    tables = ("record_entry", "record_submission", "record_definition", "record_current", "record_study")
    if connection.vendor == "postgresql":
        for table in tables:
            execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        execute(f"TRUNCATE {', '.join(tables)}")
        for table in tables:
            execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")
        for _name, sql in triggers:
            cursor.execute(sql)
