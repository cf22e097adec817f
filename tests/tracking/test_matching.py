"""Voxels laid over each other: who is who, what became one, what fell apart."""

import numpy as np
import pytest

from calcitrial.tracking.matching import match, overlap, same

GRID = np.stack(np.meshgrid(*[np.arange(-9.0, 10.0, 0.5)] * 3), axis=-1).reshape(-1, 3)


def ball(x: float, radius: float = 3.0) -> np.ndarray:
    return GRID[np.linalg.norm(GRID, axis=1) <= radius] + [x, 0.0, 0.0]


def test_overlap_counts_the_share_of_each():
    assert overlap(ball(0), ball(0), 0.6) == (1.0, 1.0)
    inner, outer = overlap(ball(0, 2.0), ball(0, 4.0), 0.6)
    assert inner == 1.0 and 0.1 < outer < 0.4
    assert overlap(ball(0), ball(20), 0.6) == (0.0, 0.0)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_neighbours_are_linked_each_to_its_own(order):
    found = [[ball(0.4), ball(8.4)][i] for i in order]
    matches = match([ball(0), ball(8)], found, 2.0, 1.0)
    assert matches.pairs == tuple(enumerate(order)) and not matches.merged and not matches.split


def test_a_lesion_that_vanished_does_not_take_a_neighbours_finding():
    assert match([ball(0), ball(8)], [ball(8)], 2.0, 1.0).pairs == ((1, 0),)
    assert match([ball(0)], [ball(8)], 2.0, 1.0).pairs == ()
    assert not same(ball(0), ball(8), 2.0)


def test_a_lesion_that_shrank_or_grew_to_one_side_keeps_its_link():
    assert match([ball(0, 6.0)], [ball(4.0, 2.0)], 1.5, 1.0).pairs == ((0, 0),)
    assert match([ball(4.0, 2.0)], [ball(0, 6.0)], 1.5, 1.0).pairs == ((0, 0),)


def test_two_in_one_have_merged_and_one_in_two_has_split():
    both, joined = [ball(-3.2), ball(3.2)], np.concatenate([ball(-3.0, 3.4), ball(3.0, 3.4)])
    assert match(both, [joined], 1.5, 1.0).merged == (((0, 1), 0),)
    split = match([joined], both, 1.5, 1.0)
    assert split.split == ((0, (0, 1)),) and split.pairs == () and split.merged == ()


def test_a_finding_beside_a_lesion_is_no_part_of_it():
    matches = match([ball(0)], [ball(0), ball(7.0, 2.0)], 2.0, 1.0)
    assert matches.pairs == ((0, 0),) and matches.split == ()
