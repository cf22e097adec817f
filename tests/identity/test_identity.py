"""Ages: years are completed ones, for who was born on 29 February too."""

from datetime import date

import pytest

from calcitrial.identity import years_between


@pytest.mark.parametrize(("day", "years"), [((2026, 2, 28), 17), ((2026, 3, 1), 18), ((2028, 2, 29), 20)])
def test_years_are_completed_ones(day: tuple[int, int, int], years: int) -> None:
    assert years_between(date(2008, 2, 29), date(*day)) == years
