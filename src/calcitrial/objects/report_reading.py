"""Measurements out of a DICOM structured report (TID 1500), of ours or of another program."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from calcitrial.dicom import open_object, plainly
from calcitrial.objects.codes import FLAG, KINDS, Kind
from calcitrial.objects.structured_report import Finding, Quantity
from calcitrial.protocol import Problem, refuse

REPORTS = {
    "1.2.840.10008.5.1.4.1.1.88.22": "Enhanced SR",
    "1.2.840.10008.5.1.4.1.1.88.33": "Comprehensive SR",
    "1.2.840.10008.5.1.4.1.1.88.34": "Comprehensive 3D SR",
}
# Concept names of DICOM PS3.16, each with the templates that use it.
REPORT = "126000"  # Imaging Measurement Report, TID 1500
MEASUREMENTS = "126010"  # Imaging Measurements, TID 1500
GROUP = "125007"  # Measurement Group, TID 1411 and 1501
TRACKING_ID = "112039"
TRACKING_UID = "112040"
SEGMENT = "121191"  # Referenced Segment
DERIVATION = "121401"
METHOD = "370129005"
UNCERTAINTY = "371886008"  # + range of uncertainty; ours is the standard uncertainty on both sides


def read_measurements(path: Path) -> list[Finding]:
    """Return the findings of a TID 1500 report in its order.

    Quantities whose concept, derivation and method are ours have our names; any other is named by the meaning of
    its concept. Every quantity names its unit.

    Raises:
        RefusedError: damaged, no TID 1500 report, or one of our quantities in another unit.
    """
    found = open_object(path, "report")
    with plainly("report"):
        if found.get("SOPClassUID") not in REPORTS or _code(found) != REPORT:
            refuse([Problem("report", "It is no measurement report.", "Give a DICOM SR after TID 1500.")])
        groups = [
            group
            for holder in _children(found)
            if _code(holder) == MEASUREMENTS
            for group in _children(holder)
            if _code(group) == GROUP
        ]
        return [_finding(group) for group in groups]


def _children(item: Dataset) -> list[Dataset]:
    return list(item.get("ContentSequence", []))


def _code(item: Dataset, name: str = "ConceptNameCodeSequence") -> str:
    named = item.get(name)
    return str(named[0].get("CodeValue", "")) if named else ""


def _named(item: Dataset, code: str) -> Iterator[Dataset]:
    return (child for child in _children(item) if _code(child) == code)


def _finding(group: Dataset) -> Finding:
    ids = [str(item.TextValue) for item in _named(group, TRACKING_ID)]
    uids = [str(item.UID) for item in _named(group, TRACKING_UID)]
    if not ids:
        refuse([Problem("report", "A measurement group has no tracking identifier.", "Export it again.")])
    segments = [int(item.ReferencedSOPSequence[0].ReferencedSegmentNumber) for item in _named(group, SEGMENT)]
    flags = tuple(_code(item, "ConceptCodeSequence") for item in _named(group, FLAG.value))
    numbers = tuple(_quantity(item) for item in _children(group) if item.get("ValueType") == "NUM")
    return Finding(ids[0], uids[0] if uids else "", numbers, flags, segments[0] if segments else 0)


def _quantity(item: Dataset) -> Quantity:
    value, unit = _value(item)
    errors = [_value(child)[0] for child in _named(item, UNCERTAINTY)]
    ends: tuple[tuple[float, float], ...] = ()
    frame = 0
    for child in _children(item):
        if child.get("ValueType") == "SCOORD":
            ends, frame = _ends(child)
    name = _name(item)
    if name in KINDS and unit != KINDS[name].unit.value:
        refuse([Problem("report", f"{name} is given in another unit than {KINDS[name].unit.value}.", "Export again.")])
    return Quantity(name, value, unit, errors[0] if errors else None, ends, frame)


def _value(item: Dataset) -> tuple[float, str]:
    """Return number and UCUM unit of a NUM item; the exact double where it stands beside the decimal text."""
    measured = item.MeasuredValueSequence[0]
    text = float(measured.NumericValue)
    exact = float(measured.get("FloatingPointValue", text))
    # Text of 16 characters holds 10 digits at least; more than that between the two is damage.
    if not math.isfinite(exact) or not math.isclose(text, exact, rel_tol=1e-8, abs_tol=1e-12):
        refuse([Problem("report", "A number and its decimal text disagree, or it is none.", "Export it again.")])
    return exact, str(measured.MeasurementUnitsCodeSequence[0].CodeValue)


def _name(item: Dataset) -> str:
    derivation = _modifier(item, DERIVATION)
    method = _modifier(item, METHOD)
    for name, kind in KINDS.items():
        if (_code(item), derivation, method) == _key(kind):
            return name
    return str(item.ConceptNameCodeSequence[0].CodeMeaning)


def _key(kind: Kind) -> tuple[str, str, str]:
    modifiers: list[Any] = [kind.derivation, kind.method]
    derivation, method = (modifier.value if modifier else "" for modifier in modifiers)
    return kind.concept.value, derivation, method


def _modifier(item: Dataset, code: str) -> str:
    return next((_code(child, "ConceptCodeSequence") for child in _named(item, code)), "")


def _ends(item: Dataset) -> tuple[tuple[tuple[float, float], ...], int]:
    flat = [float(v) for v in item.GraphicData]
    frames = [int(c.ReferencedSOPSequence[0].get("ReferencedFrameNumber") or 0) for c in _children(item)]
    return tuple(zip(flat[::2], flat[1::2], strict=True)), frames[0] if frames else 0
