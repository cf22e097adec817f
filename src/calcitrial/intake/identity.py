"""What identifies a person in a dataset, so that afterwards it can be looked for everywhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from calcitrial.intake.profile import profile

SHORTEST = 4  # "3 characters" is found in every file by chance
SHORTEST_IN_BYTES = 6  # among pixels, where four bytes also meet by chance
# What stands for nobody must not cost a kernel or model of the same word.
NOBODY = {"anonymous", "anonymized", "anonymised", "unknown", "none", "removed", "simulated", "phantom", "test"}
PARTS_OF_NAMES = str.maketrans("^=,", "   ")


@dataclass(frozen=True)
class Identity:
    """The identifying strings of one dataset, each with the attribute that holds it, and its UIDs."""

    words: Mapping[str, str]
    uids: frozenset[str]

    def within(self, text: str) -> str:
        """Return the attribute whose value is part of a text, whatever the case; '' when there is none."""
        folded = text.casefold()
        return next((keyword for word, keyword in self.words.items() if word.casefold() in folded), "")

    def within_bytes(self, data: bytes) -> str:
        """Return the attribute whose value (long enough not to be chance) or UID stands in the bytes of a file."""
        for word, keyword in self.words.items():
            if len(word) >= SHORTEST_IN_BYTES and any(form in data for form in _encoded(word)):
                return keyword
        return "a UID" if any(uid.encode("ascii", "ignore") in data for uid in self.uids) else ""


def identity_of(dataset: Dataset, spare: str) -> Identity:
    """Return what identifies a person in a dataset and its sequences, without what is part of the text `spare`.

    `spare` is the participant's code: pictures that carry it already are not betrayed by it.
    """
    words: dict[str, str] = {}
    uids = set()
    for element in _elements(dataset):
        if element.VR == "UI":
            uids |= {uid for uid in _texts(element) if not registered(uid) and len(uid) > SHORTEST_IN_BYTES}
            continue
        row = profile().get(element.keyword)
        if row is not None and row.identifies:
            words |= {word: element.keyword for word in _words(element) if word.casefold() not in spare.casefold()}
    return Identity(words, frozenset(uids))


def registered(uid: str) -> bool:
    """Return whether a UID is one of the standard's own (a SOP class, a transfer syntax), which identify nobody."""
    return UID(uid).name != uid


def _elements(dataset: Dataset) -> Iterator[DataElement]:
    for tag in dataset.keys():  # noqa: SIM118 - iterating a dataset itself reads values, and one may be damaged
        element = readable(dataset, tag)
        if element is None:
            continue
        yield element
        if element.VR == "SQ":
            for item in element.value:
                yield from _elements(item)


def readable(dataset: Dataset, tag: Any) -> DataElement | None:
    """Return an element of a dataset, or None where pydicom cannot turn its bytes into a value."""
    try:
        found: DataElement = dataset[tag]
        return found
    except Exception:
        # pydicom meets damaged values with many kinds of exception (ValueError, struct.error, NotImplementedError).
        return None


def _words(element: DataElement) -> Iterator[str]:
    for text in _texts(element):
        pieces = [text, *text.translate(PARTS_OF_NAMES).split()] if element.VR == "PN" else [text]
        told = (piece.strip() for piece in pieces)
        yield from (piece for piece in told if len(piece) >= SHORTEST and piece.casefold() not in NOBODY)


def _texts(element: DataElement) -> list[str]:
    value = element.value
    if isinstance(value, bytes) or value is None:
        return []
    return [str(one) for one in value] if element.VM > 1 else [str(value)]


def _encoded(word: str) -> set[bytes]:
    return {word.encode("utf-8", "ignore"), word.encode("latin-1", "ignore") or word.encode("utf-8", "ignore")}
