"""The 24 items and 13.1, with their gaps."""

import csv
import io
import json

import pytest

from calcitrial.exchange import ITEMS, to_csv, to_json, who_items
from calcitrial.protocol import Fact, RefusedError, load


def items(trial):
    return {item.number: item for item in who_items(load(trial))}


@pytest.mark.parametrize("trial", ["limoges", "stsinj"])
def test_there_are_24_items_and_the_comparator_in_order(trial):
    numbers = [item.number for item in who_items(load(trial))]
    assert numbers == [*map(str, range(1, 14)), "13.1", *map(str, range(14, 25))]


@pytest.mark.parametrize("trial", ["limoges", "stsinj"])
def test_what_the_founders_did_not_find_is_a_gap_and_what_they_found_is_not(trial, shared):
    with (shared / "domain" / "trials.csv").open(encoding="utf-8", newline="") as lines:
        witness = {r["item_no"]: r["status"] for r in csv.DictReader(lines) if r["trial"] == trial.upper()}
    ours = {number: item.status == "unspecified" for number, item in items(trial).items()}
    assert ours == {number: status == "not_found" for number, status in witness.items()}


def test_several_facts_of_one_item_stand_together_with_every_source():
    secondary = items("limoges")["3"]
    assert secondary.value == "2018-001978-22; I17004; ITS-PILOT"
    assert (secondary.status, len(secondary.sources)) == ("seen", 2)


def test_an_unspecified_item_has_no_value_and_no_invented_source():
    ethics = items("stsinj")["21"]
    assert (ethics.value, ethics.status, ethics.sources) == ("", "unspecified", ())


@pytest.mark.parametrize("trial", ["limoges", "stsinj"])
def test_every_item_with_a_value_says_where_it_was_read(trial):
    assert [item.number for item in who_items(load(trial)) if item.value and not item.sources] == []


def test_an_item_that_no_fact_names_is_unspecified():
    bare = load("stsinj").model_copy(update={"facts": {}})
    assert {item.status for item in who_items(bare)} == {"unspecified"}


def facts(*statuses):
    """Facts of item 3 with these statuses."""
    return {
        f"f{n}": Fact(label="x", who="3", status=status, value=None if status == "unspecified" else n)
        for n, status in enumerate(statuses)
    }


@pytest.mark.parametrize(
    ("statuses", "together"),
    [
        (("seen", "seen"), "seen"),
        (("seen", "inferred"), "inferred"),
        (("seen", "unspecified"), "partial"),
        (("seen", "conflict"), "conflict"),
    ],
)
def test_an_item_is_as_well_known_as_the_least_known_of_its_facts(statuses, together):
    protocol = load("stsinj").model_copy(update={"facts": facts(*statuses)})
    (item,) = [item for item in who_items(protocol) if item.number == "3"]
    assert item.status == together


def test_a_fact_that_names_no_item_is_refused():
    wrong = {"odd": Fact(label="x", who="25", status="seen", value=1)}
    with pytest.raises(RefusedError, match=r"facts\.odd\.who: There is no item '25'\. Items are 1 to 24"):
        who_items(load("stsinj").model_copy(update={"facts": wrong}))


def test_csv_holds_every_item_with_a_header():
    rows = list(csv.DictReader(io.StringIO(to_csv(load("limoges")))))
    assert [row["number"] for row in rows] == list(ITEMS)
    assert rows[0]["value"] == "ClinicalTrials.gov NCT03582800"


def test_json_names_the_gaps_and_the_definition():
    protocol = load("limoges")
    content = json.loads(to_json(protocol))
    assert content["definition"] == protocol.digest
    assert "19" in content["gaps"]
    assert [item["value"] for item in content["items"] if item["number"] in content["gaps"] and item["value"]] == []
