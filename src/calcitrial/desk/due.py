"""What is due: one shape for everything that waits for somebody."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.urls import reverse


@dataclass(frozen=True)
class Due:
    """One thing that waits: what it is in words, where it is done, since or until when, and who may do it.

    `kind` groups (visit, query, image, signature, vial, event, diary, consent, training); `late` says that its
    time has passed.
    """

    kind: str
    text: str
    link: str
    on: date | None
    late: bool
    capability: str


@lru_cache(maxsize=100_000)
def link_to(page: str, *keys: str) -> str:
    """Return the address of a page; what is due for ten thousand people names as many."""
    return reverse(page, args=keys)
