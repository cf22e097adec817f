"""The order of tests, with p values adjusted by hand."""

import pytest

from calcitrial.analysis import order_of_tests
from calcitrial.protocol import Multiplicity, load


def protocol_with(method, keys):
    """Return stsinj with four endpoints: its primary one, and pain three times over."""
    protocol = load("stsinj")
    primary, pain = protocol.endpoints[:2]
    more = [pain.model_copy(update={"id": name}) for name in ("a", "b", "c")]
    plan = Multiplicity(method=method, endpoints=keys, status="assumed", note="a test") if method else None
    return protocol.model_copy(update={"endpoints": (primary, *more), "multiplicity": plan})


P = {"ct_mass_ratio": 0.012, "a": 0.02, "b": 0.01, "c": 0.001}


def adjusted(method, keys, p):
    return {one.endpoint: one.adjusted for one in order_of_tests(protocol_with(method, keys), p)}


def test_holm_is_behind_the_primary_endpoint():
    """Two key endpoints: 2 x 0.01 = 0.02 and max(0.02, 0.02); c is exploratory."""
    found = adjusted("holm", ("a", "b"), P)
    assert found == {"ct_mass_ratio": 0.012, "a": pytest.approx(0.02), "b": pytest.approx(0.02), "c": None}
    assert adjusted("holm", ("c",), P)["c"] == 0.012  # never below the p that opens the gate


def test_a_fixed_sequence_is_never_better_than_what_came_before():
    assert adjusted("fixed_sequence", ("a", "b"), P) == {"ct_mass_ratio": 0.012, "a": 0.02, "b": 0.02, "c": None}
    assert adjusted("fixed_sequence", ("b", "a"), P)["b"] == 0.012


def test_an_endpoint_without_an_answer_closes_what_comes_after():
    found = adjusted("fixed_sequence", ("a", "b"), {"ct_mass_ratio": 0.012, "b": 0.01})
    assert (found["a"], found["b"]) == (None, None)
    assert adjusted("holm", ("a", "b"), {"ct_mass_ratio": 0.012, "b": 0.01})["b"] == pytest.approx(0.02)
    assert set(adjusted("holm", ("a", "b"), {"a": 0.01, "b": 0.01}).values()) == {None}


def test_what_may_be_claimed_is_said():
    told = {
        one.endpoint: one
        for one in order_of_tests(protocol_with("fixed_sequence", ("a",)), {**P, "ct_mass_ratio": 0.2})
    }
    assert told["ct_mass_ratio"].place == "primary" and told["a"].place == "key secondary"
    assert told["a"].told.startswith("Not significant") and told["a"].adjusted == 0.2
    assert told["c"].place == "exploratory" and "supports no claim" in told["c"].told
    assert {one.place for one in order_of_tests(protocol_with("", ()), P)} == {"primary", "exploratory"}
