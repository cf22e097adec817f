"""The commands that take pictures: each reads them, measures, and says in numbers and sentences what it found."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from calcitrial import imaging, verbs
from calcitrial.console import HOME, HomeOption, JsonOption, app, read_json, say

CalibrationOption = Annotated[float | None, typer.Option(help="mg hydroxyapatite per cm3 per HU.")]
ThresholdOption = Annotated[float | None, typer.Option(help="HU above which a voxel is calcified.")]


@app.command()
def measure(
    series_folder: Path,
    seeds: Annotated[Path | None, typer.Option(help='JSON list of {"id", "point_mm": [x, y, z]}.')] = None,
    calibration: CalibrationOption = None,
    threshold: ThresholdOption = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Measure the calcifications of a DICOM CT series: place, volume, mass, attenuation, flags."""
    settings = _settings(calibration, threshold)
    points = None if seeds is None else [imaging.seed(one) for one in read_json(seeds)]
    series, lesions = verbs.measure(series_folder, points, settings)
    say(imaging.to_text(series, lesions, settings), json, imaging.to_json(series, lesions, settings))


@app.command()
def measure_batch(
    series_folders: list[Path],
    calibration: CalibrationOption = None,
    threshold: ThresholdOption = None,
    processes: Annotated[int, typer.Option(min=0, help="How many at once; 0 for one per core.")] = 0,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Measure many series side by side, one per folder; one that is refused stops no other, and ends in exit code 1."""
    mapper = partial(imaging.on_processes, workers=processes)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("Measuring", total=len(series_folders))
        settings = _settings(calibration, threshold)
        outcomes = imaging.measure_many(series_folders, settings, mapper, lambda _: progress.advance(bar))
    named = list(zip(series_folders, outcomes, strict=True))
    content = [{"folder": str(folder), "measured": o.result, "refused": o.refused} for folder, o in named]
    say("\n".join(_told(folder, outcome) for folder, outcome in named), json, content)
    if any(outcome.refused for outcome in outcomes):
        raise typer.Exit(1)


def _settings(calibration: float | None, threshold: float | None) -> imaging.Settings:
    settings = imaging.Settings()
    if threshold is not None:
        settings = replace(settings, threshold_hu=threshold)
    return settings if calibration is None else imaging.calibrated(settings, calibration)


def _told(folder: Path, outcome: imaging.Outcome) -> str:
    if outcome.result is None:
        return f"{folder}: refused. {' '.join(outcome.refused)}"
    lesions = outcome.result["lesions"]
    total = sum(lesion["mass_mg"] or 0.0 for lesion in lesions)
    look = sum("needs_reader" in lesion["flags"] for lesion in lesions)
    return f"{folder}: {len(lesions)} lesion(s), {total:.1f} mg in all, {look} for a reader."
