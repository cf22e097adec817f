"""The default holds, rule by rule."""

from calcitrial.protocol import SHIPPED, load
from calcitrial.record import Place
from calcitrial.safety import holds, special_interest, special_interests, term


def event(number, name, grade, related="related", lesion="", code="P1"):
    values = {
        "term": name,
        "grade": str(grade),
        "serious": "false",
        "related": related,
        "onset_date": "2026-03-31",
    }
    values |= {"onset_date": "2026-03-31"} | ({"ae_lesion": lesion} if lesion else {})
    return {Place(code, "adverse_event", repeat=f"AE{number}"): values}


def rules(found):
    return [(hold.level, hold.rule) for hold in found]


def test_anaphylaxis_holds_the_participant_even_when_judged_unrelated(make):
    found = holds(make(event(1, "Anaphylaxis", 3, "not related")))
    assert rules(found) == [("participant", "hold_anaphylaxis")]
    assert found[0].participant == "P1"


def test_a_related_event_of_grade_3_holds_the_participant(make):
    assert rules(holds(make(event(1, "Nausea", 3)))) == [("participant", "hold_grade3_related")]


def test_grade_2_and_unrelated_grade_3_hold_nobody(make):
    assert holds(make(event(1, "Nausea", 2) | event(2, "Nausea", 3, "not related"))) == ()


def test_an_unknown_relation_counts_as_related_and_says_so(make):
    (hold,) = holds(make(event(1, "Nausea", 3, "unknown")))
    assert "relation unknown, counted as related" in hold.reason


def test_infection_stops_its_lesion_only(make):
    (hold,) = holds(make(event(1, "Skin infection", 1, lesion="P1-L1")))
    assert (hold.level, hold.lesion, hold.rule) == ("lesion", "P1-L1", "stop_lesion")
    assert hold.reason == "AE1: Skin infection grade 1 at lesion P1-L1 on 2026-03-31."


def test_necrosis_at_no_named_lesion_holds_the_participant_and_asks_for_the_lesion(make):
    (hold,) = holds(make(event(1, "Soft tissue necrosis upper limb", 2)))
    assert (hold.level, hold.lesion) == ("participant", "")
    assert "Name the lesion" in hold.reason


def test_an_ulcer_alone_stops_no_lesion(make):
    assert holds(make(event(1, "Skin ulceration", 2, lesion="P1-L1"))) == ()


def test_two_severe_related_local_events_call_the_board(make):
    two = event(1, "Skin ulceration", 3, lesion="P1-L1") | event(1, "Skin ulceration", 3, lesion="P2-L1", code="P2")
    cut = make(two)
    board = holds(cut)[-1]
    assert (board.level, board.rule, board.status) == ("study", "review_two_grade3_local", "assumed")
    assert board.entries == tuple(cut.rows["number"].to_list())


def test_one_local_and_one_systemic_event_do_not_call_the_board(make):
    found = holds(make(event(1, "Skin ulceration", 3, lesion="P1-L1") | event(2, "Nausea", 3)))
    assert [hold.level for hold in found] == ["participant", "participant"]


def test_a_hold_points_at_the_entries_of_its_event_only(make):
    cut = make(event(1, "Nausea", 1) | event(2, "Nausea", 3))
    (hold,) = holds(cut)
    assert hold.entries == tuple(cut.rows.filter(cut.rows["repeat"] == "AE2")["number"].to_list())


def test_injection_site_reaction_is_necrosis_from_grade_3_on():
    assert [special_interest("injection site reaction", grade) for grade in (2, 3)] == ["", "necrosis"]


def test_every_term_of_special_interest_is_a_ctcae_term_with_a_reason():
    assert [s.term for s in special_interests() if term(s.term) is None or not s.reason] == []
    assert {s.kind for s in special_interests()} == {"necrosis", "ulcer", "infection"}


def test_rules_are_those_of_the_shipped_definitions(make):
    everything = event(1, "Anaphylaxis", 3, lesion="P1-L1") | event(2, "Injection site reaction", 3, lesion="P1-L1")
    named = {hold.rule for hold in holds(make(everything))}
    assert named == {"hold_anaphylaxis", "hold_grade3_related", "stop_lesion", "review_two_grade3_local"}
    for trial in SHIPPED:
        assert named <= {rule.id for rule in load(trial).stopping_rules}
