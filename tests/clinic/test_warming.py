"""What is worked out before somebody asks is what the pages then show, and spares them the work."""

from pathlib import Path

import pytest

from calcitrial.clinic import dues, warm
from calcitrial.people import Scope
from calcitrial.record import each as kept_each
from calcitrial.record import known, now, protocol_of, record_here
from calcitrial.record.each import _kept
from calcitrial.web import participant_rows, reading_of
from tests.clinic.test_growth import SITES, STUDY, enter, few, slowly

__all__ = ["few"]


@pytest.mark.parametrize("role", ["study_nurse", "data_manager", "assessor"])
def test_the_pages_show_what_they_would_have_worked_out(few: Path, role: str) -> None:
    warm(STUDY)
    today = now().date()
    for site in ("", SITES[0]):
        scope = Scope(STUDY, "x", ((role, site),))
        reading, slow = reading_of(protocol_of(STUDY), scope), slowly(scope)
        assert participant_rows(reading) == participant_rows(slow)
        assert dues(reading, scope, today) == dues(slow, scope, today)


def test_nothing_is_left_to_work_out(few: Path) -> None:
    enter(range(6, 60))
    warm(STUDY)
    marks = {code: mark for code, mark in known(STUDY).marks.items() if code}
    for name in ("list", "tally", "visits due", "diaries"):
        kinds = _kept[(*record_here(), STUDY, name)]
        assert any({code: mark for code, (mark, _one) in kept.items()} == marks for kept in kinds.values()), name
    assert len(marks) == 60 and callable(kept_each)
