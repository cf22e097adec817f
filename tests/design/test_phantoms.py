"""Virtual participants on the scanner: the same order gives the same bytes, and what is measured is what was put in."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from calcitrial.design import Scan, scan
from calcitrial.imaging import Seed
from calcitrial.phantoms import Deposit

ACQUIRED = datetime(2026, 1, 12, 9, tzinfo=UTC)
DEPOSITS = (
    Deposit("A-L1", (26.0, 0.0, 5.0), (4.0, 5.0, 4.0), 300.0),
    Deposit("A-L2", (-26.0, 0.0, -5.0), (4.0, 4.0, 4.0), 250.0),
)


def order(folder: Path, seed: int = 3) -> Scan:
    seeds = tuple(Seed(one.id, one.centre_mm) for one in reversed(DEPOSITS))
    return Scan("A BL", "A", ACQUIRED, folder, DEPOSITS, seeds, seed)


def test_lesions_come_back_in_the_order_of_the_seeds_with_their_mass(tmp_path: Path) -> None:
    found = scan(order(tmp_path / "a"))
    assert [lesion.id for lesion in found.lesions] == ["A-L2", "A-L1"]
    for lesion, put in zip(found.lesions, reversed(DEPOSITS), strict=True):
        a, b, c = put.semi_axes_mm
        true = put.density_mg_cm3 * 4.18879 * a * b * c / 1000
        assert lesion.mass_mg == pytest.approx(true, rel=0.15) and not lesion.flags
    assert found.seconds_writing > 0 and found.seconds_measuring > 0


def test_the_same_order_gives_the_same_series_and_another_seed_another(tmp_path: Path) -> None:
    one, same, other = (scan(order(tmp_path / name, seed)) for name, seed in (("a", 3), ("b", 3), ("c", 4)))
    assert one.digest == same.digest and one.lesions == same.lesions
    assert one.digest != other.digest
