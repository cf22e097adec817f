"""A name that one page spells two ways, or otherwise than the protocol does."""

import re
from collections.abc import Iterable, Iterator

FULL = re.compile(r"\b([A-ZÉ][a-zé]{1,30})(?:[ ][A-Z]\.?)?[ ]([A-ZÉ][a-zé]{4,30})\b")


def two_spellings(text: str, known: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return pairs (as written, as it should be or as written elsewhere) of names that differ in spelling only.

    A pair has the same given name, and family names that one letter tells apart (another one, one more or less, two in
    the other order); `known` are names of the protocol, which come before those of the page.
    """
    right = [found for name in known for found in FULL.findall(name)]
    seen: dict[tuple[str, str], str] = {}
    for given, family in right:
        seen |= {(given, shape): family for shape in _shapes(family)}
    pairs: list[tuple[str, str]] = []
    for given, family in dict.fromkeys(FULL.findall(text)):
        if (given, family) in right:
            continue
        shapes = [(given, shape) for shape in _shapes(family)]
        other = next((seen[shape] for shape in shapes if shape in seen), "")
        if other and other != family:
            pairs.append((family, other))
        for shape in shapes:
            seen.setdefault(shape, family)
    return pairs


def _shapes(name: str) -> Iterator[str]:
    """Yield the name and the name without each of its letters: names of a distance of one share one of these."""
    lower = name.lower()
    yield lower
    yield from (lower[:place] + lower[place + 1 :] for place in range(len(lower)))
