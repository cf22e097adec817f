"""Pictures in and out, as DICOM.

A folder of CT slices becomes a `Series` (`read_series`): Hounsfield units in a regular block of known
millimetres, or a `SeriesError` that says in sentences why its geometry cannot be trusted. Nothing is measured
here; the room `imaging` does that with what this room hands out.

Values in, values out: no database, no clock, no names of people.
"""

from calcitrial.dicom.geometry import Floats
from calcitrial.dicom.headers import CT_IMAGE, SeriesError
from calcitrial.dicom.series import Facts, Series, read_series

__all__ = ["CT_IMAGE", "Facts", "Floats", "Series", "SeriesError", "read_series"]
