"""The slices that a series came from, as headers: what segmentations and reports refer to."""

from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset

from calcitrial.dicom.headers import CT_IMAGE
from calcitrial.dicom.opening import plainly
from calcitrial.dicom.series import Series
from calcitrial.protocol import Problem, refuse

SHORT = 16  # characters of a short string (SH, PS3.5 6.2)
SLICE_SHARE = 0.1  # of a slice, by which a written position may miss the regular stack


def source_images(folder: Path, series: Series) -> list[Dataset]:
    """Return the headers of the slices of a series, without pixels, in the order of its voxels.

    Raises:
        RefusedError: the folder does not hold each slice of the series once.
    """
    with plainly("source images"):
        found = [image for path in sorted(folder.rglob("*")) if path.is_file() for image in _slice(path, series)]
        places = [float(series.to_voxel([float(v) for v in image.ImagePositionPatient])[0]) for image in found]
    missed = len(found) != len(series.voxels) or not np.allclose(
        np.sort(places), np.arange(len(places)), atol=SLICE_SHARE
    )
    if missed:
        what = f"The folder holds {len(found)} slices of the series, which has {len(series.voxels)}."
        refuse([Problem("source images", what, "Give the folder that the series was read from.")])
    return [found[i] for i in np.argsort(places)]


def _slice(path: Path, series: Series) -> list[Dataset]:
    """Return the one header of this file when it is a slice of the series, and nothing for any other file."""
    try:
        image = dcmread(path, stop_before_pixels=True)
    except Exception:
        # Reading the series has told already which files are damaged; here they have no part.
        return []
    ours = image.get("SOPClassUID") == CT_IMAGE and image.get("SeriesInstanceUID") == series.facts.series_uid
    return [fitting(image)] if ours else []


def fitting(image: Dataset) -> Dataset:
    """Empty the names of the study that are longer than DICOM allows, so that what is written has no such fault.

    Both attributes may be empty (type 2, PS3.3 C.7.2.1); a shortened one would name another study.
    """
    for name in ("StudyID", "AccessionNumber"):
        if len(str(image.get(name, ""))) > SHORT:
            setattr(image, name, "")
    return image
