"""The commands that take a radiograph, its grades, or an ultrasound picture; sizes go into the record when asked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from calcitrial import record, stills, verbs
from calcitrial.commands.console import HOME, HomeOption, JsonOption, app, open_home, read_json, say
from calcitrial.dicom import Picture, read_picture
from calcitrial.protocol import Problem, refuse

StudyOption = Annotated[str, typer.Option(help="Enter the sizes into this study; needs participant, visit and by.")]
ParticipantOption = Annotated[str, typer.Option(help="Whose picture it is.")]
VisitOption = Annotated[str, typer.Option(help="At which visit it was taken in.")]
LesionOption = Annotated[str, typer.Option(help="The lesion drawn; left out, the ids of the drawing are lesions.")]
AbsentOption = Annotated[bool, typer.Option("--not-found", help="The lesion was looked for here and is not there.")]
ByOption = Annotated[str, typer.Option(help="Who measured.")]
RoleOption = Annotated[str, typer.Option(help="In which role.")]
ReasonOption = Annotated[str, typer.Option(help="Why it is measured again, where a size is in the record already.")]


@dataclass(frozen=True)
class Into:
    """Where sizes are entered: nowhere without a study."""

    study: str
    participant: str
    visit: str
    lesion: str
    absent: bool
    by: record.Author
    reason: str

    def problems(self, drawn: Path | None) -> list[Problem]:
        """Return what does not go together among the options."""
        found = []
        needed = {"--participant": self.participant, "--visit": self.visit, "--by": self.by.name}
        missing = ", ".join(name for name, value in needed.items() if not value)
        if self.study and missing:
            found.append(
                Problem("--study", f"To enter sizes, {missing} is missing.", "Say whose, when, and who measured.")
            )
        if not self.study and (self.participant or self.visit or self.lesion or self.absent):
            found.append(Problem("--study", "It is not said which study the sizes are for.", "Give --study."))
        if self.absent and (drawn is not None or not self.lesion):
            found.append(Problem("--not-found", "It is about one lesion, with nothing drawn.", "Give --lesion alone."))
        if not self.absent and drawn is None:
            found.append(Problem("drawing", "Nothing is drawn.", "Give the file with what was drawn."))
        return found

    def named(self, sizes: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
        """Return the sizes by lesion: under the one that is named, or as the drawing calls them."""
        if not self.lesion:
            return sizes
        if len(sizes) != 1:
            what = f"{len(sizes)} things are drawn, and {self.lesion} is one lesion."
            refuse([Problem("--lesion", what, "Draw one, or name each by its lesion and leave --lesion out.")])
        return {self.lesion: next(iter(sizes.values()))}

    def enter(self, home: Path, file: Path, kind: str, sizes: dict[str, dict[str, object]]) -> record.Receipt | None:
        """Enter the sizes and return the receipt; None without a study."""
        if not self.study:
            return None
        open_home(home)
        at = (self.participant, self.visit)
        return verbs.enter_sizes(home, self.study, file, stills.FORMS[kind], at, sizes, self.by, self.reason)


def _tell(text: str, content: dict[str, Any], receipt: record.Receipt | None, json: str) -> None:
    if receipt is not None:
        text += f"\nSubmission {receipt.sequence}: {len(receipt.entries)} entries."
        content = {**content, "submission": receipt.sequence}
    say(text, json, content)


def _absent(into: Into, picture: Picture, home: Path, file: Path, json: str) -> None:
    receipt = into.enter(home, file, picture.kind, dict(stills.absent_values(picture, into.lesion)))
    _tell(f"{into.lesion}: looked for and not found.", {"lesion": into.lesion, "found": False}, receipt, json)


@app.command()
def film(
    file: Path,
    outlines: Annotated[
        Path | None, typer.Option(help='JSON list of {"id", "points_px": [[x, y], ...], "threshold"}.')
    ] = None,
    known_length: Annotated[str, typer.Option(help="x1,y1,x2,y2,mm of a marker or ruler in the picture.")] = "",
    estimate: Annotated[bool, typer.Option("--estimate", help="Take the scale from the exposure, flagged.")] = False,
    study: StudyOption = "",
    participant: ParticipantOption = "",
    visit: VisitOption = "",
    lesion: LesionOption = "",
    not_found: AbsentOption = False,
    by: ByOption = "",
    role: RoleOption = "image analyst",
    reason: ReasonOption = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Measure the area of outlined calcifications on one radiograph, in mm2 of the patient; enter it when asked."""
    into = Into(study, participant, visit, lesion, not_found, record.Author(by, role), reason)
    refuse(into.problems(outlines))
    if outlines is None:
        return _absent(into, read_picture(file, "film"), home, file, json)
    drawn = stills.outlines(read_json(outlines))
    known = stills.known_length(known_length) if known_length else None
    picture = read_picture(file, "film")
    scale = stills.scale_of(picture, known, estimate=estimate)
    lesions = stills.measure_film(picture, drawn, scale)
    receipt = None
    if study:
        receipt = into.enter(home, file, "film", into.named(stills.film_values(picture, lesions, scale)))
    return _tell(stills.film_text(lesions, scale), stills.film_json(picture, lesions, scale), receipt, json)


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
    calipers: Annotated[
        Path | None, typer.Option(help='JSON list of {"id", "length": [[x, y], [x, y]], "width", "depth"}.')
    ] = None,
    dicom: Annotated[Path | None, typer.Option(help="Write sr.dcm into this folder.")] = None,
    study: StudyOption = "",
    participant: ParticipantOption = "",
    visit: VisitOption = "",
    lesion: LesionOption = "",
    not_found: AbsentOption = False,
    by: ByOption = "",
    role: RoleOption = "image analyst",
    reason: ReasonOption = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Measure between calipers on an ultrasound still or clip, in calibrated regions only; enter it when asked."""
    into = Into(study, participant, visit, lesion, not_found, record.Author(by, role), reason)
    refuse(into.problems(calipers))
    if calipers is None:
        return _absent(into, read_picture(file, "ultrasound"), home, file, json)
    drawn = stills.calipers(read_json(calipers))
    picture = read_picture(file, "ultrasound")
    lesions = stills.measure_ultrasound(picture, drawn)
    receipt = None
    if study:
        receipt = into.enter(home, file, "ultrasound", into.named(stills.ultrasound_values(picture, lesions)))
    if dicom is not None:
        stills.store_ultrasound(picture, drawn, lesions, dicom, at=record.now())
    return _tell(stills.ultrasound_text(lesions), stills.ultrasound_json(picture, lesions), receipt, json)
