import pytest

from calcitrial.models import AnalysisError, parse_formula


def labels(text: str) -> list[str]:
    return [":".join(v.label for v in term) or "1" for term in parse_formula(text).terms]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("y ~ arm*visit + x + (1|p)", ["1", "arm", "visit", "x", "arm:visit"]),
        ("y ~ 0 + arm + (1|p)", ["arm"]),
        ("y ~ 1 + arm + (1|p)", ["1", "arm"]),
        ("y ~ 1 + (1|p)", ["1"]),
        ("y ~ (a + b)*c + (1|p)", ["1", "a", "b", "c", "a:c", "b:c"]),
        ("y ~ a*b*c + (1|p)", ["1", "a", "b", "c", "a:b", "a:c", "b:c", "a:b:c"]),
        ("y ~ a:b + a + a + (1|p)", ["1", "a", "a:b"]),
        ("y~log(x)+(1|p)", ["1", "log(x)"]),
    ],
)
def test_fixed_part_expands_as_in_r(text: str, terms: list[str]) -> None:
    found = labels(text)
    assert found[: len(terms)] == terms if text.count("*") < 2 else sorted(found) == sorted(terms)
    assert len(found) == len(terms)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("y ~ a + (1|p) + (1|p:l)", (("p",), ("p", "l"))),
        ("y ~ a + (1|p/l)", (("p",), ("p", "l"))),
        ("y ~ a + (1 | p/l/r)", (("p",), ("p", "l"), ("p", "l", "r"))),
        ("y ~ a + (1|p:a)", (("p", "a"),)),
    ],
)
def test_random_intercepts(text: str, groups: tuple) -> None:
    assert parse_formula(text).groups == groups


@pytest.mark.parametrize(
    ("text", "residual"),
    [
        ("y ~ a + us(visit|p)", ("us", "visit", ("p",))),
        ("y ~ a + (1|p) + ar1h( visit | p:l )", ("ar1h", "visit", ("p", "l"))),
        ("y ~ toeph(visit|p) + a*visit", ("toeph", "visit", ("p",))),
    ],
)
def test_residual_structures(text: str, residual: tuple) -> None:
    found = parse_formula(text)
    assert (found.residual.kind, found.residual.visit, found.residual.group) == residual
    assert found.residual.label == f"{residual[0]}(visit|{':'.join(residual[2])})"
    assert {"visit", *residual[2]} <= set(found.columns)
    assert parse_formula("y ~ us + ar1 + (1|p)").residual is None  # columns may have such names


def test_columns_are_listed_once() -> None:
    formula = parse_formula("log(size) ~ arm*visit + log(size0) + (1|participant/lesion) + (1|participant:arm)")
    assert formula.response.label == "log(size)"
    assert formula.columns == ("size", "arm", "visit", "size0", "participant", "lesion")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a column name was expected where the formula ends"),
        ("y", "'~' was expected where the formula ends"),
        ("y ~ a - 1 + (1|p)", "nothing was expected where '-' stands"),
        ("y ~ a ^ 2", r"'\^' has no meaning"),
        ("y ~ sqrt(x) + (1|p)", r"the function sqrt\(\) is not offered"),
        ("y ~ a + (1 + t|p)", "asks for a random slope"),
        ("y ~ a + (t|p)", "asks for a random slope"),
        ("y ~ a + (1|p", r"'\)' was expected where the formula ends"),
        ("y ~ a + (1|p) + (1|p)", r"\(1\|p\) is written twice"),
        ("y ~ a + (1|p:l) + (1|l:p)", r"\(1\|l:p\) is written twice"),
        ("y ~ a + y + (1|p)", "the response y stands on both sides"),
        ("y ~ 0 + (1|p)", "it has no fixed part; write at least '1'"),
        ("y ~ a + us(visit|p) + cs(visit|p)", r"us\(visit\|p\) and cs\(visit\|p\) are two residual structures"),
        ("y ~ a + us(p)", r"'\|' was expected where '\)' stands"),
        ("y ~ a + us(visit|arm/p)", "one matrix for all groups"),
        ("y ~ a + ad(visit|p)", "only log\\(\\) and the residual structures us, toep, toeph, ar1, ar1h, cs, csh"),
        ("y ~ a + (0 + t|p)", "asks for a random slope"),
        ("y ~ 2*a", "a column name was expected where '2' stands"),
        ("y ~ a + ", "a column name was expected where the formula ends"),
    ],
)
def test_a_wrong_formula_is_refused_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence) as refused:
        parse_formula(text)
    assert "Write for example" in str(refused.value)
