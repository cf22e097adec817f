"""Columns decide what one person at a time decides, with every value missing at times."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcitrial.matching import Facts, judge, many
from calcitrial.protocol import SHIPPED, Criterion, Item, RefusedError, criterion_items, load

KINDS = {"integer": pl.Float64, "decimal": pl.Float64, "boolean": pl.Boolean}


def drawn(item: Item) -> st.SearchStrategy[object]:
    if item.type == "boolean":
        return st.none() | st.booleans()
    if item.type == "choice":
        return st.none() | st.sampled_from(item.choices)
    return st.none() | st.sampled_from([1.0, 2.0, 17.0, 18.0, 19.0])


@pytest.mark.parametrize("study", SHIPPED)
@given(data=st.data())
def test_columns_say_what_one_person_at_a_time_says(study: str, data: st.DataObject) -> None:
    protocol = load(study)
    used = [one for one in criterion_items(protocol).values() if one.type in ("boolean", "choice", "integer")]
    people = data.draw(st.lists(st.fixed_dictionaries({one.id: drawn(one) for one in used}), min_size=1, max_size=5))
    table = pl.DataFrame(people, schema={one.id: KINDS.get(one.type, pl.String) for one in used})
    together = many(table, {study: protocol.criteria})[study].to_list()
    for person, told in zip(people, together, strict=True):
        values = {name: _text(value) for name, value in person.items() if value is not None}
        alone = judge(protocol, Facts("p", values)).standing
        assert told == {"against": False, "open": None, "nothing against": True}[alone]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def test_an_item_without_a_column_is_unknown_for_everybody() -> None:
    rule = Criterion(id="X", type="inclusion", text="x", status="assumed", note="a test", expression="a || n >= 2")
    assert many(pl.DataFrame({"a": [True, False]}), {"one": [rule]})["one"].to_list() == [True, None]


def test_a_rule_that_is_more_than_columns_can_say_is_refused() -> None:
    rule = Criterion(id="X", type="inclusion", text="x", status="assumed", note="a test", expression="size(d) > 2")
    with pytest.raises(RefusedError, match="more than comparisons"):
        many(pl.DataFrame({"d": ["a"]}), {"one": [rule]})
