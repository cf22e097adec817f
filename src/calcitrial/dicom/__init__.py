"""Pictures as they lie in files, with their geometry checked.

A folder or ZIP (`opened`) of CT slices becomes a `Series` (`read_series`): Hounsfield units in a regular block of known
millimetres, or a `SeriesError` that says in sentences why its geometry cannot be trusted. One radiograph, ultrasound
still or clip becomes a `Picture` (`read_picture`). Nothing is measured here.

Values in, values out: no database, no clock, no names of people.
"""

from calcitrial.dicom.archive import opened
from calcitrial.dicom.calibration import Region, Spacing
from calcitrial.dicom.geometry import Floats
from calcitrial.dicom.headers import CT_IMAGE, DICOM_SUFFIXES, DIRECTORY, SeriesError
from calcitrial.dicom.opening import derived_uid, open_object, plainly
from calcitrial.dicom.series import Facts, Series, read_series
from calcitrial.dicom.sources import source_images
from calcitrial.dicom.still import Picture, read_picture

__all__ = [
    "CT_IMAGE",
    "DICOM_SUFFIXES",
    "DIRECTORY",
    "Facts",
    "Floats",
    "Picture",
    "Region",
    "Series",
    "SeriesError",
    "Spacing",
    "derived_uid",
    "open_object",
    "opened",
    "plainly",
    "read_picture",
    "read_series",
    "source_images",
]
