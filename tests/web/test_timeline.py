"""The timeline: everything in the order of the days, what is to come at the end, values with their history."""

from calcitrial.record import participant_trail
from calcitrial.web.reading import read
from calcitrial.web.timeline import Moment, timeline


def moments(code: str) -> list[Moment]:
    changed = frozenset((step.place, step.item) for step in participant_trail("stsinj", code) if step.replaces)
    return timeline(read("stsinj", code), code, changed)


def test_the_past_comes_by_date_and_the_future_by_plan(pages: object) -> None:
    found = moments("PIT-002")
    dates = [moment.on for moment in found if moment.on]
    assert dates == sorted(dates)
    assert [moment.title for moment in found if moment.on is None] == ["Week 24, late follow-up with CT"]
    assert found[-1].on is None and "window" in found[-1].note


def test_milestones_and_events_stand_among_the_visits(pages: object) -> None:
    kinds = [moment.kind for moment in moments("PIT-001")]
    assert kinds == [
        "visit done",
        "enrolment",
        "visit done",
        "event",
        "event",
        "visit done",
        "visit outside",
        "visit done",
        "visit done",
        "end",
    ]


def test_a_visit_shows_its_forms_lesion_by_lesion(pages: object) -> None:
    baseline = next(moment for moment in moments("PIT-001") if moment.day == 0)
    blocks = {block.title: block for block in baseline.blocks}
    assert list(blocks) == ["Injection of a lesion", "Pain", "Lesion on CT"]
    assert [line.about for line in blocks["Injection of a lesion"].lines] == [f"PIT-001-L{n}" for n in (1, 2, 3)]
    first = blocks["Injection of a lesion"].lines[0]
    assert [value.text for value in first.values] == ["yes", "150 mg/mL", "0.4 mL", "LOT-1", "ultrasound", "4"]
    assert first.link == "/stsinj/history/?participant=PIT-001&form=injection&visit=BL&lesion=PIT-001-L1"


def test_of_a_measurement_the_readable_values_are_shown(pages: object) -> None:
    baseline = next(moment for moment in moments("PIT-001") if moment.day == 0)
    (block,) = [block for block in baseline.blocks if block.title == "Lesion on CT"]
    assert [value.text for value in block.lines[0].values] == ["40.0 mg", "2.4 mg", "104 mm3", "410 HU", "1180 HU"]


def test_a_changed_value_is_marked_and_no_other(pages: object) -> None:
    values = [
        (line.about, value.text)
        for moment in moments("PIT-001")
        for block in moment.blocks
        for line in block.lines
        for value in line.values
        if value.changed
    ]
    assert values == [("PIT-001-L2", "0.6 mL")]


def test_a_person_who_is_only_screened_has_all_visits_to_come(pages: object) -> None:
    found = moments("PIT-005")
    assert [moment.title for moment in found if moment.on] == ["Screening"]
    assert len([moment for moment in found if moment.on is None]) == 5


def test_a_serious_event_says_so(pages: object) -> None:
    notes = {moment.title.split(":")[0]: moment.note for moment in moments("PIT-001") if moment.kind == "event"}
    assert notes["Adverse event AE1"] == "related to the treatment."
    assert notes["Adverse event AE2"] == "SERIOUS, related to the treatment."


def test_every_link_names_the_place_it_shows(pages: object) -> None:
    for moment in moments("PIT-001"):
        for block in moment.blocks:
            for line in block.lines:
                assert "participant=PIT-001" in line.link
                assert all(value.link.startswith(line.link) for value in line.values if value.text)
