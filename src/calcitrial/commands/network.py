"""The commands that bring pictures in, without the person, and send them on: take, receive, fetch, send."""

import re
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer
from rich.console import Console

from calcitrial import dicom, intake, protocol, verbs
from calcitrial.commands.console import HOME, HomeOption, JsonOption, app, open_home, progress, say

RECTANGLE = re.compile(r"\d{1,5}(,\d{1,5}){3}")
KeepOption = Annotated[
    list[str] | None,
    typer.Option(help="x0,y0,x1,y1: pixels that stay visible in pictures with burnt-in text; may be repeated."),
]


@app.command()
def take(
    source: Annotated[Path, typer.Argument(help="A folder or a ZIP of DICOM files.")],
    study: str,
    participant: str,
    visit: str,
    keep: KeepOption = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Take pictures of a visit into the home: de-identified, checked, each series completely or not at all."""
    open_home(home)
    into, rules = verbs.place_of_pictures(home, study, participant, visit, rectangles(keep or []))
    with progress("taking") as step:
        taken = verbs.take(source, into, rules, step)
    _tell(taken, json)


@app.command()
def receive(
    study: str,
    participant: str,
    visit: str,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")] = 11112,
    host: Annotated[str, typer.Option(help="Address to listen at; 127.0.0.1 hears this machine only.")] = "127.0.0.1",
    title: Annotated[str, typer.Option(help="Own AE title, which the sender must name.")] = "CALCITRIAL",
    caller: Annotated[list[str] | None, typer.Option(help="AE title that may send; any when left out.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop after the first sender.")] = False,
    keep: KeepOption = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Receive pictures of a visit from a scanner or PACS (C-STORE) and take them, until interrupted."""
    open_home(home)
    into, rules = verbs.place_of_pictures(home, study, participant, visit, rectangles(keep or []))
    results: list[intake.Taken] = []
    came = Event()

    def told(taken: intake.Taken) -> None:
        Console(stderr=True, highlight=False).print(taken_text(taken))
        results.append(taken)
        came.set()

    door = intake.Door(host, port, title, tuple(caller or ()))
    with intake.receiving(door, into, rules, told) as (address, number):
        Console(stderr=True, highlight=False).print(f"{title} listens at {address}:{number}. Ctrl-C ends.")
        _wait(came, once=once)
    _tell(together(results), json)


@app.command()
def fetch(
    url: Annotated[str, typer.Argument(help="A DICOMweb address, such as http://127.0.0.1:8042/dicom-web.")],
    study: str,
    participant: str,
    visit: str,
    study_uid: Annotated[str, typer.Option(help="Study Instance UID in the other system.")],
    series_uid: Annotated[str, typer.Option(help="Series Instance UID; all series of the study when left out.")] = "",
    keep: KeepOption = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Fetch pictures of a visit from a DICOMweb server (WADO) and take them."""
    open_home(home)
    into, rules = verbs.place_of_pictures(home, study, participant, visit, rectangles(keep or []))
    with progress("fetching") as step:
        taken = verbs.fetch(url, (study_uid, series_uid), into, rules, step)
    _tell(taken, json)


@app.command()
def send(
    folder: Annotated[Path, typer.Argument(help="A folder of DICOM files, subfolders included.")],
    to: Annotated[str, typer.Option(help="host:port/AETITLE of a system that stores (C-STORE).")] = "",
    web: Annotated[str, typer.Option(help="A DICOMweb address that stores (STOW).")] = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Send DICOM files to another system, by C-STORE or by DICOMweb."""
    if bool(to) == bool(web):
        problem = protocol.Problem("send", "Nothing or two things say where to.", "Give either --to or --web.")
        protocol.refuse([problem])
    files = intake.files_of(folder)
    with progress("sending") as step:
        sent = intake.send(files, intake.peer(to), step) if to else intake.store(files, web, step)
    content = {"sent": sent.count, "refusals": list(sent.refusals)}
    say(f"{sent.count} of {len(files)} files were stored at {to or web}.", json, content)
    if sent.refusals:
        raise dicom.SeriesError(list(sent.refusals))


def rectangles(texts: list[str]) -> tuple[tuple[int, int, int, int], ...]:
    """Return the rectangles that texts such as 0,60,639,479 name; RefusedError with all that are none."""
    bad = [text for text in texts if not RECTANGLE.fullmatch(text)]
    protocol.refuse([protocol.Problem("--keep", f"{one!r} is no rectangle.", "Write x0,y0,x1,y1.") for one in bad])
    edges = [tuple(map(int, text.split(","))) for text in texts]
    return tuple((x0, y0, x1, y1) for x0, y0, x1, y1 in edges)


def together(results: list[intake.Taken]) -> intake.Taken:
    """Return what several senders brought as one."""
    passed: dict[str, int] = {}
    for one in results:
        passed |= {kind: passed.get(kind, 0) + count for kind, count in one.passed_over.items()}
    latest = {series.folder: series for one in results for series in one.series}
    return intake.Taken(tuple(latest.values()), tuple(r for one in results for r in one.refusals), passed)


def taken_text(taken: intake.Taken) -> str:
    """Return what was taken, one line for each series, and what was passed over."""
    lines = [f"{one.modality}: {one.count} files, {one.new} of them new, in {one.folder}" for one in taken.series]
    lines += [f"Passed over: {count} x {kind}." for kind, count in taken.passed_over.items()]
    return "\n".join(lines) or "Nothing was taken."


def taken_json(taken: intake.Taken) -> dict[str, Any]:
    """Return the same for machines."""
    series = [{**vars(one), "folder": str(one.folder)} for one in taken.series]
    return {"series": series, "refusals": list(taken.refusals), "passed_over": taken.passed_over}


def _tell(taken: intake.Taken, json: str) -> None:
    say(taken_text(taken), json, taken_json(taken))
    if taken.refusals:
        raise dicom.SeriesError(list(taken.refusals))


def _wait(came: Event, *, once: bool) -> None:
    """Wait for the first sender, or until interrupted; in steps, so that Ctrl-C is heard on every system."""
    try:
        while not (came.wait(0.2) and once):
            pass
    except KeyboardInterrupt:
        return
