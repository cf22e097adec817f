"""The clocks of serious events, from awareness to sponsor and authorities; messages that hold codes alone."""

from datetime import UTC, datetime, timedelta

import pytest

from calcitrial.vigilance import aware_at, criteria_of, deadlines, is_susar, message

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
EVENT = {"serious": "true", "term": "Skin ulceration", "grade": "3", "related": "related", "onset_date": "2026-02-01"}
EVENT |= {"aware_date": "2026-02-03", "aware_time": "12:00", "serious_hospitalisation": "true"}
SENT = {"notice_result": "sent", "notice_to": "investigator, sponsor", "notice_at": "2026-02-04T11:00:00.000000Z"}


def words(event, judgement=None, notices=(), after=timedelta(0)):
    return [one.words(NOON + after) for one in deadlines(event, judgement, notices)]


def test_an_event_that_is_not_serious_has_no_clock() -> None:
    assert deadlines(EVENT | {"serious": "false"}, None, ()) == ()


def test_the_sponsor_is_told_within_24_hours_of_awareness() -> None:
    first, _authority = deadlines(EVENT, None, ())
    assert first.until == NOON + timedelta(hours=24) and "24 hours" in first.clause
    assert words(EVENT)[0] == "24 h 0 min left, until 2026-02-04 12:00 UTC"
    assert words(EVENT, after=timedelta(hours=25, minutes=5))[0] == "OVERDUE by 1 h 5 min"
    assert words(EVENT, notices=[SENT])[0] == "done 2026-02-04 11:00 UTC, in time"
    assert words(EVENT, notices=[SENT | {"notice_at": "2026-02-05T11:00:00Z"}])[0].endswith("LATE")


def test_a_message_that_failed_or_went_to_others_stops_no_clock() -> None:
    failed, other = SENT | {"notice_result": "failed"}, SENT | {"notice_to": "monitor"}
    assert "left" in words(EVENT, notices=[failed, other])[0]


@pytest.mark.parametrize(
    ("change", "days"),
    [({}, 15), ({"serious_life_threatening": "true"}, 7), ({"serious_death": "true"}, 7), ({"grade": "5"}, 7)],
)
def test_a_suspected_unexpected_reaction_has_7_or_15_days(change: dict[str, str], days: int) -> None:
    _sponsor, authority = deadlines(EVENT | change, None, ())
    assert authority.until == NOON + timedelta(days=days) and f"{days} days" in authority.clause


def test_causality_is_the_investigators_and_until_then_the_worst_is_supposed() -> None:
    assert is_susar(EVENT, None) == (True, False)
    assert is_susar(EVENT | {"related": "unknown"}, None) == (True, False)
    assert is_susar(EVENT | {"related": "not related"}, None) == (False, False)
    assert is_susar(EVENT | {"term": "Nausea", "grade": "2"}, None) == (False, False)
    judged = {"causality_drug": "yes", "expectedness": "unexpected"}
    assert is_susar(EVENT | {"related": "not related"}, judged) == (True, True)
    assert is_susar(EVENT, judged | {"causality_drug": "no"}) == (False, True)
    assert is_susar(EVENT, judged | {"expectedness": "expected"}) == (False, True)


def test_without_the_moment_of_awareness_the_clock_runs_from_the_start_of_the_onset() -> None:
    assert aware_at({"onset_date": "2026-02-01"}) == (datetime(2026, 2, 1, tzinfo=UTC), False)
    assert aware_at({"onset_date": None})[0].year == 1
    assert words(EVENT | {"aware_date": None, "aware_time": None})[0].startswith("OVERDUE")


def test_the_criteria_are_told_in_words() -> None:
    assert criteria_of(EVENT) == ("hospital admission or a longer stay",)


@pytest.mark.requirement("GDPR/HIPAA")
def test_a_message_holds_codes_and_a_link_alone() -> None:
    subject, text = message("stsinj", "PIT-001", "AE1", "first report", "https://trial.example/x/")
    assert subject == "stsinj PIT-001 AE1: first report"
    assert {line.partition(":")[0] for line in text.splitlines() if ": " in line} == {
        "Study",
        "Participant",
        "Event",
        "Open it after signing in",
        "À ouvrir après connexion\N{NO-BREAK SPACE}",
    }
