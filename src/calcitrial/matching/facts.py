"""What is known of one person who is looking for a trial: values by item, where each came from, what was not read."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Unread:
    """Something in a file that was not understood: where it stands, and a sentence that says what and why."""

    place: str
    sentence: str


@dataclass(frozen=True)
class Facts:
    """One person: canonical texts by item, the source of each, other possible diagnoses, what was not understood.

    `diagnoses` are all that were read, because a person may have two; `values` holds none then. `illnesses` are the
    words of conditions that no trial of ours asks for, to look for in registries.
    """

    person: str
    values: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)
    diagnoses: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    medicines: tuple[str, ...] = ()
    illnesses: tuple[str, ...] = ()

    def readings(self) -> list[Mapping[str, str]]:
        """Return the values once for each diagnosis; once as they are where there is none."""
        return [{**self.values, "diagnosis": one} for one in self.diagnoses] or [self.values]
