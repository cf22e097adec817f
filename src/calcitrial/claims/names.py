"""A name that one page spells two ways, or otherwise than the protocol does."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

FULL = re.compile(r"\b([A-ZÉ][a-zé]+)(?:[ ][A-Z]\.?)?[ ]([A-ZÉ][a-zé]{4,})\b")
ALIKE = 0.8


def two_spellings(text: str, known: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return pairs (as written, as it should be or as written elsewhere) of names that differ in spelling only.

    A pair has the same given name and family names that are nearly alike; `known` are names of the protocol, which
    come before those of the page.
    """
    right = [found for name in known for found in FULL.findall(name)]
    written = list(dict.fromkeys(FULL.findall(text)))
    pairs: list[tuple[str, str]] = []
    for place, (given, family) in enumerate(written):
        if (given, family) in right:
            continue
        for other_given, other in [*right, *written[:place]]:
            if given == other_given and family != other and _alike(family, other):
                pairs.append((family, other))
                break
    return pairs


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio() >= ALIKE
