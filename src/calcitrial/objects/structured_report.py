"""Measurements as a DICOM structured report: TID 1500 (PS3.16), written through highdicom.

A finding with a segment becomes a volumetric group (TID 1411) that points to its segment and slices; one without,
such as a lesion that is gone or one measured with calipers, becomes a plain group (TID 1501).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from highdicom import sr
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from calcitrial.dicom import derived_uid, plainly
from calcitrial.objects.codes import CALCIFICATION, FLAG, KINDS, OWN, PROCEDURES
from calcitrial.objects.segmentation import written_by
from calcitrial.protocol import Problem, refuse
from calcitrial.version import __version__

SERIES_NUMBER = 902
LONGEST_CODE = 16
Ends = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Quantity:
    """One number of a finding.

    Attributes:
        name: a key of `KINDS`, such as mass, volume_threshold or length.
        value: in the UCUM unit of its kind.
        unit: that unit; empty stands for it.
        standard_error: standard uncertainty in the same unit, None where unknown.
        ends: of a caliper, as (column, row) in pixels, the centre of the first pixel at (0.5, 0.5) as PS3.3
            C.18.6 counts, in single precision; empty otherwise.
        frame: of a clip, from 1; 0 where the picture has one frame.
    """

    name: str
    value: float
    unit: str = ""
    standard_error: float | None = None
    ends: Ends = ()
    frame: int = 0


@dataclass(frozen=True)
class Finding:
    """What was measured on one lesion.

    Attributes:
        id: the tracking identifier, which people read.
        uid: the tracking UID, one for the lesion over all its pictures.
        quantities: its numbers; may be empty.
        flags: words that say why a reader must look.
        segment: its number in the segmentation, 0 without.
    """

    id: str
    uid: str
    quantities: tuple[Quantity, ...]
    flags: tuple[str, ...] = ()
    segment: int = 0


def write_measurements(
    findings: Sequence[Finding],
    images: Mapping[str, Sequence[Dataset]],
    out: Path,
    *,
    key: str,
    at: datetime,
    modality: str,
    segmentation: Dataset | None = None,
    reader: str = "",
) -> Dataset:
    """Write findings as one Comprehensive 3D SR and return it; equal arguments give equal UIDs.

    Args:
        findings: at least one.
        images: by finding id, the headers of the images that it was measured on, at least one each.
        out: the file to write.
        key: any text; series and object UIDs are derived from it.
        at: date and time of the measurement.
        modality: CT, US or DX.
        segmentation: the object that the segment numbers mean.
        reader: the code of the person who measured; empty for the program alone.

    Raises:
        RefusedError: nothing to write, no image, a number that is none, or a flag longer than a code.
    """
    _check(findings, images, segmentation)
    with plainly("report"):
        groups = [_group(one, images[one.id], segmentation) for one in findings]
        evidence = {image.SOPInstanceUID: image for held in images.values() for image in held}
        report = sr.MeasurementReport(
            observation_context=sr.ObservationContext(observer_person_context=_person(reader))
            if reader
            else sr.ObservationContext(observer_device_context=_device()),
            procedure_reported=PROCEDURES[modality],
            imaging_measurements=groups,
            title=codes.DCM.ImagingMeasurementReport,
        )
        made = sr.Comprehensive3DSR(
            evidence=[*evidence.values(), *([segmentation] if segmentation is not None else [])],
            content=report[0],
            series_instance_uid=derived_uid("report series", key),
            series_number=SERIES_NUMBER,
            sop_instance_uid=derived_uid("report", key),
            instance_number=1,
            is_complete=True,
            **written_by(at, "Measured calcifications"),
        )
        made.save_as(out, enforce_file_format=True)
    return made


def _check(findings: Sequence[Finding], images: Mapping[str, Sequence[Dataset]], segmentation: Dataset | None) -> None:
    problems = [] if findings else [Problem("report", "Nothing was measured.", "Measure a lesion first.")]
    for one in findings:
        if not images.get(one.id):
            problems.append(Problem(one.id, "It refers to no image.", "Name the images that it was measured on."))
        if one.segment and segmentation is None:
            problems.append(Problem(one.id, f"It names segment {one.segment} of nothing.", "Give the segmentation."))
        for number in one.quantities:
            problems += _number_problems(one.id, number)
        for flag in one.flags:
            if len(flag) > LONGEST_CODE:
                problems.append(Problem(one.id, f"The flag {flag} is no code.", "Use at most 16 characters."))
    refuse(problems)


def _number_problems(place: str, number: Quantity) -> list[Problem]:
    if number.name not in KINDS:
        return [Problem(place, f"The quantity {number.name!r} is unknown.", f"Known: {', '.join(sorted(KINDS))}.")]
    unit = KINDS[number.name].unit.value
    if number.unit not in ("", unit):
        return [Problem(place, f"{number.name} is given in {number.unit}.", f"Give it in {unit}.")]
    if all(math.isfinite(value) for value in (number.value, number.standard_error or 0.0)):
        return []
    return [Problem(place, f"{number.name} is {number.value} ± {number.standard_error}.", "Leave it out.")]


def _device() -> sr.ObserverContext:
    return sr.ObserverContext(
        codes.DCM.Device,
        sr.DeviceObserverIdentifyingAttributes(
            derived_uid("device", __version__), "calcitrial", "calcitrial", "calcitrial", __version__
        ),
    )


def _person(reader: str) -> sr.ObserverContext:
    return sr.ObserverContext(codes.DCM.Person, sr.PersonObserverIdentifyingAttributes(f"{reader}^"))


def _group(
    one: Finding, images: Sequence[Dataset], segmentation: Dataset | None
) -> sr.VolumetricROIMeasurementsAndQualitativeEvaluations | sr.MeasurementsAndQualitativeEvaluations:
    shared: dict[str, Any] = {
        "tracking_identifier": sr.TrackingIdentifier(one.uid, one.id),
        "finding_type": CALCIFICATION,
        "algorithm_id": sr.AlgorithmIdentification("calcitrial", __version__),
        "measurements": [_measured(number, images[0]) for number in one.quantities],
        "qualitative_evaluations": [
            sr.QualitativeEvaluation(FLAG, Code(flag, OWN, flag.replace("_", " "))) for flag in one.flags
        ],
    }
    if one.segment and segmentation is not None:
        sources = [sr.SourceImageForSegmentation(i.SOPClassUID, i.SOPInstanceUID) for i in images]
        segment = sr.ReferencedSegment(
            segmentation.SOPClassUID, segmentation.SOPInstanceUID, one.segment, source_images=sources
        )
        return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(referenced_segment=segment, **shared)
    pictures = [sr.SourceImageForMeasurementGroup(i.SOPClassUID, i.SOPInstanceUID) for i in images]
    return sr.MeasurementsAndQualitativeEvaluations(source_images=pictures, **shared)


def _measured(number: Quantity, image: Dataset) -> sr.Measurement:
    kind = KINDS[number.name]
    known = None
    if number.standard_error is not None:
        # TID 310: upper and lower uncertainty; both are the standard uncertainty.
        error = float(number.standard_error)
        known = sr.MeasurementProperties(upper_measurement_uncertainty=error, lower_measurement_uncertainty=error)
    return sr.Measurement(
        name=kind.concept,
        # A float is written as decimal text of 16 characters and, besides, as the exact double (0040,A161).
        value=float(number.value),
        unit=kind.unit,
        derivation=kind.derivation,
        method=kind.method,
        properties=known,
        referenced_coordinates=[_caliper(number, image)] if number.ends else None,
    )


def _caliper(number: Quantity, image: Dataset) -> sr.CoordinatesForMeasurement:
    frames = [number.frame] if number.frame else None
    source = sr.SourceImageForRegion(image.SOPClassUID, image.SOPInstanceUID, frames)
    return sr.CoordinatesForMeasurement("POLYLINE", np.array(number.ends, dtype=np.float64), source)
