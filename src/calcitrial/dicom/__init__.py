"""Pictures in and out, as DICOM.

A folder of CT slices becomes a `Series` (`read_series`): Hounsfield units in a regular block of known
millimetres, or a `SeriesError` that says in sentences why its geometry cannot be trusted. One radiograph,
ultrasound still or clip becomes a `Picture` (`read_picture`). Outlines and numbers leave as a binary segmentation
(`write_segmentation`) and a TID 1500 report (`write_measurements`), and are read back to the same voxels and the
same numbers. Nothing is measured here; the room `imaging` does that with what this room hands out.

Pictures come in with `take` (a folder or ZIP), `receiving` (C-STORE) or `retrieve` (WADO), and each is de-identified
on the way (`deidentify`: PS3.15 as a table in `profile.csv`, checked by the list of what may remain, `allowed.csv`).
They go out with `send` (C-STORE) and `store` (STOW).

Values in, values out: no database, no clock, no names of people.
"""

from calcitrial.dicom.archive import opened
from calcitrial.dicom.calibration import Region, Spacing
from calcitrial.dicom.deidentify import Deidentification, deidentify
from calcitrial.dicom.geometry import Floats
from calcitrial.dicom.headers import CT_IMAGE, SeriesError
from calcitrial.dicom.opening import derived_uid
from calcitrial.dicom.receiver import Door, receiving
from calcitrial.dicom.report_reading import read_measurements
from calcitrial.dicom.secret import study_secret
from calcitrial.dicom.segmentation import Segment, write_segmentation
from calcitrial.dicom.segmentation_reading import read_segmentation
from calcitrial.dicom.send import Peer, Sent, files_of, peer, send
from calcitrial.dicom.series import Facts, Series, read_series
from calcitrial.dicom.source import take
from calcitrial.dicom.sources import source_images
from calcitrial.dicom.still import Picture, read_picture
from calcitrial.dicom.structured_report import Finding, Quantity, write_measurements
from calcitrial.dicom.taken import SeriesTaken, Taken
from calcitrial.dicom.web import retrieve, search, series_of, store

__all__ = [
    "CT_IMAGE",
    "Deidentification",
    "Door",
    "Facts",
    "Finding",
    "Floats",
    "Peer",
    "Picture",
    "Quantity",
    "Region",
    "Segment",
    "Sent",
    "Series",
    "SeriesError",
    "SeriesTaken",
    "Spacing",
    "Taken",
    "deidentify",
    "derived_uid",
    "files_of",
    "opened",
    "peer",
    "read_measurements",
    "read_picture",
    "read_segmentation",
    "read_series",
    "receiving",
    "retrieve",
    "search",
    "send",
    "series_of",
    "source_images",
    "store",
    "study_secret",
    "take",
    "write_measurements",
    "write_segmentation",
]
