"""In small trials without effect the analysis rejects one time in twenty: the witness is R (see below).

The founders' R runs (lmer with pbkrtest, 8,000 null trials per row) rejected 4.6 % with 8 participants and 5.0 % with
12, where Wald z rejected 8.7 % and 7.5 %. Ours must agree within three Monte Carlo standard errors. Long, so run by
`make accuracy`.
"""

import numpy as np
import pytest

from calcitrial.design import Scenario, mixed_model, operating_characteristics, treated_arm, untreated_arm

VISITS = ("BL", "W04", "W08", "W12", "W24", "W52")
DAYS = (0, 28, 56, 84, 168, 364)
FORMULA = "log_size ~ arm*visit + log_baseline + (1|participant/lesion)"


@pytest.mark.heavy
@pytest.mark.parametrize(("participants", "rejected_by_r"), [(8, 0.046), (12, 0.050)])
def test_the_level_of_kenward_roger_is_that_of_r(participants: int, rejected_by_r: float) -> None:
    scenario = Scenario(
        participants,
        VISITS,
        (treated_arm("STS", DAYS, 1.0), untreated_arm("CTL", DAYS, 0.0)),
        lesions_mean=1000.0,  # so that everybody has the largest number of lesions, three
        lesions_max=3,
        dropout=0.0,
    )
    found = operating_characteristics(
        scenario, mixed_model(FORMULA, "STS", "CTL", "W52"), np.random.default_rng(1), trials=2000
    )
    assert found.failures == 0
    assert abs(found.rejected - rejected_by_r) < 3 * found.rejected_mcse
    assert abs(found.bias) < 3 * found.bias_mcse
    ours = f"{found.rejected:.3%} (± {found.rejected_mcse:.3%})"
    print(f"{participants} participants: {ours} rejected; by R {rejected_by_r:.1%}")
