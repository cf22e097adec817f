"""Alerts of a diary: exact answers, thresholds, and changes against the answer before; judged against by-hand cases."""

from datetime import timedelta
from pathlib import Path

import pytest

from calcitrial.diary import Instrument, answer, parse_instrument, read_book, shipped
from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Draft, Place

from .diary_home import BY_LINK, CODE, LICENSED, ME, NOON, NURSE, Clock, begin, given

TELL = 'text = { en = "Call." }\n'


def with_alert(condition: str, item: str = "q2") -> Instrument:
    text = f'{LICENSED}\n[[alerts]]\nitem = "{item}"\n{condition}\nlabel = "x"\n{TELL}'
    return parse_instrument(text.encode(), "mcq.toml")


@pytest.mark.parametrize(
    ("rule", "now", "before", "raised"),
    [
        ("q2 >= 2", {"q2": "2"}, {}, True),
        ("q2 >= 2", {"q2": "1"}, {}, False),
        ("q2 >= 2", {}, {"q2": "3"}, False),
        ("q2 >= 2", {"q2": ""}, {}, False),
        ("q2 - q2_before >= 2", {"q2": "2"}, {"q2": "0"}, True),
        ("q2 - q2_before >= 2", {"q2": "2"}, {"q2": "1"}, False),
        ("q2 - q2_before >= 2", {"q2": "3"}, {}, False),
        ("q2 - q2_before >= 2", {"q2": "3"}, {"q2": ""}, False),
        ("q2 >= 1 && q1 == 3", {"q2": "1", "q1": "3"}, {}, True),
        ("q2 >= 1 && q1 == 3", {"q2": "1"}, {}, False),
        ("q2 >= 1 || q1 == 3", {"q2": "1"}, {}, True),
        ("q2 + q3 > 4", {"q2": "2", "q3": "3"}, {}, True),
    ],
)
def test_a_threshold_is_raised_where_its_rule_is_true_and_by_nothing_that_is_not_known(
    rule: str, now: dict[str, str], before: dict[str, str], raised: bool
) -> None:
    assert bool(with_alert(f'when = "{rule}"').raised(now, before)) is raised


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("", "Write one of `is` and `when`"),
        ('is = "1"\nwhen = "q2 > 1"', "says it twice"),
        ('when = "q9 > 1"', "names q9"),
        ('when = "q1 > 1"', "says nothing of q2"),
        ('when = "q2 >"', "cannot be read as CEL"),
        ("when = \"q2 == 'much'\"", "much"),
        ('when = "q2 + 1"', "q2 + 1"),
    ],
)
def test_a_condition_that_could_never_be_judged_is_refused_with_its_instrument(condition: str, said: str) -> None:
    with pytest.raises(RefusedError, match=r"alerts\.q2") as refused:
        with_alert(condition)
    assert said in str(refused.value)


def test_an_exact_answer_must_be_one_of_the_answers() -> None:
    with pytest.raises(RefusedError, match="none of the answers"):
        with_alert('is = "maybe"', "q1")


def labels(day: int) -> list[tuple[str, str]]:
    today = NOON.date() + timedelta(days=day)
    found = read_book("stsinj").standings(CODE, today)
    return [(one.occasion.key, alert.label) for one in found for alert in one.alerts]


def test_severe_and_rising_pain_are_told_until_somebody_has_seen_that_answer(home: Path, stsinj: Protocol) -> None:
    clock = Clock()
    door = begin(stsinj, clock)
    told = {13: "4", 14: "7", 15: "8", 16: "6"}  # a rise of 3, a rise of 1 to a severe one, a fall
    for day, pain in told.items():
        clock.moment = NOON.replace(day=day)
        answer(door, (CODE, f"injection_diary:2026-01-{day}"), given(pain_worst=pain), BY_LINK, ME)
    rose, severe = "tells of pain that rose by 3 or more", "tells of severe pain (8 or more)"
    assert labels(5) == [("2026-01-14", rose), ("2026-01-15", severe)]
    seen = Place(CODE, "diary_ack", repeat="injection_diary:2026-01-15:pain_worst")
    door.enter([Draft(seen, {"ack_answer": "8", "ack_done": "called"})], NURSE)
    assert labels(5) == [("2026-01-14", rose)]


def test_the_shipped_thresholds_say_in_both_languages_what_to_do() -> None:
    alerts = shipped()["injection_diary"].alerts
    assert [one.item for one in alerts] == ["skin_opened", "pain_worst", "pain_worst"]
    assert all(one.text.en and one.text.fr for one in alerts)
