"""The safety analysis of a cut against R: a study is made of the table of events, and counted again from its forms.

R 4.2.2 with stats and MASS 7.3-58.2: `ae_incidence_and_rates` of the references, and for one rate of all participants
`glm.nb(n_ae ~ 1 + offset(log(exposure_days / 365.25)))`, run for this project.
"""

from datetime import date, timedelta

import numpy as np
import pytest

from calcitrial.analysis import safety_analysis
from calcitrial.models import read_csv
from calcitrial.record import Place
from calcitrial.statistics import event_rate
from tests.against.statistics.oracle import HERE, recorded, same
from tests.small_study import cut_of_forms, event, person

ARMS = {"CTL": "OBS", "STS": "STS"}
START = date(2026, 1, 1)


@pytest.fixture(scope="module")
def found():
    forms = {}
    for row in read_csv(HERE / "adverse_event_counts.csv").iter_rows(named=True):
        code = row["usubjid"]
        forms |= person(code, 1, "BL", ARMS[row["arm"]])
        last = START + timedelta(days=row["exposure_days"])
        forms[Place(code, "visit", "W08")] = {"visit_date": last.isoformat()}
        for number in range(int(row["n_ae"])):
            serious = "true" if number < row["n_sae"] else "false"
            forms |= event(code, f"AE{number}", "Nausea", 1, "", "2026-01-02", serious=serious, outcome="recovered")
    return safety_analysis(cut_of_forms(forms, "participant"))


@pytest.mark.parametrize("arm", ARMS)
def test_shares_of_people_and_rates_of_an_arm(found, arm):
    theirs = recorded("safety", "ae_incidence_and_rates")[arm]
    place = [group.id for group in found.groups].index(ARMS[arm])
    kinds = {line.key: line.counts[place] for line in found.kinds}
    assert (kinds["any_event"].participants, kinds["any_event"].events) == (theirs["n_any"], theirs["events"])
    same((kinds["any_event"].share.low, kinds["any_event"].share.high), theirs["incidence_cp"], 1e-10)
    same((kinds["serious"].share.low, kinds["serious"].share.high), theirs["sae_cp"], 1e-10)
    (rate,) = [r for r in found.rates if (r.kind, r.group, r.unit) == ("any_event", ARMS[arm], "person-years")]
    assert rate.model == "Poisson"
    same((rate.exposure, rate.estimate), (theirs["person_years"], theirs["rate_100py"]), 1e-10)
    same((rate.low, rate.high), theirs["rate_ci_100py"], 1e-10)


def test_ratios_of_two_arms(found):
    theirs = recorded("safety", "ae_incidence_and_rates")
    ours = {ratio.method: ratio for ratio in found.ratios if ratio.kind == "any_event"}
    exact, crowded = ours["exact Poisson"], ours["negative binomial"]
    same((exact.estimate, exact.p), (theirs["rate_ratio"]["est"], theirs["rate_ratio"]["p"]), 1e-9)
    same((exact.low, exact.high), theirs["rate_ratio"]["ci"], 1e-9)
    same(np.log(crowded.estimate), theirs["negbin"]["est"]["armSTS"], 1e-6)


def test_one_rate_of_all_participants_as_in_mass():
    people = read_csv(HERE / "adverse_event_counts.csv")
    fitted = event_rate(people.with_columns(years=people["exposure_days"] / 365.25), "n_ae", "years")
    estimate, low, high = fitted.rate
    same(np.log(estimate), 0.38252675116689, 1e-7)
    half = 2.03451529744934 * 0.21913130424188  # t with 33 degrees of freedom
    same((np.log(low), np.log(high)), (0.38252675116689 - half, 0.38252675116689 + half), 1e-6)
    same(fitted.theta, 1.58365734962601, 1e-5)
    same(fitted.overdispersion.statistic, 2 * (48.8717513271493 - 46.86438425256660), 1e-7)
    same(fitted.overdispersion.pearson, 1.6159630413506, 1e-8)
