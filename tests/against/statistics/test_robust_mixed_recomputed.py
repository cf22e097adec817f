"""CR2 tests of a mixed model against clubSandwich's of lme4's fit."""

import pytest

from calcitrial.models import fit
from calcitrial.statistics import robust_tests
from tests.against.statistics.oracle import recorded, repeated, same


@pytest.mark.parametrize("trial", ["between", "within", "small"])
def test_cr2_with_satterthwaite_equals_clubsandwich(trial: str) -> None:
    theirs = recorded("gee", f"cr2_lmer_{trial}")
    ours = robust_tests(fit(repeated(trial), "logvol ~ arm*visit + logbase + (1|usubjid/lesid)"))
    for own, their in [("estimate", "est"), ("se", "se"), ("df", "df"), ("p", "p")]:
        same([getattr(test, own) for test in ours], theirs[their], 1e-6 if own != "p" else 1e-5)
