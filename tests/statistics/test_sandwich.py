import numpy as np
import pytest

from calcitrial.models import AnalysisError
from calcitrial.statistics.sandwich import covariance, influences, satterthwaite_df
from calcitrial.statistics.working import Cluster, bread


def clusters(sizes: list[int], correlation: float = 0.3, columns: int = 2) -> list[Cluster]:
    random = np.random.default_rng(3)
    return [
        Cluster(
            np.column_stack([np.ones(n), random.normal(size=(n, columns - 1))]),
            correlation + (1 - correlation) * np.eye(n),
            random.normal(size=n),
        )
        for n in sizes
    ]


def expected(found: list[Cluster], kind: str) -> np.ndarray:
    """The mean of the covariance estimate when the working model is true."""
    inverse = bread(found)
    total = np.zeros_like(inverse)
    for part, own in zip(influences(found, inverse, kind), found, strict=True):
        left = own.covariance - own.slopes @ inverse @ own.slopes.T
        total += part @ left @ part.T
    return total


@pytest.mark.parametrize("kind", ["cr2", "kauermann-carroll"])
def test_unbiased_under_the_working_model(kind: str) -> None:
    found = clusters([1, 2, 3, 4, 2, 3])
    np.testing.assert_allclose(expected(found, kind), bread(found), rtol=1e-9)


def test_the_plain_sandwich_is_too_small_and_mancl_derouen_too_large() -> None:
    found = clusters([1, 2, 3, 4, 2, 3])
    truth = np.diag(bread(found))
    assert (np.diag(expected(found, "plain")) < truth).all()
    assert (np.diag(expected(found, "mancl-derouen")) > truth).all()


def test_one_row_each_is_the_usual_degrees_of_freedom() -> None:
    found = [Cluster(np.ones((1, 1)), np.eye(1), np.array([float(n)])) for n in range(7)]
    inverse = bread(found)
    assert satterthwaite_df(found, inverse, "cr2", np.eye(1))[0] == pytest.approx(6)
    values = np.arange(7.0)
    assert covariance(found, inverse, "plain")[0, 0] == pytest.approx((values**2).sum() / 49)


def test_a_cluster_that_fixes_a_coefficient_alone() -> None:
    found = clusters([2, 3, 3])
    alone = [
        Cluster(np.column_stack([own.slopes, np.full(len(own.slopes), n == 0)]), own.covariance, own.residual)
        for n, own in enumerate(found)
    ]
    inverse = bread(alone)
    with pytest.raises(AnalysisError, match=r"Cluster number 1 alone fixes a coefficient.*ask for 'cr2'"):
        covariance(alone, inverse, "mancl-derouen")
    assert np.isfinite(covariance(alone, inverse, "cr2")).all()


def test_mbn_adds_to_the_plain_sandwich() -> None:
    found = clusters([2, 3, 3, 2, 1, 4, 2])
    inverse = bread(found)
    assert (np.diag(covariance(found, inverse, "mbn")) > np.diag(covariance(found, inverse, "plain"))).all()
    with pytest.raises(AnalysisError, match="MBN's covariance needs two clusters"):
        covariance(found[2:3], bread(found[2:3]), "mbn")
