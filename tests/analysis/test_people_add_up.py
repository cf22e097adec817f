"""Studies drawn at random: what is counted by arm adds up to the total, and to a plain recount of the forms."""

import random
import re
from datetime import date, timedelta

import pytest

from calcitrial.analysis import exposures, flow, groups_of, safety_analysis
from calcitrial.record import Place
from calcitrial.sections.people import disposition, exposure
from calcitrial.sections.safety import listings, safety_blocks
from tests.small_study import cut_of_forms, event, given, in_arm, person

TERMS = ("Nausea", "Skin ulceration", "Injection site reaction", "Fatigue")
UNITS = ("none", "participant", "lesion")


def drawn(unit, seed):
    """Return a study of 3 to 12 people with anything missing now and then, as a cut."""
    dice = random.Random(f"{unit} {seed}")
    forms = {Place("S1", "screening"): {"screening_date": "2025-12-20"}}
    for number in range(dice.randint(3, 12)):
        code = f"P{number:02}"
        lesions = dice.randint(1, 4)
        arm = dice.choice(["STS", "OBS", ""]) if unit == "participant" else ""
        forms |= person(code, lesions, dice.choice(["", "BL", "BL W04", "BL W04 W08"]), arm)
        for place in range(1, lesions + 1):
            forms |= _lesion(dice, unit, code, f"L{place}", arm)
        for name in range(dice.choice([0, 0, 1, 2, 5])):
            forms |= _event(dice, code, f"AE{name}", lesions)
        if dice.random() < 0.3:
            reason = dice.choice(["adverse event", "completed", "withdrew consent"])
            forms[Place(code, "end_of_study")] = {"end_date": "2026-03-01", "end_reason": reason}
    return cut_of_forms(forms, unit)


def _lesion(dice, unit, code, lesion, arm):
    if unit == "lesion":
        arm = dice.choice(["STS", "OBS", ""])
    forms = in_arm(code, lesion, arm) if unit == "lesion" and arm else {}
    if unit == "none" or arm == "STS":
        for visit in ("BL", "W04"):
            if dice.random() < 0.7:
                forms |= given(code, visit, lesion, dice.choice(["0.5", "0.25", ""]))
    return forms


def _event(dice, code, name, lesions):
    onset = date(2025, 12, 28) + timedelta(days=dice.randrange(70))
    lesion = dice.choice(["", f"L{dice.randint(1, lesions)}"])
    dated = onset.isoformat() if dice.random() < 0.9 else ""
    return event(
        code, name, dice.choice(TERMS), dice.randint(1, 5), lesion, dated, serious=dice.choice(["true", "false"])
    )


STUDIES = [(unit, seed) for unit in UNITS for seed in range(6)]


@pytest.fixture(params=STUDIES, ids=lambda one: f"{one[0]}-{one[1]}", scope="module")
def study(request):
    return drawn(*request.param)


def rows(study, form):
    return list(study.table(form).iter_rows(named=True))


def test_events_of_arms_and_of_no_lesion_add_up_to_the_total(study):
    found = safety_analysis(study)
    groups = groups_of(study)
    unplaced = {p for p in groups[-1].participants if not any(p in g.participants for g in groups if g.kind == "arm")}
    for line in (*found.kinds[:-1], *found.terms):
        *parts, total = line.counts
        if parts:
            missing = 0 if found.by_lesion else _of(found, line.key, line.label, unplaced)
            assert sum(part.events for part in parts) + missing == total.events
        assert all(part.participants <= part.events for part in line.counts)


def _of(found, key, label, people):
    """Return the events of people in no arm, of one term, or of the kinds that are plain to count."""
    own = [one for one in found.events if one.participant in people and one.enrolled]
    tests = {
        "any_event": lambda one: True,
        "related": lambda one: one.related == "related",
        "relation_unknown": lambda one: one.related in ("", "unknown"),
        "grade3": lambda one: (one.grade or 0) >= 3,
        "serious": lambda one: one.serious,
        "special_interest": lambda one: one.special,
        "necrosis": lambda one: one.special == "necrosis",
        "ulcer": lambda one: one.special == "ulcer",
        "infection": lambda one: one.special == "infection",
        "death": lambda one: one.grade == 5 or one.outcome == "fatal",
        "at_lesion": lambda one: one.lesion,
        "injection_site": lambda one: one.injection_site,
        "after_injection": lambda one: one.timing == "after",
        "before_injection": lambda one: one.timing == "before",
    }
    return sum(bool(tests[key](one)) if key in tests else one.term == label for one in own)


def test_the_total_is_a_plain_recount_of_the_forms(study):
    found = safety_analysis(study)
    enrolled = {row["participant"] for row in rows(study, "enrolment")}
    events = [row for row in rows(study, "adverse_event") if row["participant"] in enrolled]
    total = {line.key: line.counts[-1] for line in found.kinds}
    assert total["any_event"].events == len(events)
    assert total["any_event"].participants == len({row["participant"] for row in events})
    assert total["serious"].events == sum(row["serious"] == "true" for row in events)
    assert total["at_lesion"].lesions == len({row["ae_lesion"] for row in events if row["ae_lesion"]})
    left = sum(row["end_reason"] == "adverse event" for row in rows(study, "end_of_study"))
    assert total["withdrawn"].participants == left
    assert {n for row in events for n in row["entries"]} <= set(total["any_event"].entries)


def test_each_person_has_one_worst_grade_of_a_term(study):
    for line in safety_analysis(study).grades:
        assert sum(one.participants for one in (*line.grades, line.ungraded)) == line.total.participants


def test_a_rate_is_events_by_exposure_and_lies_in_its_interval(study):
    for rate in safety_analysis(study).rates:
        if rate.estimate is None:
            assert rate.exposure == 0 and rate.told.startswith("No ")
        else:
            assert rate.low <= rate.estimate <= rate.high
            if rate.model == "Poisson":
                assert rate.estimate == pytest.approx(rate.per * rate.events / rate.exposure)


def test_doses_of_lesions_people_visits_and_arms_add_up(study):
    found = exposures(study)
    enrolled = {row["participant"] for row in rows(study, "enrolment")}
    given = [r for r in rows(study, "injection") if r["injected"] == "true" and r["participant"] in enrolled]
    total = found.groups[-1].given
    assert total.injections == len(given)
    assert total.mass == pytest.approx(sum(150 * float(row["volume"] or 0) for row in given))
    for parts in (found.lesions, found.participants):
        assert sum(one.given.injections for one in parts) == total.injections
        assert sum(one.given.mass for one in parts) == pytest.approx(total.mass)
        for one in parts:
            assert sum(given.volume for _, given in one.by_visit) == pytest.approx(one.given.volume)
    assert sum(there.injections for _, there, _, _ in found.groups[-1].by_visit) == total.injections
    assert sum(one.given.sessions for one in found.participants) == total.sessions


def test_who_is_allocated_is_treated_as_allocated_or_not(study):
    steps = {(step.kind, step.arm): step for step in flow(study) if step.kind != "followed"}
    for (kind, arm), step in steps.items():
        if kind == "received":  # in every arm, and what follows in every column of people
            other = steps["not_received", arm]
            assert step.lesions + other.lesions == steps["allocated", arm].lesions
            assert step.participants + other.participants == steps["allocated", arm].participants
        if kind == "ongoing":
            ends = [steps[end, arm] for end in ("ongoing", "completed", "discontinued")]
            assert sum(end.participants for end in ends) == steps["allocated", arm].participants
            assert sum(end.lesions for end in ends) == steps["allocated", arm].lesions


def test_every_table_can_be_made_and_no_figure_is_not_a_number(study):
    for block in (*disposition(study, None), *exposure(study), *safety_blocks(study), *listings(study)):
        for row in getattr(block, "rows", ()):
            assert not any(re.search(r"\b(nan|inf|None)\b", str(cell)) for cell in row), row
