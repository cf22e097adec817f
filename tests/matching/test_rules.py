"""What is left of a rule decides exactly what CEL decides, and only items that matter are asked."""

from hypothesis import given
from hypothesis import strategies as st

from calcitrial.matching import remaining, still_asked
from calcitrial.matching.rules import items_in
from calcitrial.protocol import evaluate, load, rule_tree

TRUTHS = ("a", "b", "c")
leaves = st.one_of(
    st.sampled_from(TRUTHS),
    st.sampled_from(['d in ["x", "y"]', 'd == "x"', 'd != "y"', "n >= 2", "n < 2", "n == 3", "n > 1.5", "n <= 2"]),
)
rules = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda text: f"!({text})"),
    ),
    max_leaves=6,
)
values = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(TRUTHS, st.booleans()),
        "d": st.sampled_from(["x", "y", "z"]),
        "n": st.sampled_from([1.0, 2.0, 3.0]),
    },
)


@given(rules, values)
def test_what_is_left_of_a_rule_says_what_cel_says(text: str, known: dict[str, str | float | bool]) -> None:
    tree = rule_tree(text)
    assert tree is not None
    left = remaining(tree, known)
    told = evaluate(text, known)
    if isinstance(left, bool):
        assert told == ("true" if left else "false")
    else:
        assert told == "unknown"
        assert not set(items_in(left)) & set(known)


def test_nothing_more_is_asked_once_a_criterion_speaks_against_the_person() -> None:
    assert still_asked(load("limoges"), {"age_years": 1.0}) == ()
    assert still_asked(load("limoges"), {"pregnant": True}) == ()


def test_a_disease_of_one_branch_ends_the_questions_of_the_other() -> None:
    limoges = load("limoges")
    assert still_asked(limoges, {})[:3] == ("age_years", "diagnosis", "lesion_type")
    assert "parent_consent_signed" in still_asked(limoges, {"age_years": 9.0})
    assert "parent_consent_signed" not in still_asked(limoges, {"age_years": 30.0})


def test_one_picture_that_shows_calcinosis_is_enough() -> None:
    asked = still_asked(load("stsinj"), {"calcinosis_on_xray": True})
    assert "calcinosis_on_ultrasound" not in asked
    assert "calcinosis_on_ultrasound" in still_asked(load("stsinj"), {"calcinosis_on_xray": False})
