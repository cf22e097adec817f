"""The commands that take pictures: each reads them, measures, and says in numbers and sentences what it found."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from calcitrial import imaging, record
from calcitrial.console import HOME, HomeOption, JsonOption, app, read_json, say
from calcitrial.dicom import opened, read_series
from calcitrial.protocol import Problem, refuse


@app.command()
def measure(
    series_folder: Path,
    seeds: Annotated[Path | None, typer.Option(help='JSON list of {"id", "point_mm": [x, y, z]}.')] = None,
    calibration: Annotated[float | None, typer.Option(help="mg hydroxyapatite per cm3 per HU.")] = None,
    threshold: Annotated[float | None, typer.Option(help="HU above which a voxel is calcified.")] = None,
    segmentation: Annotated[Path | None, typer.Option(help="Measure the outlines of this DICOM SEG instead.")] = None,
    dicom: Annotated[Path | None, typer.Option(help="Write seg.dcm and sr.dcm into this folder.")] = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Measure the calcifications of a DICOM CT series: place, volume, mass, attenuation, flags."""
    usual = imaging.Settings()
    settings = replace(
        usual,
        threshold_hu=usual.threshold_hu if threshold is None else threshold,
        calibration_mg_per_cm3_per_hu=usual.calibration_mg_per_cm3_per_hu if calibration is None else calibration,
        calibration_source=usual.calibration_source if calibration is None else "given by --calibration",
    )
    if seeds is not None and segmentation is not None:
        refuse([Problem("measure", "Seeds and outlines are both given.", "Give --seeds or --segmentation.")])
    points = None if seeds is None else [imaging.seed(one) for one in read_json(seeds)]
    drawn = "AUTOMATIC" if seeds is None and segmentation is None else "SEMIAUTOMATIC"
    with opened(series_folder) as folder:
        series = read_series(folder)
        uids: list[str] = []
        if segmentation is not None:
            measured, uids = imaging.measure_segmentation(segmentation, series, settings)
        else:
            measured = imaging.measure_masks(series, points, settings)
        if dicom is not None:
            imaging.store(folder, series, measured, settings, dicom, at=record.now(), drawn=drawn, uids=uids)
    lesions = [one.lesion for one in measured]
    say(imaging.to_text(series, lesions, settings), json, imaging.to_json(series, lesions, settings))
