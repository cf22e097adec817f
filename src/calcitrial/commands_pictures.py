"""The commands that take pictures: each reads them, measures, and says in numbers and sentences what it found."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from calcitrial import imaging, verbs
from calcitrial.console import HOME, HomeOption, JsonOption, app, read_json, say


@app.command()
def measure(
    series_folder: Path,
    seeds: Annotated[Path | None, typer.Option(help='JSON list of {"id", "point_mm": [x, y, z]}.')] = None,
    calibration: Annotated[float | None, typer.Option(help="mg hydroxyapatite per cm3 per HU.")] = None,
    threshold: Annotated[float | None, typer.Option(help="HU above which a voxel is calcified.")] = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Measure the calcifications of a DICOM CT series: place, volume, mass, attenuation, flags."""
    settings = imaging.Settings()
    if threshold is not None:
        settings = replace(settings, threshold_hu=threshold)
    if calibration is not None:
        settings = imaging.calibrated(settings, calibration)
    points = None if seeds is None else [imaging.seed(one) for one in read_json(seeds)]
    series, lesions = verbs.measure(series_folder, points, settings)
    say(imaging.to_text(series, lesions, settings), json, imaging.to_json(series, lesions, settings))
