"""The commands that take pictures: each reads them, measures, and says in numbers and sentences what it found."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from calcitrial import imaging, verbs
from calcitrial.console import HOME, HomeOption, JsonOption, app, read_json, say

SeedsOption = Annotated[Path | None, typer.Option(help='JSON list of {"id", "point_mm": [x, y, z]}.')]
CalibrationOption = Annotated[float | None, typer.Option(help="mg hydroxyapatite per cm3 per HU.")]
ThresholdOption = Annotated[float | None, typer.Option(help="HU above which a voxel is calcified.")]


@app.command()
def measure(
    series_folder: Path,
    seeds: SeedsOption = None,
    calibration: CalibrationOption = None,
    threshold: ThresholdOption = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Measure the calcifications of a DICOM CT series: place, volume, mass, attenuation, flags."""
    settings = _settings(calibration, threshold)
    series, lesions = verbs.measure(series_folder, _points(seeds), settings)
    say(imaging.to_text(series, lesions, settings), json, imaging.to_json(series, lesions, settings))


@app.command()
def track(
    baseline: Path,
    followup: Path,
    seeds: SeedsOption = None,
    calibration: CalibrationOption = None,
    threshold: ThresholdOption = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Follow each lesion from a CT series to a later one: linked, new, vanished, merged, split, and its change."""
    settings = _settings(calibration, threshold)
    earlier, later, tracking = verbs.track(baseline, followup, _points(seeds), settings)
    say(imaging.tracking_text(tracking), json, imaging.tracking_json(tracking, earlier, later))


def _settings(calibration: float | None, threshold: float | None) -> imaging.Settings:
    settings = imaging.Settings()
    if threshold is not None:
        settings = replace(settings, threshold_hu=threshold)
    return settings if calibration is None else imaging.calibrated(settings, calibration)


def _points(seeds: Path | None) -> list[imaging.Seed] | None:
    return None if seeds is None else [imaging.seed(one) for one in read_json(seeds)]
