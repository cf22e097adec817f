"""Events with their arm and their days, in a single arm, between people, and between lesions of one person."""

from datetime import UTC, date, datetime

from calcitrial.record import Author, Draft, Place, make_cut, open_study
from calcitrial.safety import UNASSIGNED, adverse_events, exposure


def person(code, arm=""):
    """Enrolled on 1 March with two lesions, visits on 1 and 29 March, each injecting lesion 1."""
    place = {"body_site": "thumb", "side": "left", "view": "left hand", "map_x": "0.5", "map_y": "0.5"}
    lesion = place | {"role": "target"}
    forms = {
        Place(code, "screening"): {"screening_date": "2026-02-20"},
        Place(code, "enrolment"): {"enrolment_date": "2026-03-01"},
        Place(code, "lesion", "", f"{code}-L1"): lesion,
        Place(code, "lesion", "", f"{code}-L2"): lesion,
        Place(code, "visit", "BL"): {"visit_date": "2026-03-01"},
        Place(code, "visit", "W04"): {"visit_date": "2026-03-29"},
        Place(code, "injection", "BL", f"{code}-L1"): {"injected": "true"},
        Place(code, "injection", "W04", f"{code}-L1"): {"injected": "true"},
        Place(code, "injection", "W04", f"{code}-L2"): {"injected": "false"},
    }
    return forms | ({Place(code, "allocation"): {"arm": arm}} if arm else {})


def event(code, number=1, term="Skin ulceration", grade=2, onset="2026-03-31", lesion="", related="related"):
    values = {"term": term, "grade": str(grade), "serious": "false", "related": related, "onset_date": onset}
    values |= {"ae_lesion": f"{code}-{lesion}"} if lesion else {}
    return {Place(code, "adverse_event", repeat=f"AE{number}"): values}


def test_days_count_from_the_first_and_the_last_injection_of_the_linked_lesion(make):
    (row,) = adverse_events(make(person("P1") | event("P1", lesion="L1"))).iter_rows(named=True)
    assert (row["days_since_first_injection"], row["days_since_last_injection"]) == (30, 2)
    assert row["onset_date"] == date(2026, 3, 31)
    assert row["special_interest"] == "ulcer"


def test_an_onset_before_every_injection_is_negative_and_has_no_last(make):
    cut = make(person("P1") | event("P1", lesion="L1", onset="2026-02-27"))
    (row,) = adverse_events(cut).iter_rows(named=True)
    assert (row["days_since_first_injection"], row["days_since_last_injection"]) == (-2, None)


def test_an_event_without_lesion_or_at_a_lesion_never_injected_has_no_days(make):
    cut = make(person("P1") | event("P1", 1) | event("P1", 2, lesion="L2"))
    assert adverse_events(cut)["days_since_first_injection"].to_list() == [None, None]


def test_every_event_carries_the_entries_it_is_made_of(make):
    cut = make(person("P1") | event("P1", lesion="L1"))
    (row,) = adverse_events(cut).iter_rows(named=True)
    behind = cut.rows.filter(cut.rows["form"] == "adverse_event")["number"].to_list()
    assert row["entries"] == behind


def test_an_injection_that_was_not_given_is_not_counted(make):
    known = exposure(make(person("P1")))
    assert [(i.lesion, i.visit) for i in known.injections] == [("P1-L1", "BL"), ("P1-L1", "W04")]


def test_person_days_run_to_the_last_visit_and_are_of_the_enrolled(make):
    screened = {Place("P9", "screening"): {"screening_date": "2026-02-20"}}
    assert exposure(make(person("P1") | screened)).person_days == {"P1": 28}


def test_an_event_of_somebody_not_enrolled_is_kept_and_in_no_arm(make):
    screened = {Place("P9", "screening"): {"screening_date": "2026-02-20"}}
    table = adverse_events(make(person("P1", "STS") | screened | event("P1") | event("P9"), unit="participant"))
    assert dict(zip(table["participant"], table["arm"], strict=True)) == {"P1": "STS", "P9": UNASSIGNED}


def test_where_lesions_have_arms_an_event_belongs_to_the_arm_of_its_lesion(make):
    arms = {
        Place("P1", "lesion_allocation", "", "P1-L1"): {"lesion_arm": "STS"},
        Place("P1", "lesion_allocation", "", "P1-L2"): {"lesion_arm": "OBS"},
    }
    events = event("P1", 1, lesion="L1") | event("P1", 2, lesion="L2") | event("P1", 3, term="Nausea", grade=1)
    table = adverse_events(make(person("P1") | arms | events, "lesion"))
    assert table["arm"].to_list() == ["STS", "OBS", UNASSIGNED]  # Nausea is at no lesion


def test_no_event_makes_a_typed_empty_table(make):
    table = adverse_events(make(person("P1")))
    assert table.height == 0
    assert str(table.schema["onset_date"]) == "Date"


def test_the_same_events_come_from_a_record_in_a_database(make, home):
    forms = person("P1") | event("P1", lesion="L1")
    protocol = make(forms).protocol
    door = open_study(protocol, "test", clock=lambda: datetime(2026, 4, 1, tzinfo=UTC))
    door.enter([Draft(place, values) for place, values in forms.items()], Author("a nurse", "study nurse"))
    expected = adverse_events(make(forms)).drop("entries")
    assert adverse_events(make_cut("tiny", "test")).drop("entries").equals(expected)
