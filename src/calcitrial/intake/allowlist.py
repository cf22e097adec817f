"""The second look at a de-identified dataset, which knows nothing of the first: only what may remain.

Whatever is not on the list, does not look like what its attribute may hold, or holds a part of what identified
the person before, is named by its attribute; the value itself is never repeated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from calcitrial.intake.identity import Identity, readable, registered
from calcitrial.intake.profile import Allowed, allowed

REPLACED = "REMOVED"
OWN_UIDS = "2.25."  # a UUID as UID, ITU-T X.667
PATTERNS = {
    "number": r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?",
    "code": r"[A-Za-z0-9_ .+/-]{0,16}",
    "term": r"[A-Z0-9_ ]{0,16}",
    "word": r"[A-Za-z0-9_.+:/-]{0,64}",
    "words": r"[\w .,:;+/()%&#'*=\[\]-]{0,64}",
    "versions": r"[\w .,:;+/()&#'*=\[\]\"-]{0,64}",
    "date": r"\d{8}",
    "time": r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?",
    "moment": r"\d{8}(\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?)?",
    "age": r"0[0-8]\dY|090Y|\d{3}[DWM]",
    "removed": REPLACED,
    "empty": "",
    "no items": "",
    "uid": r"[0-9.]{1,64}",
}
CHECKED = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}
# Numbers, shifted dates, replaced UIDs and terms of the standard meet short words by chance and tell nobody's name.
TELLING = {"code", "word", "words", "versions"}
META = {
    "FileMetaInformationGroupLength",
    "FileMetaInformationVersion",
    "MediaStorageSOPClassUID",
    "MediaStorageSOPInstanceUID",
    "TransferSyntaxUID",
    "ImplementationClassUID",
    "ImplementationVersionName",
}


@dataclass(frozen=True)
class Leftover:
    """An element that may not remain as it is.

    Attributes:
        told: the attribute and what is wrong with it, without its value.
        remedy: remove, empty, replace or refuse.
        within: the dataset or item that holds it.
        tag: its tag there.
    """

    told: str
    remedy: str
    within: Dataset
    tag: BaseTag


def leftovers(dataset: Dataset, identity: Identity, participant: str) -> Iterator[Leftover]:
    """Yield every element of a dataset and its sequences that may not remain."""
    for tag in list(dataset.keys()):
        element = readable(dataset, tag)
        rule = None if element is None else allowed().get(element.keyword)
        if element is None or rule is None or not fits(element):
            yield Leftover(f"{_name(element, tag)} is not on the list", "remove", dataset, tag)
            continue
        if why := _fault(element, rule, identity, participant):
            yield Leftover(f"{element.keyword} {why}", rule.otherwise, dataset, tag)
        for item in element.value if rule.pattern == "items" else ():
            yield from leftovers(item, identity, participant)


def mend(found: Leftover) -> bool:
    """Do what the list says with an element that may not remain; return False where only refusing is left."""
    if found.remedy == "remove":
        del found.within[found.tag]
    elif found.remedy == "empty":
        found.within[found.tag].value = Sequence() if found.within[found.tag].VR == "SQ" else None
    elif found.remedy == "replace":
        found.within[found.tag].value = REPLACED
    return found.remedy != "refuse"


def meta_leftovers(meta: Dataset) -> list[str]:
    """Return which elements of the file meta information may not remain."""
    return [f"{_name(None, tag)} of the file meta information" for tag in meta.keys() if meta[tag].keyword not in META]  # noqa: SIM118


def fits(element: DataElement) -> bool:
    """Return whether an element on the list has the dictionary's value representation: names hide in numbers."""
    known = dictionary_VR(element.tag)
    return element.VR in known.split(" or ") or {element.VR, known} <= {"OB", "OW"}


def _name(element: DataElement | None, tag: BaseTag) -> str:
    return (element.keyword if element is not None else "") or f"({tag.group:04X},{tag.element:04X})"


def _fault(element: DataElement, rule: Allowed, identity: Identity, participant: str) -> str:
    if rule.pattern in ("items", "pixels", "table"):
        return ""
    values = _values(element.value)
    if rule.pattern == "binary":
        return "" if all(isinstance(one, int | float) for one in values) else "is not a number"
    texts = [str(one).strip(" \0") for one in values]
    if rule.pattern == "participant":
        return "" if all(text in ("", participant) for text in texts) else "is not the participant's code"
    if not all(not text or CHECKED[rule.pattern].fullmatch(text) for text in texts):
        return "does not look like what it may hold"
    if rule.pattern == "uid" and not all(text.startswith(OWN_UIDS) or registered(text) for text in texts if text):
        return "was not replaced"
    if rule.pattern in TELLING and (source := next(filter(None, map(identity.within, texts)), "")):
        return f"holds a part of {source}"
    return ""


def _values(value: Any) -> list[Any]:
    if value is None or (isinstance(value, Sequence) and not value):
        return []
    return list(value) if isinstance(value, MultiValue | list | Sequence) else [value]
