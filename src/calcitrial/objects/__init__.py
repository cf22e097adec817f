"""What was measured, as DICOM objects that any PACS keeps.

Outlines and numbers leave as a binary segmentation (`write_segmentation`) and a TID 1500 report (`write_measurements`),
and are read back (`read_segmentation`, `read_measurements`) to the same voxels and the same numbers.
"""

from calcitrial.objects.report_reading import read_measurements
from calcitrial.objects.segmentation import Segment, write_segmentation
from calcitrial.objects.segmentation_reading import read_segmentation
from calcitrial.objects.structured_report import Finding, Quantity, write_measurements

__all__ = [
    "Finding",
    "Quantity",
    "Segment",
    "read_measurements",
    "read_segmentation",
    "write_measurements",
    "write_segmentation",
]
