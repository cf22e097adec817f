"""Estimates as people read them: rounded once, in one way, with the interval always beside the number."""

from calcitrial.models import Estimate

MINUS = "−"


def rounded(value: float, places: int = 2) -> str:
    """Return a number with a true minus sign, and none before zero."""
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", MINUS)


def estimate_words(one: Estimate) -> str:
    """Return the number: two decimals."""
    return rounded(one.estimate)


def interval_words(one: Estimate) -> str:
    """Return the interval with its level, such as '95 % CI 0.68 to 0.78'."""
    return f"{100 * one.level:g} % CI {rounded(one.low)} to {rounded(one.high)}"


def p_value(one: Estimate) -> str:
    """Return the p value; below 0.0001 it is not written out."""
    return "< 0.0001" if one.p < 0.0001 else f"{one.p:.4f}"


def p_words(one: Estimate) -> str:
    """Return the test of no difference as a sentence."""
    p = f"p {p_value(one)}" if one.p < 0.0001 else f"p = {p_value(one)}"
    return f"Test of no difference: {p} (degrees of freedom {one.df:.1f})."


def percent(ratio: float) -> float:
    """Return a ratio as a change in percent: 0.73 is -27."""
    return 100 * (ratio - 1)


def counted(number: int, noun: str) -> str:
    """Return a count with its noun, such as '1 lesion' or '3 lesions'."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
