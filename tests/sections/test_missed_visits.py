"""Missed visits among the deviations: entered with a reason, or told by a later visit or by the end of the study."""

from collections.abc import Mapping

from calcitrial.record import Place
from calcitrial.sections.deviations import deviations
from tests.small_study import cut_of_forms, person


def missed(forms: Mapping[Place, Mapping[str, str]]) -> list[str]:
    return [one for one in deviations(cut_of_forms(forms), None) if "missed" in one]


def test_a_visit_that_was_entered_as_missed_is_told_with_its_reason() -> None:
    away = {"missed": "true", "missed_reason": "forgot", "missed_text": "was away"}
    forms = person("S1", 1, "BL") | {Place("S1", "missed_visit", repeat="W04"): away}
    assert missed(forms) == ["S1, visit W04: missed (forgot: was away)."]
    back = {Place("S1", "missed_visit", repeat="W04"): {**away, "missed": "false"}}
    assert missed(person("S1", 1, "BL") | back) == []


def test_a_visit_that_a_later_one_overtook_is_told_without_a_reason() -> None:
    assert missed(person("S1", 1, "BL W08")) == ["S1, visit W04: missed (no reason entered)."]
    assert missed(person("S1", 1, "BL W04 W08")) == [] == missed(person("S1", 1, "BL"))


def test_after_the_end_of_the_study_nothing_more_is_missed() -> None:
    def ended(on: str) -> dict[Place, dict[str, str]]:
        return person("S1", 1, "BL") | {Place("S1", "end_of_study"): {"end_date": on, "end_reason": "other"}}

    assert missed(ended("2026-01-20")) == [], "before the window had passed"
    assert missed(ended("2026-03-30")) == [
        "S1, visit W04: missed (no reason entered).",
        "S1, visit W08: missed (no reason entered).",
    ]
    only_screened = {Place("S2", "screening"): {"screening_date": "2026-01-01"}}
    assert missed(only_screened | {Place("S2", "visit", "W08"): {"visit_date": "2026-03-01"}}) == []
