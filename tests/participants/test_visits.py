"""Visits: windows count from baseline, and a visit begins once."""

from datetime import date
from pathlib import Path

import pytest

from calcitrial.participants import baseline_visit, begin_visit, screen, windows
from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import make_cut, open_study
from tests.participants.test_screening import JUDGED, NURSE, WELL


def test_windows_count_in_days_from_baseline(stsinj: Protocol) -> None:
    found = {w.visit.id: w for w in windows(stsinj, date(2026, 1, 1))}
    visit = stsinj.visit("W12")
    assert visit is not None and (found["W12"].planned - date(2026, 1, 1)).days == visit.day
    assert found["W12"].holds(found["W12"].earliest) and found["W12"].holds(found["W12"].latest)
    assert not found["W12"].holds(date(2027, 1, 1))


def test_baseline_is_the_visit_of_that_kind(stsinj: Protocol) -> None:
    assert baseline_visit(stsinj).day == 0


def test_a_protocol_without_baseline_is_refused(stsinj: Protocol) -> None:
    with pytest.raises(RefusedError, match="No visit is the baseline"):
        baseline_visit(stsinj.model_copy(update={"visits": ()}))


def test_a_visit_begins_once_and_only_if_planned(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(stsinj, "test")
    screen(gateway, "PIT-001", WELL, NURSE, JUDGED)
    begin_visit(gateway, "PIT-001", "BL", date(2026, 1, 10), NURSE)
    with pytest.raises(RefusedError, match="Version 0 was expected"):
        begin_visit(gateway, "PIT-001", "BL", date(2026, 1, 11), NURSE)
    with pytest.raises(RefusedError, match="plans no visit 'W99'"):
        begin_visit(gateway, "PIT-001", "W99", date(2026, 1, 11), NURSE)
    assert make_cut("stsinj", "test").table("visit")["visit_date"].to_list() == ["2026-01-10"]
