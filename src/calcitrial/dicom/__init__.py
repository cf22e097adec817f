"""Pictures in and out, as DICOM.

A folder of CT slices becomes a `Series` (`read_series`): Hounsfield units in a regular block of known
millimetres, or a `SeriesError` that says in sentences why its geometry cannot be trusted. One radiograph,
ultrasound still or clip becomes a `Picture` (`read_picture`). Outlines and numbers leave as a binary segmentation
(`write_segmentation`) and a TID 1500 report (`write_measurements`), and are read back to the same voxels and the
same numbers. Nothing is measured here; the room `imaging` does that with what this room hands out.

Values in, values out: no database, no clock, no names of people.
"""

from calcitrial.dicom.calibration import Region, Spacing
from calcitrial.dicom.geometry import Floats
from calcitrial.dicom.headers import CT_IMAGE, SeriesError
from calcitrial.dicom.opening import derived_uid
from calcitrial.dicom.report_reading import read_measurements
from calcitrial.dicom.segmentation import Segment, write_segmentation
from calcitrial.dicom.segmentation_reading import read_segmentation
from calcitrial.dicom.series import Facts, Series, read_series
from calcitrial.dicom.sources import source_images
from calcitrial.dicom.still import Picture, read_picture
from calcitrial.dicom.structured_report import Finding, Quantity, write_measurements

__all__ = [
    "CT_IMAGE",
    "Facts",
    "Finding",
    "Floats",
    "Picture",
    "Quantity",
    "Region",
    "Segment",
    "Series",
    "SeriesError",
    "Spacing",
    "derived_uid",
    "read_measurements",
    "read_picture",
    "read_segmentation",
    "read_series",
    "source_images",
    "write_measurements",
    "write_segmentation",
]
