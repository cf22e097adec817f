"""What is wrong with something a person wrote, as sentences, all of it at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where, what (with the value), and what to write instead."""

    place: str
    what: str
    instead: str

    def __str__(self) -> str:
        """Return the problem as one sentence with its place in front."""
        return f"{self.place}: {self.what} {self.instead}".strip()


class RefusedError(ValueError):
    """Something was refused; it carries every problem, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def refuse(problems: Sequence[Problem]) -> None:
    """Raise RefusedError when there is at least one problem; return None otherwise."""
    if problems:
        raise RefusedError(problems)


def one_of(name: object, known: Iterable[str]) -> str:
    """Return what to write instead of an unknown name: the nearest known one first, then all of them."""
    names = list(known)
    near = get_close_matches(str(name), names, n=1)
    guess = f"Did you mean {near[0]!r}? " if near else ""
    return f"{guess}Known: {', '.join(names) or 'none'}."
