"""What the door refuses, in one sentence each and all at once, and that nothing is written then."""

import pytest

from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Author, Draft, Gateway, Place, history, make_cut, open_study, read_head, store
from calcitrial.record import gateway as reopened
from tests.record.small_study import NURSE, door_of, opening, scalar

INJECTION = Place("P1", "injection", "BL", "P1-L1")
EVENT = {
    "term": "Injection site pain",
    "grade": 1,
    "serious": False,
    "related": "related",
    "onset_date": "2026-01-06",
}


def said(door: Gateway, *drafts: Draft, by: Author = NURSE) -> list[str]:
    """Return the sentences of a refusal, having seen that it left nothing behind."""
    before = read_head(door.study), scalar("SELECT COUNT(*) FROM record_entry")
    with pytest.raises(RefusedError) as refusal:
        door.enter(drafts, by)
    assert (read_head(door.study), scalar("SELECT COUNT(*) FROM record_entry")) == before
    return [str(problem) for problem in refusal.value.problems]


WRONG = {
    "wrong unit": (
        Draft(INJECTION, {"injected": True, "volume": "0.5 mg"}),
        "P1 BL P1-L1 injection.volume: Volume injected is given in 'mg' ('0.5 mg'). Write it in mL.",
    ),
    "out of range": (
        Draft(INJECTION, {"injected": True, "volume": "50 mL"}),
        "P1 BL P1-L1 injection.volume: Volume injected is 50 mL, outside 0.01 to 10.0 mL."
        " Check the value and its unit.",
    ),
    "lesion of another": (
        Draft(Place("P2", "injection", "BL", "P1-L1"), {"injected": True}),
        "Lesion P1-L1 belongs to another participant than P2. Check participant and lesion.",
    ),
    "lesion of nobody": (
        Draft(Place("P1", "injection", "BL", "P1-L7"), {"injected": True}),
        "P1 BL P1-L7 injection: P1 has no lesion 'P1-L7'. Put the lesion on the body map first, or mend its name.",
    ),
    "visit not begun": (
        Draft(Place("P1", "pain", "W12"), {"pain_nrs": 3}),
        "P1 W12 pain: Visit W12 of P1 has not begun. Enter the date of the visit first.",
    ),
    "visit not planned": (
        Draft(Place("P1", "pain", "W13"), {"pain_nrs": 3}),
        "P1 W13 pain: The protocol plans no visit 'W13'. Its visits: BL, W12.",
    ),
    "stale": (
        Draft(Place("P1", "screening"), {"age_years": 45}, expected=2, reason="typing error"),
        "P1 screening: Version 2 was expected, but the form is at version 1."
        " Read the form again, then enter the change.",
    ),
    "no reason": (
        Draft(Place("P1", "screening"), {"age_years": 45}, expected=1, reason=" "),
        "P1 screening: A change of an entered form has no reason. Say why the value is changed.",
    ),
    "unknown participant": (
        Draft(Place("P9", "pain", "BL"), {"pain_nrs": 3}),
        "P9 BL pain: Participant 'P9' is not known in study tiny. Screen the participant first, or mend the code.",
    ),
    "unknown form": (
        Draft(Place("P1", "pane"), {}),
        "P1 pane: The protocol has no form 'pane'. Its forms: screening, lesion, visit, injection, pain,"
        " adverse_event, allocation_slot, note.",
    ),
    "unknown item": (
        Draft(Place("P1", "pain", "BL"), {"pain_nrs": 3, "vas": 30}),
        "P1 BL pain.vas: Form pain has no item 'vas'. Known: pain_nrs.",
    ),
    "missing value": (
        Draft(Place("P1", "pain", "BL"), {"pain_nrs": None}),
        "P1 BL pain.pain_nrs: Worst pain in the last week (0 none to 10 worst) is missing. Enter a value.",
    ),
    "blanks where text is required": (
        Draft(Place("", "allocation_slot", repeat="SSc/1"), {"taken_by": "  "}),
        "allocation_slot SSc/1.taken_by: Participant is missing. Enter a value.",
    ),
    "missing key": (
        Draft(Place("P1", "pain"), {"pain_nrs": 3}),
        "P1 pain: Form pain needs a visit. Name the visit.",
    ),
    "superfluous key": (
        Draft(Place("P1", "pain", "BL", "P1-L1"), {"pain_nrs": 3}),
        "P1 BL P1-L1 pain: Form pain has no lesion, yet 'P1-L1' is given. Leave it out.",
    ),
    "event of another's lesion": (
        Draft(Place("P1", "adverse_event", repeat="AE1"), {**EVENT, "ae_lesion": "P2-L1"}),
        "P1 adverse_event AE1.ae_lesion: Lesion is 'P2-L1', which P1 does not have. Name a lesion of this participant.",
    ),
    "event of a visit to come": (
        Draft(Place("P1", "adverse_event", repeat="AE1"), {**EVENT, "ae_visit": "W12"}),
        "P1 adverse_event AE1.ae_visit: Visit of the injection is 'W12', which P1 does not have."
        " Name a visit of this participant.",
    ),
    "a key that is no text": (
        Draft(Place("P1", "adverse_event", repeat=1), EVENT),  # type: ignore[arg-type]
        "The repeat is 1, which is not text. Write it as text.",
    ),
    "NUL in a key": (
        Draft(Place("P1\x00", "screening"), {"screening_date": "2026-01-05"}),
        "P1\x00 screening: The participant 'P1\\x00' holds control characters. Write plain text.",
    ),
    "half a character in a reason": (
        Draft(Place("P1", "screening"), {"age_years": 45}, expected=1, reason="why \ud83d"),
        "P1 screening: The reason 'why \\ud83d' holds control characters. Write plain text.",
    ),
    "blank before a key": (
        Draft(Place(" P3", "screening"), {"screening_date": "2026-01-05"}),
        "The participant ' P3' begins or ends with a blank. Leave the blank out.",
    ),
    "NUL in a value": (
        Draft(Place("P1", "note", repeat="1"), {"text": "a\x00b"}),
        "P1 note 1.text: Text holds control characters. Write plain text.",
    ),
    "half a character in a value": (
        Draft(Place("P1", "note", repeat="1"), {"text": "a\ud83d"}),
        "P1 note 1.text: Text holds control characters. Write plain text.",
    ),
}


def test_each_refusal_is_one_sentence_and_writes_nothing(door: Gateway) -> None:
    door.enter([*opening("P1"), *opening("P2")], NURSE)
    for name, (draft, sentence) in WRONG.items():
        found = said(door, draft)
        assert len(found) == 1, (name, found)
        assert found[0].endswith(sentence), name


def test_all_problems_of_all_forms_are_told_at_once(door: Gateway) -> None:
    door.enter([*opening("P1"), *opening("P2")], NURSE)
    assert len(said(door, *(draft for draft, _ in WRONG.values()))) == len(WRONG)


def test_one_bad_form_among_good_ones_writes_nothing(door: Gateway) -> None:
    bad = Draft(Place("P1", "pain", "BL"), {"pain_nrs": 11})
    found = said(door, *opening("P1"), bad, *opening("P2"))
    assert len(found) == 1, found


def test_forms_that_rest_on_a_refused_one_are_not_blamed(door: Gateway) -> None:
    screening, *others = opening("P1")
    found = said(door, Draft(screening.place, {"screening_date": "yesterday"}), *others)
    what = "Date of screening is 'yesterday', which is no date. Write the date as YYYY-MM-DD."
    assert found == [f"P1 screening.screening_date: {what}"]


def test_one_lesion_cannot_be_opened_for_two_in_one_submission(door: Gateway) -> None:
    door.enter([opening("P1")[0], opening("P2")[0]], NURSE)
    lesion = opening("P1")[1]
    found = said(door, lesion, Draft(lesion.place._replace(participant="P2"), lesion.values))
    assert found[0].startswith("P2 P1-L1 lesion: Lesion P1-L1 belongs to another participant than P2.")


@pytest.mark.requirement("ICH E6(R3) 4.2.1")
@pytest.mark.requirement("EU Annex 11 12.4")
def test_who_enters_must_be_said(door: Gateway) -> None:
    for by, word in ((Author("", "nurse"), "name"), (Author("N. Urse", " "), "role")):
        found = said(door, *opening("P1"), by=by)
        assert any(f"The {word} of the person who enters is empty. Say who enters." in line for line in found)


@pytest.mark.requirement("ICH E6(R3) 4.2.5")
def test_the_same_again_makes_no_entry(door: Gateway) -> None:
    first = door.enter(opening("P1"), NURSE)
    again = door.enter(opening("P1"), NURSE)
    assert (again.sequence, again.hash, again.entries) == (first.sequence, first.hash, ())
    assert door.enter([], NURSE).entries == ()


def test_only_what_changed_is_entered(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    place = Place("P1", "screening")
    values = {"screening_date": "2026-01-05", "age_years": "45 years"}
    receipt = door.enter([Draft(place, values, expected=1, reason="misread")], NURSE)
    (step,) = history("tiny", place, "age_years")[1:]
    assert (step.number, step.version, step.value, step.unit) == (receipt.entries[0], 2, "45", "years")
    assert (step.replaces, step.reason, step.author, step.role) == (2, "misread", "N. Urse", "study nurse")


@pytest.mark.requirement("ICH E6(R3) 4.2.4")
@pytest.mark.requirement("EU Annex 11 9")
def test_clearing_a_value_is_an_entry_with_its_reason(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    place = Place("P1", "screening")
    door.enter([Draft(place, {"age_years": None}, expected=1, reason="not consented")], NURSE)
    last = history("tiny", place, "age_years")[-1]
    assert (last.value, last.version, last.replaces, last.reason) == ("", 2, 2, "not consented")
    assert make_cut("tiny", "0.1").table("screening")["age_years"].to_list() == [None]
    assert said(door, Draft(place, {"screening_date": None}, expected=2, reason="x"))[0].endswith("Enter a value.")


def test_two_forms_of_one_place_follow_each_other(door: Gateway) -> None:
    note = Place("P1", "note", repeat="1")
    door.enter([opening("P1")[0], Draft(note, {"text": "a"}), Draft(note, {"text": "b"}, 1, "slip")], NURSE)
    assert [step.value for step in history("tiny", note)] == ["a", "b"]
    assert make_cut("tiny", "0.1").table("note")["text"].to_list() == ["b"]


def test_a_failure_in_the_middle_leaves_nothing(door: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_head("tiny")

    def broken(_submission: object) -> str:
        assert scalar("SELECT COUNT(*) FROM record_entry") != 0
        raise OSError("the disk is full")

    monkeypatch.setattr(store, "insert_submission", broken)
    with pytest.raises(OSError, match="disk is full"):
        door.enter(opening("P1"), NURSE)
    monkeypatch.undo()
    assert read_head("tiny") == before
    for table in ("record_entry", "record_current", "record_submission"):
        assert scalar(f"SELECT COUNT(*) FROM {table}") == 0
    assert door.enter(opening("P1"), NURSE).entries[0] == 1


def test_a_failing_redaction_leaves_the_value(filled: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_head("tiny")

    def broken(*_args: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(store, "wipe_value", broken)
    with pytest.raises(OSError, match="disk is full"):
        filled.redact(1, "why", NURSE)
    assert read_head("tiny") == before


def test_a_door_to_another_definition_stays_shut(door: Gateway, tiny: Protocol) -> None:
    other = tiny.model_copy(update={"version": "2"})
    with pytest.raises(RefusedError, match="is open under definition"):
        open_study(other, "0.1")
    wrong = Gateway("tiny", other, "0.1")
    assert "runs under definition" in said(wrong, *opening("P1"))[0]
    assert reopened("tiny", "0.1").enter(opening("P1"), NURSE).sequence == 1


@pytest.mark.requirement("ICH E6(R3) 4.2.2a")
def test_a_large_submission_is_one_act(door: Gateway) -> None:
    drafts = [draft for number in range(1_500) for draft in opening(f"P{number}")]
    receipt = door.enter(drafts, NURSE)
    assert receipt.entries == tuple(range(1, 1_500 * 9 + 1))
    assert door.enter(drafts, NURSE).entries == ()


@pytest.mark.requirement("ICH E6(R3) 4.2.2c–d")
def test_salts_differ_and_the_clock_is_utc(home: object, tiny: Protocol) -> None:
    open_study(tiny, "0.1").enter(opening("P1"), NURSE)
    assert scalar("SELECT COUNT(DISTINCT salt) FROM record_entry") == 9
    assert str(scalar("SELECT at FROM record_submission")).endswith("Z")
    assert door_of(tiny).study == "tiny"
