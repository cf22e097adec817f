"""What is due: one shape for everything that waits for somebody."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.urls import reverse

from calcitrial.consents import SCOPES
from calcitrial.web import Reading


@dataclass(frozen=True)
class Due:
    """One thing that waits: what it is in words, where it is done, since or until when, and who may do it.

    `kind` groups (visit, form, query, image, signature, vial, event, diary, consent, lock, package, people); `late`
    says that its time has passed. `about` names what it is about (a code, a number) and stands as a second line
    under the words; `participant` is whose it is, '' where it is nobody's.
    """

    kind: str
    text: str
    link: str
    on: date | None
    late: bool
    capability: str
    about: str = ""
    participant: str = ""


def gone(reading: Reading) -> frozenset[str]:
    """Return the participants for whom the study has ended, or who withdrew from more than the treatment.

    Why somebody withdrew is hidden from who must not know an arm; for them the end of the study counts alone.
    """
    left = {
        row["participant"] for row in reading.table("withdrawal") if row["withdrawal_scope"] not in (None, SCOPES[0])
    }
    return frozenset(left | reading.ends.keys())


@lru_cache(maxsize=100_000)
def link_to(page: str, *keys: str) -> str:
    """Return the address of a page; what is due for ten thousand people names as many."""
    return reverse(page, args=keys)
