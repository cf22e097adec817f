"""The commands that take pictures: each reads them, measures, and says in numbers and sentences what it found."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from calcitrial import imaging, record, tracking, verbs
from calcitrial.commands.console import HOME, HomeOption, JsonOption, app, read_json, say
from calcitrial.dicom import opened, read_series
from calcitrial.protocol import Problem, refuse

SeedsOption = Annotated[Path | None, typer.Option(help='JSON list of {"id", "point_mm": [x, y, z]}.')]
CalibrationOption = Annotated[float | None, typer.Option(help="mg hydroxyapatite per cm3 per HU.")]
ThresholdOption = Annotated[float | None, typer.Option(help="HU above which a voxel is calcified.")]


@app.command()
def measure(
    series_folder: Path,
    seeds: SeedsOption = None,
    calibration: CalibrationOption = None,
    threshold: ThresholdOption = None,
    segmentation: Annotated[Path | None, typer.Option(help="Measure the outlines of this DICOM SEG instead.")] = None,
    dicom: Annotated[Path | None, typer.Option(help="Write seg.dcm and sr.dcm into this folder.")] = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Measure the calcifications of a DICOM CT series: place, volume, mass, attenuation, flags."""
    settings = _settings(calibration, threshold)
    if seeds is not None and segmentation is not None:
        refuse([Problem("measure", "Seeds and outlines are both given.", "Give --seeds or --segmentation.")])
    points = _points(seeds)
    uids: list[str] = []
    with opened(series_folder) as folder:
        series = read_series(folder)
        if segmentation is not None:
            measured, uids = imaging.measure_segmentation(segmentation, series, settings)
        else:
            measured = imaging.measure_masks(series, points, settings)
        if dicom is not None:
            drawn = "AUTOMATIC" if seeds is None and segmentation is None else "SEMIAUTOMATIC"
            imaging.store(folder, series, measured, settings, dicom, at=record.now(), drawn=drawn, uids=uids)
    lesions = [one.lesion for one in measured]
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
    earlier, later, followed = verbs.track(baseline, followup, _points(seeds), settings)
    say(tracking.tracking_text(followed), json, tracking.tracking_json(followed, earlier, later))


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


def _points(seeds: Path | None) -> list[imaging.Seed] | None:
    return None if seeds is None else [imaging.seed(one) for one in read_json(seeds)]


def _told(folder: Path, outcome: imaging.Outcome) -> str:
    if outcome.result is None:
        return f"{folder}: refused. {' '.join(outcome.refused)}"
    lesions = outcome.result["lesions"]
    total = sum(lesion["mass_mg"] or 0.0 for lesion in lesions)
    look = sum("needs_reader" in lesion["flags"] for lesion in lesions)
    return f"{folder}: {len(lesions)} lesion(s), {total:.1f} mg in all, {look} for a reader."
