"""Pooled shares against R.

Witness: metafor 3.8-1, rma.glmm(measure="PLO", xi, ni, nAGQ=25, test="t") and predict(transf=transf.ilogit), run on
the counts below; and, where the shared references are there, the same call of theirs on 11 made studies.
"""

import pytest

from calcitrial.synthesis import synthesise
from tests.synthesis.invented import base

COUNTS = (((3, 6), (4, 10), (2, 9)), ((3, 6), (40, 50), (2, 9), (9, 12)))
METAFOR = (
    (0.36, 0.08563497, 0.77160706, 0.08563497, 0.77160706, 0.0),
    (0.61429122, 0.21781642, 0.90107352, 0.05718554, 0.97664567, 0.7542097771),
)


@pytest.mark.parametrize(("counts", "theirs"), list(zip(COUNTS, METAFOR, strict=True)))
def test_pooled_share_interval_and_prediction(counts, theirs):
    (pool,) = synthesise("intralesional", "response", base(*counts)).pools
    one = pool.pooled
    ours = (one.estimate, one.low, one.high, one.predicted_low, one.predicted_high, one.tau2)
    assert ours == pytest.approx(theirs, rel=2e-4, abs=1e-6)
