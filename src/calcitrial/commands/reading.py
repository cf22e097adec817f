"""The commands of the reading room: plan, release, worklist, what the readers arrived at, and how well they agree."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from calcitrial import protocol, reading, record, verbs
from calcitrial.commands.console import (
    HOME,
    AtOption,
    HomeOption,
    JsonOption,
    app,
    moment,
    open_home,
    say,
)
from calcitrial.whole_file import write_whole

room = typer.Typer(help="Blinded reads: plan, release, worklist, references, agreement.", no_args_is_help=True)
app.add_typer(room, name="reading")
ByOption = Annotated[str, typer.Option(help="Who decides; not one of the readers.")]
RoleOption = Annotated[str, typer.Option(help="In which role.")]
QuantityOption = Annotated[str, typer.Option(help="Such as mass, volume_pv, volume_threshold, area, length.")]
KindOption = Annotated[str, typer.Option(help="ct, film or ultrasound; needed when several have the quantity.")]
PictureOption = Annotated[Path | None, typer.Option(help="Write a Bland-Altman picture (SVG) of the first pair.")]


@room.command()
def plan(
    study: str,
    reader: Annotated[list[str], typer.Option(help="Code of a reader; give the option twice.")],
    by: ByOption,
    third: Annotated[str, typer.Option(help="Code of the reader who reads where the two differ.")] = "",
    seed: Annotated[int | None, typer.Option(help="Of the order; drawn when left out.")] = None,
    repeat: Annotated[float, typer.Option(help="Share of cases that each reader gets twice, 0 to 0.5.")] = 0.2,
    limit: Annotated[
        float, typer.Option(help="Percent by which the larger of two readings may exceed the other.")
    ] = 25,
    role: RoleOption = "data manager",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Enter the plan of the blinded reads and release every case that is there; once, before the first read."""
    open_home(home)
    drawn = secrets.randbelow(2**31) if seed is None else seed
    chosen = reading.Plan(tuple(reader), third, drawn, repeat, limit)
    receipt = reading.open_reading(study, chosen, record.Author(by, role))
    _released(study, chosen.readers, receipt, json)


@room.command()
def release(
    study: str, by: ByOption, role: RoleOption = "data manager", home: HomeOption = HOME, json: JsonOption = ""
) -> None:
    """Release the cases that came since the last batch, behind all earlier ones, shuffled among themselves."""
    open_home(home)
    receipt = reading.release(study, record.Author(by, role))
    planned = reading.plan_of(study)
    _released(study, planned.readers if planned else (), receipt, json)


def _released(study: str, readers: tuple[str, ...], receipt: record.Receipt, json: str) -> None:
    tasks = {name: len(reading.worklist(study, name)) for name in readers}
    told = ", ".join(f"{name} {count} tasks" for name, count in tasks.items())
    content = {"submission": receipt.sequence, "tasks": tasks}
    say(f"Submission {receipt.sequence}. Lists now: {told}, hidden repeats among them.", json, content)


@room.command()
def worklist(study: str, reader: str, home: HomeOption = HOME, json: JsonOption = "") -> None:
    """Print a reader's list in the reader's own order; it tells neither whose images they are nor when taken."""
    open_home(home)
    tasks = reading.worklist(study, reader)
    done = sum(1 for task in tasks if task.state == "read")
    lines = [f"{reader}: {len(tasks)} tasks, {done} read"]
    lines += [f"{t.number:>5}  {t.id}  {t.kind:<10}  {t.state:<8}  {len(t.lesions)} lesions" for t in tasks]
    content = [{**vars(t), "lesions": [vars(asked) for asked in t.lesions]} for t in tasks]
    say("\n".join(lines), json, content)


@room.command()
def references(
    study: str, quantity: QuantityOption = "mass", at: AtOption = "", home: HomeOption = HOME, json: JsonOption = ""
) -> None:
    """Print the value that stands for every lesion image read by both readers, and by which rule; not for readers."""
    open_home(home)
    found = reading.references(verbs.cut(study, moment(at)), quantity)
    lines = [f"{' '.join(one.image):<32}  {_found(one):<24}  {one.rule}" for one in found]
    content = [
        {"image": list(one.image), "outcome": one.outcome, "value": one.value, "rule": one.rule} for one in found
    ]
    say("\n".join(lines) or "No lesion was read by both readers yet.", json, content)


def _found(one: reading.Reference) -> str:
    return (one.outcome or "") + ("" if one.value is None else f" {one.value:.4g}")


@room.command(name="agreement")
def agreement_of_study(
    study: str,
    quantity: QuantityOption = "mass",
    kind: KindOption = "",
    at: AtOption = "",
    picture: PictureOption = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Print how well the two readers agree: ICC, variances, smallest detectable change, Bland-Altman, repeats."""
    open_home(home)
    _agreement(reading.agreement(verbs.cut(study, moment(at)), quantity, kind), picture, json)


@app.command()
def agreement(
    csv: Annotated[Path, typer.Option(help="Columns lesion, reader, value; perhaps participant, repeat, outcome.")],
    column: Annotated[list[str] | None, typer.Option(help="What a column is called, such as lesion=lesid.")] = None,
    log: Annotated[bool, typer.Option("--log", help="The values are natural logarithms already.")] = False,
    unit: Annotated[str, typer.Option(help="Unit of the sizes.")] = "",
    picture: PictureOption = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Print the agreement of readers over a plain CSV: the same numbers as for a study."""
    names = dict(_renamed(one) for one in column or [])
    lines = reading.read_lines(csv, names=names, logarithms=log)
    readers = sorted({line.reader for line in lines})
    quantity = names.get("value", "value")
    _agreement(reading.agreement_of(lines, readers, quantity=quantity, unit=unit, source=csv.name), picture, json)


def _renamed(text: str) -> tuple[str, str]:
    name, sign, called = text.partition("=")
    if not sign or name not in reading.COLUMNS:
        known = ", ".join(reading.COLUMNS)
        problem = protocol.Problem("--column", f"{text!r} names no column.", f"Write NAME=CALLED; names: {known}.")
        raise protocol.RefusedError([problem])
    return name, called


def _agreement(found: reading.Agreement, picture: Path | None, json: str) -> None:
    if picture is not None:
        write_whole(picture, reading.bland_altman_svg(found, found.pairs[0]).encode())
    say(reading.agreement_text(found), json, reading.agreement_json(found))
