"""The swimmer figure and the body map: what is in them, what they leave out and say so, and that they stay legible."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

from calcitrial.analysis import safety_analysis
from calcitrial.figures.body import SHADES, body_picture, spots
from calcitrial.figures.people import MOST, PAGE, pages, shown, swimmer, swimmer_picture
from calcitrial.record import Place
from tests.small_study import between_people, cut_of_forms, event, given, person, within_people


def lanes_of(cut):
    return swimmer(cut, safety_analysis(cut))


def drawn(found, last=60):
    return swimmer_picture(found.lanes, -5, last).decode()


def test_lanes_are_by_arm_and_the_longest_followed_first():
    found = lanes_of(between_people())
    assert [(lane.participant, lane.followed) for lane in found.lanes] == [
        ("A1", 56), ("A2", 28), ("A3", 0), ("B1", 56), ("B2", 56),
    ]  # fmt: skip
    first, second = found.lanes[:2]
    assert first.injections == (0, 28) and [day for day, _ in first.events] == [2, -2]
    assert (second.end, second.reason, second.died) == (35, "adverse event", False)
    assert [lane.treated for lane in found.lanes] == [True, True, True, False, False]


def test_an_event_without_a_date_is_told_in_words():
    assert lanes_of(between_people()).notes == ("Events without a date, in no lane: 1 (A2 Skin ulceration).",)


def test_the_picture_is_well_formed_and_names_people_and_arms():
    picture = drawn(lanes_of(between_people()))
    ElementTree.fromstring(picture)
    for word in ("A1", "B2", "Injected", "Observed", "Days since enrolment", "left early"):
        assert f">{word}<" in picture
    assert "url(#hatch)" in picture  # the untreated arm is told by hatching, not by colour alone
    assert drawn(lanes_of(between_people())) == picture


def test_within_people_there_is_one_group_of_lanes():
    found = lanes_of(within_people())
    assert {lane.arm for lane in found.lanes} == {""} and all(lane.treated for lane in found.lanes)


def test_events_that_would_touch_become_the_worst_with_their_number():
    forms = person("P1", 1, "BL W08")
    for name, grade, onset in (("AE1", 1, "2026-01-10"), ("AE2", 4, "2026-01-10"), ("AE3", 2, "2026-02-10")):
        forms |= event("P1", name, "Nausea", grade, "", onset)
    picture = drawn(lanes_of(cut_of_forms(forms)))
    assert picture.count(">×2<") == 1 and 'fill="#ffffff">4<' in picture and ">1<" not in picture


def test_a_death_an_unknown_grade_and_a_serious_event_have_marks_of_their_own():
    forms = person("P1", 1, "BL W08") | event(
        "P1", "AE1", "Sepsis", 5, "", "2026-02-01", outcome="fatal", serious="true"
    )
    forms |= event("P1", "AE2", "Pain", 1, "", "2026-01-10")
    del forms[Place("P1", "adverse_event", repeat="AE2")]["grade"]
    found = lanes_of(cut_of_forms(forms))
    assert found.lanes[0].died
    lanes = drawn(found)
    assert ">?<" in lanes and ">5<" in lanes
    # Each mark once in the lane, and once in the legend.
    assert lanes.count("v14M") == 2 and lanes.count('width="10" height="10"') == 2


def many(number, with_event=False):
    forms = {}
    for count in range(number):
        code = f"P{count:03}"
        forms |= person(code, 1, "BL W04 W08") | given(code, "BL", "L1")
        if with_event and count % 2:
            forms |= event(code, "AE1", "Nausea", 1, "", (date(2026, 1, 1) + timedelta(days=count % 50)).isoformat())
    return cut_of_forms(forms)


def test_two_hundred_lanes_stand_on_pages_that_can_be_read():
    lanes = lanes_of(many(200)).lanes
    parts = pages(lanes)
    assert [len(part) for part in parts] == [40] * 5 and sum(map(len, parts)) == 200
    height = float(re.search(r'height="([\d.]+)"', swimmer_picture(parts[0], 0, 60).decode()).group(1))
    assert height < 720 * 1.35  # as wide as the text, it fits an A4 page
    assert [len(part) for part in pages(lanes[: PAGE + 1])] == [21, 20]


def test_beyond_the_most_only_those_with_something_to_see_are_drawn():
    lanes = lanes_of(many(MOST + 20, with_event=True)).lanes
    drawn, told = shown(lanes)
    assert len(drawn) == (MOST + 20) // 2 and told.startswith(f"Of {MOST + 20} participants the {len(drawn)} are drawn")
    assert shown(lanes[:10]) == (list(lanes[:10]), "")


def test_places_count_lesions_and_people():
    found = spots(between_people())
    assert [(s.site, s.side, s.view, s.lesions, s.participants) for s in found] == [
        ("thumb, distal phalanx", "left", "left hand", 7, 5)
    ]
    assert len(found[0].entries) == 7 * 6


def test_a_lesion_without_a_mark_stands_at_its_site_and_one_without_a_site_is_not_placed():
    forms = person("P1", 3)
    unmarked, lost = (forms[Place("P1", "lesion", "", f"P1-L{number}")] for number in (2, 3))
    for item in ("map_x", "map_y"):
        del unmarked[item], lost[item]
    del lost["body_site"]
    found = {spot.view: spot.lesions for spot in spots(cut_of_forms(forms))}
    assert found == {"left hand": 2, "": 1}


def test_the_map_writes_each_number_in_a_shade_that_grows_with_it():
    forms = person("P1", 3)
    forms[Place("P1", "lesion", "", "P1-L3")] |= {"body_site": "knee", "view": "front", "map_x": "0.6", "map_y": "0.7"}
    picture = body_picture(spots(cut_of_forms(forms))).decode()
    ElementTree.fromstring(picture)
    assert ">2<" in picture and "<title>left knee: lesions 1, participants 1</title>" in picture
    assert "Left foot" not in picture and "Right hand, palm" in picture
    lightness = [
        sum(int(shade[n : n + 2], 16) * w for n, w in ((1, 0.2126), (3, 0.7152), (5, 0.0722))) for shade in SHADES
    ]
    assert lightness == sorted(lightness, reverse=True)


def test_feet_are_drawn_when_there_is_a_lesion_on_them():
    forms = person("P1", 1)
    forms[Place("P1", "lesion", "", "P1-L1")] |= {"body_site": "heel", "view": "left foot"}
    assert "Left foot, from above" in body_picture(spots(cut_of_forms(forms))).decode()
