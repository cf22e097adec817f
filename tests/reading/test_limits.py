"""Limits of agreement and repeatability: against arithmetic by hand, and by how often their intervals hold."""

import math

import numpy as np
import pytest

from calcitrial.protocol import RefusedError
from calcitrial.reading.limits import Interval, limits_of_agreement, repeatability


def test_bias_and_limits_by_hand() -> None:
    found = limits_of_agreement(np.array([-0.1, 0.0, 0.1, 0.2]))
    assert found.bias.value == pytest.approx(0.05)
    assert found.sd == pytest.approx(math.sqrt(0.05 / 3))
    assert found.upper.value == pytest.approx(0.05 + 1.959963985 * found.sd)
    assert found.bias.high == pytest.approx(0.05 + 3.182446305 * found.sd / 2)
    assert found.lower_exact.value == found.lower.value < found.bias.value < found.upper_exact.value


def test_limits_mirror_when_the_readers_change_places() -> None:
    differences = np.array([-0.3, 0.1, 0.2, 0.05, 0.4])
    one, other = limits_of_agreement(differences), limits_of_agreement(-differences)
    assert other.lower_exact.low == pytest.approx(-one.upper_exact.high)
    assert other.lower_exact.high == pytest.approx(-one.upper_exact.low)


def test_the_exact_interval_holds_the_limit_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    samples = rng.normal(0.1, 0.2, size=(1500, 8))
    held = 0
    for sample in samples:
        upper = limits_of_agreement(sample).upper_exact
        held += upper.low <= 0.1 + 1.959963985 * 0.2 <= upper.high
    assert abs(held / 1500 - 0.95) < 3 * math.sqrt(0.95 * 0.05 / 1500)


def test_repeatability_by_hand() -> None:
    found = repeatability(np.array([0.1, -0.1, 0.2, 0.0]))
    assert found.wsd == pytest.approx(math.sqrt(0.06 / 4 / 2))
    assert found.rc.value == pytest.approx(1.96 * math.sqrt(2) * found.wsd)
    assert found.rc.low < found.rc.value < found.rc.high


def test_a_ratio_is_exp_of_the_logarithm() -> None:
    assert Interval(0.0, -math.log(2), math.log(3)).ratio() == Interval(1.0, 0.5, pytest.approx(3.0))  # type: ignore[arg-type]


@pytest.mark.parametrize("act", [limits_of_agreement, repeatability])
def test_two_lesions_are_too_few(act: object) -> None:
    assert callable(act)
    with pytest.raises(RefusedError, match="2 lesions have both readings"):
        act(np.array([0.1, 0.2]))
