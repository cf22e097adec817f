"""What is due: one shape for everything that waits for somebody."""

from dataclasses import dataclass
from datetime import date


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
