"""A rule is told what is entered in the same act, as it would then stand, and by whom."""

from collections.abc import Sequence
from pathlib import Path

from calcitrial.protocol import Problem, Protocol
from calcitrial.record import Author, Draft, Gateway, Place, open_study


def test_a_rule_sees_all_forms_of_the_act_and_its_author(home: Path, stsinj: Protocol) -> None:
    seen: list[tuple[Author | None, list[tuple[str, object]]]] = []

    def rule(gateway: Gateway, draft: Draft) -> Sequence[Problem]:
        seen.append((gateway.by, [(one.place.form, one.values.get("pain_nrs")) for one in gateway.entering]))
        return []

    nora = Author("nora", "study nurse")
    gateway = open_study(stsinj, "test", rules=(rule,))
    opening = [
        Draft(Place("P1", "screening"), {"screening_date": "2026-01-05"}),
        Draft(Place("P1", "visit", "BL"), {"visit_date": "2026-01-10"}),
        Draft(Place("P1", "pain", "BL"), {"pain_nrs": 4}),
    ]
    gateway.enter(opening, nora)
    assert seen == [(nora, [("screening", None), ("visit", None), ("pain", 4)])] * 3
    assert (gateway.entering, gateway.by) == ((), None)
    seen.clear()
    gateway.enter([Draft(Place("P1", "pain", "BL"), {}, 1, "nothing new")], nora)
    assert seen == [(nora, [("pain", "4")])]  # the form as it would then stand
