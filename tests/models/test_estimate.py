import dataclasses
import json

import pytest

from calcitrial.models import AnalysisError, Estimate
from calcitrial.models.estimate import refuse_if_any

RATIO = Estimate(
    name="arm STS / CTL at visit W24",
    statistic="geometric mean ratio",
    estimate=0.744,
    low=0.599,
    high=0.925,
    level=0.95,
    se=0.11,
    df=70.4,
    p=0.0084,
    scale="ratio",
    method="Linear mixed model",
    n_rows=215,
    n_participants=24,
    n_lesions=77,
    dropped=22,
    messages=("A sentence.",),
    entries=(5, 9),
)


def test_an_estimate_reads_as_in_a_report() -> None:
    assert str(RATIO) == ("arm STS / CTL at visit W24: geometric mean ratio 0.744 (95% CI 0.599 to 0.925; p = 0.0084)")


def test_an_estimate_survives_json() -> None:
    plain = json.loads(json.dumps(RATIO.to_json()))
    again = Estimate(**{k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()})
    assert again == RATIO


def test_an_estimate_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RATIO.p = 0.04


def test_all_problems_are_kept() -> None:
    refuse_if_any([])
    with pytest.raises(AnalysisError) as refused:
        refuse_if_any(["One.", "Two."])
    assert refused.value.problems == ("One.", "Two.")
    assert str(refused.value) == "One.\nTwo."
