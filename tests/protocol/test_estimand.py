"""The machine-readable parts of an estimand: read, kept as they were, or refused with a sentence."""

import pytest
from pydantic import ValidationError

from calcitrial.protocol import IntercurrentEvent, Problem, Protocol, RefusedError, load, parse
from calcitrial.protocol.load import HERE

TEXT = (HERE / "stsinj.toml").read_text("utf-8")
STOPPED = 'event = "treatment_stopped", strategy = "treatment_policy"'


def problems(old: str, new: str) -> list[Problem]:
    assert old in TEXT, old
    with pytest.raises(RefusedError) as refused:
        parse(TEXT.replace(old, new, 1).encode(), "own.toml")
    return list(refused.value.problems)


FAULTS = [
    (STOPPED, 'event = "treatment_stopped"', "the event 'treatment_stopped' and the strategy ''", "Give both"),
    (STOPPED, 'event = "treatment_stoped", strategy = "composite"', "'treatment_stoped'", "'treatment_stopped'"),
    (STOPPED, 'event = "rescue", strategy = "principal_stratum"', "principal stratum is not offered", "hypothetical"),
    (STOPPED, 'event = "treatment_stopped", strategy = "composite"', "does not say what later values", "counts_as"),
    (STOPPED, f'{STOPPED}, counts_as = "zero"', "'treatment_policy'", "leave it out"),
    (STOPPED, 'event = "other_treatment", strategy = "hypothetical"', "'other_treatment' is there 2 times", "one"),
    ('strategy = "composite", counts_as = "zero"', 'strategy = "hypothetical"', "A vanished lesion", "counts_as"),
    ('{ kind = "meets_criteria" }', '{ kind = "meets_criterion" }', "'meets_criterion'", "'meets_criteria'"),
    ('{ kind = "injected" }', '{ kind = "injected", at_least = 0 }', "0", "greater than or equal to 1"),
    ('{ kind = "measurable_lesions" }', '{ kind = "measurable_lesions", visit = "BK" }', "'BK' is not", "BL, W04"),
    ('weight = "participant"', 'weight = "lesions"', "'lesions'", "'lesion'"),
    ('weight = "participant"', "detection_limit = -1", "-1", "greater than 0"),
    ("decrease_percent = 25", "decrease_percent = 125", "125", "less than 100"),
    ('endpoints = ["pain"]', 'endpoints = ["ct_mass_ratio"]', "'primary'", "pain"),
    ('endpoints = ["pain"]', 'endpoints = ["pain", "pain"]', "there 2 times", "once"),
    ('method = "fixed_sequence"', 'method = "bonferroni"', "'bonferroni'", "holm"),
]


@pytest.mark.parametrize(("old", "new", "what", "instead"), FAULTS)
def test_each_fault_is_a_sentence_with_its_value_and_what_to_write(old: str, new: str, what: str, instead: str) -> None:
    found = problems(old, new)
    assert any(what in p.what and instead in p.instead for p in found), "\n".join(map(str, found))


def test_an_event_in_words_alone_stays_a_text_so_that_open_studies_keep_their_digest() -> None:
    event = IntercurrentEvent.model_validate("Something happens: nothing is done")
    assert (event.event, event.strategy, str(event)) == ("", "", "Something happens: nothing is done")
    assert event.model_dump() == "Something happens: nothing is done"
    with pytest.raises(ValidationError):
        IntercurrentEvent.model_validate(3)


def test_the_digest_of_a_definition_before_these_parts_is_still_what_it_was() -> None:
    """The estimand of the first release, and the digest that its studies remember."""
    old = {
        "population": "All",
        "unit": "lesion",
        "treatment": "T",
        "variable": "V",
        "intercurrent_events": ["Stopped: treatment policy", "Removed: composite"],
        "summary": "Ratio",
    }
    raw = load("stsinj").model_dump(mode="json", exclude_defaults=True)
    raw["endpoints"] = [{**e, "estimand": old} for e in raw["endpoints"]]
    again = Protocol.model_validate(raw)
    assert '"intercurrent_events":["Stopped: treatment policy","Removed: composite"]' in again.canonical()
    assert Protocol.model_validate_json(again.canonical()).digest == again.digest


@pytest.mark.parametrize("control", ["untreated_lesion", "observation_lead_in", "concurrent_untreated"])
def test_every_shipped_endpoint_has_conditions_a_weight_and_events(control: str) -> None:
    for protocol in (load("limoges", control), load("stsinj")):
        for endpoint in protocol.endpoints:
            estimand = endpoint.estimand
            assert {c.kind for c in estimand.conditions} >= {"enrolled", "meets_criteria"}
            assert estimand.weight and any(event.event for event in estimand.intercurrent_events)
            assert (endpoint.responder is None) == (endpoint.outcome == "pain")


def test_the_lesions_of_each_population_are_counted_where_its_words_say() -> None:
    def asked(control: str) -> list[tuple[int, str]]:
        conditions = load("limoges", control).endpoints[0].estimand.conditions
        return [(c.at_least, c.visit) for c in conditions if c.kind == "measurable_lesions"]

    assert asked("untreated_lesion") == [(2, "")]
    assert asked("observation_lead_in") == [(1, "LI")]
    assert asked("concurrent_untreated") == [(1, "")]
