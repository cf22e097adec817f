import polars as pl
import pytest

from calcitrial.analysis import fit, fit_text, method_named
from calcitrial.models import AnalysisError


@pytest.mark.parametrize(
    ("name", "ml", "method"),
    [
        ("", False, "kr"),
        ("", True, "satterthwaite"),
        ("kr-linear", False, "kr-linear"),
        ("satterthwaite", False, "satterthwaite"),
    ],
)
def test_methods_are_found_by_their_names(name: str, ml: bool, method: str):
    assert method_named(name, ml) == method


def test_another_method_is_refused():
    with pytest.raises(AnalysisError, match="There is no method 'wald'; write kr, kr-linear or satterthwaite"):
        method_named("wald")


def test_a_fit_with_correlated_visits_tells_its_correlations():
    values = [1.0, 1.4, 2.0, 2.1, 0.4, 0.9, 1.6, 1.9, 3.0, 2.7, 0.2, 1.1]
    data = pl.DataFrame({"p": list("aabbccddeeff"), "visit": ["W04", "W12"] * 6, "y": values})
    text = fit_text(fit(data, "y ~ visit + ar1(visit|p)", method="kr-linear"))
    assert "Correlations of ar1(visit|p): W04:W12 0." in text
    assert "Variances: residual " in text
