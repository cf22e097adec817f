"""Every record of R on shares, pairs, rates and pooled studies is a test here, or is not offered and says so."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.against.statistics.oracle import PUBLIC, in_shared

HERE = Path(__file__).parent

TESTED = {
    ("gee", "gee_gaussian_*"): "statistics/test_marginal_model_recomputed.py",
    ("gee", "gee_binomial_*"): "statistics/test_marginal_model_recomputed.py",
    ("gee", "cr2_lm_*"): "statistics/test_marginal_model_recomputed.py",
    ("gee", "cr2_glm_*"): "statistics/test_marginal_model_recomputed.py",
    ("gee", "cr2_lmer_*"): "statistics/test_robust_mixed_recomputed.py",
    ("responder", "prop_cluster_*"): "statistics/test_clustered_recomputed.py",
    ("responder", "glmer_agq_*"): "statistics/test_meta_recomputed.py",
    ("responder", "participant_level_fisher_*"): "statistics/test_two_shares_recomputed.py",
    ("paired", "paired_*"): "statistics/test_paired_recomputed.py",
    ("paired", "mcnemar_exact"): "statistics/test_paired_recomputed.py",
    ("proportions", "binom_*"): "statistics/test_intervals_recomputed.py",
    ("proportions", "two_*"): "statistics/test_two_shares_recomputed.py",
    ("mi", "rubin_pool"): "statistics/test_imputation_recomputed.py",
    ("mi", "tipping_point"): "statistics/test_imputation_recomputed.py",
    ("meta", "meta_prop_made"): "statistics/test_meta_recomputed.py",
    ("meta", "meta_leave_one_out_made"): "statistics/test_meta_recomputed.py",
    ("map", "map_binomial"): "statistics/test_meta_recomputed.py",
    ("safety", "ae_incidence_and_rates"): "statistics/test_rates_recomputed.py",
    ("agreement", "icc_*"): "reading/test_agreement_recomputed.py",
    ("agreement", "variance_components_agreement"): "reading/test_agreement_recomputed.py",
    ("agreement", "bland_altman_R1_R2"): "reading/test_agreement_recomputed.py",
    ("agreement", "repeatability_R1"): "reading/test_agreement_recomputed.py",
}

NOT_OFFERED = {
    ("safety", "toxbdry_*"): "stopping boundaries come with the room design",
    ("safety", "beta_tox_*"): "stopping boundaries come with the room design",
}

FILES = sorted({file for file, _ in [*TESTED, *NOT_OFFERED]})


def matches(file: str, name: str) -> list[tuple[str, str]]:
    return [key for key in [*TESTED, *NOT_OFFERED] if key[0] == file and fnmatch(name, key[1])]


@pytest.mark.parametrize("file", FILES)
def test_each_record_is_tested_or_said_to_be_missing(file: str) -> None:
    if not PUBLIC.is_dir():
        pytest.skip(f"SKIPPED FOR WANT OF REFERENCES: {PUBLIC} is not here (set CALCITRIAL_SHARED).")
    found = {name: len(matches(file, name)) for name in in_shared(file)}
    assert {name: count for name, count in found.items() if count != 1} == {}


@pytest.mark.parametrize(("key", "module"), TESTED.items())
def test_the_test_that_is_named_reads_the_record(key: tuple[str, str], module: str) -> None:
    assert f"{key[1].split('*')[0]}" in (HERE / module).read_text()
