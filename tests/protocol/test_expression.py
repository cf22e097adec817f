"""Criteria with three values: all truth tables, and a missing value never decides."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcitrial.protocol import ExpressionError, Truth, evaluate, load, names_in
from calcitrial.protocol.expression import texts_in

VALUES: dict[Truth, bool | None] = {"true": True, "false": False, "unknown": None}

AND = {
    ("true", "true"): "true",
    ("true", "false"): "false",
    ("true", "unknown"): "unknown",
    ("false", "true"): "false",
    ("false", "false"): "false",
    ("false", "unknown"): "false",
    ("unknown", "true"): "unknown",
    ("unknown", "false"): "false",
    ("unknown", "unknown"): "unknown",
}
OR = {
    ("true", "true"): "true",
    ("true", "false"): "true",
    ("true", "unknown"): "true",
    ("false", "true"): "true",
    ("false", "false"): "false",
    ("false", "unknown"): "unknown",
    ("unknown", "true"): "true",
    ("unknown", "false"): "unknown",
    ("unknown", "unknown"): "unknown",
}


@pytest.mark.parametrize(("pair", "answer"), AND.items())
def test_and(pair: tuple[Truth, Truth], answer: Truth) -> None:
    assert evaluate("a && b", {"a": VALUES[pair[0]], "b": VALUES[pair[1]]}) == answer


@pytest.mark.parametrize(("pair", "answer"), OR.items())
def test_or(pair: tuple[Truth, Truth], answer: Truth) -> None:
    assert evaluate("a || b", {"a": VALUES[pair[0]], "b": VALUES[pair[1]]}) == answer


@pytest.mark.parametrize(("a", "answer"), [("true", "false"), ("false", "true"), ("unknown", "unknown")])
def test_not(a: Truth, answer: Truth) -> None:
    assert evaluate("!a", {"a": VALUES[a]}) == answer


@pytest.mark.parametrize(("a", "b", "c"), list(product(VALUES, repeat=3)))
def test_nested_expressions_follow_kleene(a: Truth, b: Truth, c: Truth) -> None:
    values = {"a": VALUES[a], "b": VALUES[b], "c": VALUES[c]}
    inner = OR[b, c]
    assert evaluate("a && (b || c)", values) == AND[a, inner]  # type: ignore[index]
    assert evaluate("(a && b) || c", values) == OR[AND[a, b], c]  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "values", "answer"),
    [
        ("age >= 2", {"age": 2}, "true"),
        ("age >= 2", {"age": 1.999}, "false"),
        ("age >= 2", {}, "unknown"),
        ("age >= 2", {"age": None}, "unknown"),
        ("day > -14", {"day": -13}, "true"),
        ("volume <= 0.5", {"volume": 0.5}, "true"),
        ('side == "left"', {"side": "left"}, "true"),
        ('side in ["left", "right"]', {"side": "midline"}, "false"),
        ('side in ["left", "right"]', {"side": None}, "unknown"),
        ('age > 18 || side == "left"', {"age": None, "side": "left"}, "true"),
        ('age > 18 && side == "left"', {"age": None, "side": "right"}, "false"),
    ],
)
def test_comparisons(text: str, values: dict[str, object], answer: Truth) -> None:
    assert evaluate(text, values) == answer  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "values", "sentence"),
    [
        ("age >=", {}, "cannot be read"),
        ("(age >= 2", {}, "cannot be read"),
        ('age >= "two"', {"age": 2}, "different kinds"),
        ("age", {"age": 2}, "not a yes-or-no question"),
    ],
)
def test_what_cannot_be_answered_is_said(text: str, values: dict[str, int], sentence: str) -> None:
    with pytest.raises(ExpressionError, match=sentence) as error:
        evaluate(text, values)
    assert repr(text) in str(error.value)


def test_names_and_texts_of_an_expression() -> None:
    text = '(diagnosis in ["DM", "SSc"] && age >= 2) || consent'
    assert names_in(text) == {"diagnosis", "age", "consent"}
    assert texts_in(text) == {"DM", "SSc"}


CRITERIA = [c for trial in ("limoges", "stsinj") for c in load(trial).criteria if c.expression]
ANSWERS = {
    "age_years": st.integers(0, 100),
    "diagnosis": st.sampled_from(["SSc", "DM", "JDM", "MCTD", "IIM", "iPPSD2", "PHP1A", "other"]),
    "lesion_type": st.sampled_from(["calcification", "ossification"]),
}


def person() -> st.SearchStrategy[dict[str, object]]:
    """People with every item of the criteria, some of them unknown."""
    names = sorted({name for criterion in CRITERIA for name in names_in(criterion.expression)})
    return st.fixed_dictionaries({name: st.none() | ANSWERS.get(name, st.booleans()) for name in names})


@given(st.sampled_from(CRITERIA), person(), st.data())
def test_taking_a_value_away_never_turns_an_answer_round(criterion, someone, data) -> None:
    lost = data.draw(st.sampled_from(sorted(someone)))
    before = evaluate(criterion.expression, someone)
    after = evaluate(criterion.expression, {**someone, lost: None})
    assert after in (before, "unknown")


@given(st.sampled_from(CRITERIA), person(), st.data())
def test_an_answer_stands_whatever_the_missing_values_turn_out_to_be(criterion, someone, data) -> None:
    filled = {
        name: data.draw(ANSWERS.get(name, st.booleans())) if value is None else value for name, value in someone.items()
    }
    before, after = evaluate(criterion.expression, someone), evaluate(criterion.expression, filled)
    assert after != "unknown"
    assert before in (after, "unknown")


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.id)
def test_nothing_known_decides_nothing(criterion) -> None:
    assert evaluate(criterion.expression, {}) == "unknown"
