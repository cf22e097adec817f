"""What an amendment may not change once there are data, and how forms of an earlier version are asked afterwards."""

from typing import Any

import pytest

from calcitrial.protocol import (
    Allocation,
    Form,
    Held,
    Protocol,
    amendment_problems,
    carried_over,
    check_form,
    chosen_as,
    load,
    relaxed,
)

PAIN = Held({("pain", "pain_nrs"): frozenset(), ("screening", "sex"): frozenset({"F", "M"})}, frozenset({"BL"}))


def without(protocol: Protocol, part: str, name: str) -> Protocol:
    """Return a definition without one of its parts."""
    kept = tuple(one for one in getattr(protocol, part) if one.id != name)
    return protocol.model_copy(update={part: kept, "version": "2"})


def form_with(protocol: Protocol, form: str, item: str, **values: Any) -> Protocol:
    """Return a definition with some values of an item changed; without the item when none are given."""
    forms = [_with(one, item, values) if one.id == form else one for one in protocol.forms]
    return protocol.model_copy(update={"forms": tuple(forms), "version": "2"})


def _with(form: Form, item: str, values: dict[str, Any]) -> Form:
    items = [one.model_copy(update=values) if one.id == item else one for one in form.items]
    return form.model_copy(update={"items": tuple(one for one in items if values or one.id != item)})


def said(old: Protocol, new: Protocol, held: Held = PAIN) -> str:
    return " ".join(str(one) for one in amendment_problems(old, new, held))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "holds data and would be taken out"),
        ({"type": "text"}, "holds data and would be text instead of"),
        ({"unit": "points"}, "holds data in no unit and would be in points"),
    ],
)
def test_an_item_with_data_keeps_its_place_type_and_unit(stsinj: Protocol, values: dict[str, Any], words: str) -> None:
    new = form_with(stsinj, "pain", "pain_nrs", **values)
    assert words in said(stsinj, new)
    assert said(stsinj, new, Held({})) == ""


def test_wording_ranges_duties_and_choices_nobody_gave_may_change(stsinj: Protocol) -> None:
    new = form_with(stsinj, "pain", "pain_nrs", label="Pain", min=1.0, required=True)
    assert said(stsinj, form_with(new, "screening", "sex", choices=("F", "M", "not said"))) == ""
    assert "would lose choices that were entered: M." in said(
        stsinj, form_with(new, "screening", "sex", choices=("F",))
    )


def test_forms_and_visits_in_use_stay(stsinj: Protocol) -> None:
    assert "The form “" in said(stsinj, without(stsinj, "forms", "pain"))
    assert "has begun for somebody and would be taken out" in said(stsinj, without(stsinj, "visits", "BL"))
    assert said(stsinj, without(stsinj, "visits", "W12")) == ""
    other = [one.model_copy(update={"kind": "treatment"}) if one.id == "BL" else one for one in stsinj.visits]
    kinds = stsinj.model_copy(update={"visits": tuple(other), "version": "2"})
    assert "would be treatment instead of baseline" in said(stsinj, kinds)
    level = [one.model_copy(update={"level": "event"}) if one.id == "pain" else one for one in stsinj.forms]
    assert "would belong to something else" in said(stsinj, stsinj.model_copy(update={"forms": tuple(level)}))


def test_a_site_with_participants_stays(stsinj: Protocol) -> None:
    site = stsinj.sites[0]
    held = Held({}, sites=frozenset({site.id}))
    assert f"The site “{site.name}” has participants" in said(stsinj, without(stsinj, "sites", site.id), held)


def test_arms_allocation_and_control_stay_once_somebody_has_an_arm(stsinj: Protocol) -> None:
    arm = stsinj.arms[0].model_copy(update={"treated": not stsinj.arms[0].treated})
    new = stsinj.model_copy(
        update={
            "arms": (arm, *stsinj.arms[1:]),
            "allocation": Allocation(unit="participant", ratio=(1, 1), block=4),
            "control": stsinj.control.model_copy(update={"kind": "placebo"}),
        }
    )
    assert len(amendment_problems(stsinj, new, Held({}, allocated=True))) == 3
    assert amendment_problems(stsinj, new, Held({})) == []
    wording = stsinj.model_copy(update={"arms": (stsinj.arms[0].model_copy(update={"label": "STS"}), *stsinj.arms[1:])})
    assert amendment_problems(stsinj, wording, Held({}, allocated=True)) == []


FORM = {
    "id": "f",
    "label": "F",
    "level": "event",
    "items": [
        {"id": "a", "label": "A", "type": "integer", "max": 10, "required": True},
        {"id": "b", "label": "B", "type": "text"},
    ],
}
NEWER = {
    **FORM,
    "items": [
        {"id": "a", "label": "A", "type": "integer", "max": 5, "required": True},
        {"id": "b", "label": "B", "type": "text", "required": True},
        {"id": "c", "label": "C", "type": "text", "required": True},
    ],
    "checks": [{"rule": "a < 3", "message": "Too much."}],
}


def test_what_stands_is_held_to_its_own_version_and_what_changes_to_the_new_one() -> None:
    then, now = Form.model_validate(FORM), Form.model_validate(NEWER)
    kept = carried_over(now, then, {"b"})
    assert [one.value for one in check_form(kept, {"a": "9", "b": "x"})] == ["9", "x"]
    with pytest.raises(ValueError, match="outside any to 5"):
        check_form(carried_over(now, then, {"a"}), {"a": "9"})
    with pytest.raises(ValueError, match="Too much"):
        check_form(carried_over(now, then, {"a"}), {"a": "4"})


def test_what_was_not_required_when_a_form_was_entered_is_not_missing_from_it() -> None:
    asked = relaxed(Form.model_validate(NEWER), Form.model_validate(FORM))
    assert [item.id for item in asked.items if item.required] == ["a"]
    assert asked.items[0].max == 5


def test_a_new_definition_takes_over_the_control_that_was_chosen() -> None:
    open_ended = load("limoges")
    chosen = open_ended.control.variants[0].id
    running = load("limoges", chosen)
    assert chosen_as(open_ended, running) == running
    other = open_ended.control.variants[1].id
    assert chosen_as(open_ended, running, other).control.chosen == other
    assert chosen_as(running, running) == running
