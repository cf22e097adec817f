"""The commands that take a radiograph, its grades, or an ultrasound picture."""

from pathlib import Path
from typing import Annotated

import typer

from calcitrial import record, stills
from calcitrial.console import HOME, HomeOption, JsonOption, app, read_json, say
from calcitrial.dicom import read_picture


@app.command()
def film(
    file: Path,
    outlines: Annotated[Path, typer.Option(help='JSON list of {"id", "points_px": [[x, y], ...], "threshold"}.')],
    known_length: Annotated[str, typer.Option(help="x1,y1,x2,y2,mm of a marker or ruler in the picture.")] = "",
    estimate: Annotated[bool, typer.Option("--estimate", help="Take the scale from the exposure, flagged.")] = False,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Measure the area of outlined calcifications on one radiograph, in mm2 of the patient."""
    drawn = stills.outlines(read_json(outlines))
    known = stills.known_length(known_length) if known_length else None
    picture = read_picture(file, "film")
    scale = stills.scale_of(picture, known, estimate=estimate)
    lesions = stills.measure_film(picture, drawn, scale)
    say(stills.film_text(lesions, scale), json, stills.film_json(picture, lesions, scale))


@app.command(name="hand-score")
def hand_score(
    grades: Annotated[Path, typer.Argument(help='JSON list of {"site", "side", "coverage", "density"}.')],
    table: Annotated[Path | None, typer.Option(help="CSV of sites, levels and points instead of ours.")] = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Score a hand radiograph from its graded sites, by a table that is assumed or your own."""
    points = stills.score_table() if table is None else stills.score_table(table)
    score = stills.hand_score(stills.grades(read_json(grades), points), points)
    say(stills.hand_score_text(score, points), json, stills.hand_score_json(score, points))


@app.command()
def ultrasound(
    file: Path,
    calipers: Annotated[Path, typer.Option(help='JSON list of {"id", "length": [[x, y], [x, y]], "width", "depth"}.')],
    dicom: Annotated[Path | None, typer.Option(help="Write sr.dcm into this folder.")] = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Measure calcifications between calipers on an ultrasound still or clip, in calibrated regions only."""
    drawn = stills.calipers(read_json(calipers))
    picture = read_picture(file, "ultrasound")
    lesions = stills.measure_ultrasound(picture, drawn)
    if dicom is not None:
        stills.store_ultrasound(picture, drawn, lesions, dicom, at=record.now())
    say(stills.ultrasound_text(lesions), json, stills.ultrasound_json(picture, lesions))
