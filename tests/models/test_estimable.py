import polars as pl
import pytest

from calcitrial.models import estimable

DATA = pl.DataFrame({"y": [1.0, 2, 3, 4], "p": list("aabb"), "l": list("1122"), "t": list("xyxy")})


def test_a_residual_structure_stays_while_there_are_visits() -> None:
    kept = "y ~ t + us(t|p)"
    assert estimable(kept, DATA) == (kept, ())


def test_it_takes_the_place_of_an_intercept_of_its_own_groups() -> None:
    text, said = estimable("y ~ t + (1|p) + us(t|p:l)", DATA)
    assert text == "y ~ 1 + t + us(t|p:l)"
    assert said == ("p makes the same groups as the residual structure, so it was left out.",)


def test_beside_autoregression_the_intercept_stays() -> None:
    data = pl.DataFrame({"y": [1.0, 2, 3, 4, 5, 6], "p": list("aaabbb"), "l": list("111222"), "t": list("xyzxyz")})
    kept = "y ~ t + (1|p) + ar1(t|p:l)"
    assert estimable(kept, data) == (kept, ())
    assert estimable(kept, data.filter(pl.col("t") < "z"))[0] == "y ~ 1 + t + ar1(t|p:l)"


@pytest.mark.parametrize("kind", ["us", "ar1"])
def test_one_visit_leaves_it_out_and_is_said(kind: str) -> None:
    once = pl.concat([DATA.filter(t="x")] * 2)
    text, said = estimable(f"y ~ t + (1|p) + {kind}(t|p:l)", once)
    assert text == "y ~ 1 + (1|p)"
    assert f"All rows have t x, so {kind}(t|p:l) was left out of the model." in said
