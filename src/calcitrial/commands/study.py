"""The commands of a study: its protocol, what is entered, cut and verified, analysis, report, the demo, the pages."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from calcitrial import (
    analysis,
    demonstration,
    protocol,
    record,
    reporting,
    verbs,
    web,
)
from calcitrial.commands.console import (
    HOME,
    AtOption,
    ControlOption,
    HomeOption,
    JsonOption,
    PortOption,
    app,
    database,
    moment,
    open_home,
    read_json,
    say,
)
from calcitrial.version import __version__
from calcitrial.whole_file import write_whole


@app.command()
def show(name: str, control: ControlOption = "", home: HomeOption = HOME, json: JsonOption = "") -> None:
    """Print a protocol as a page a physician can read, gaps included."""
    definition = protocol.load(name, control)
    say(protocol.show(definition), json, protocol.describe(definition))


@app.command()
def lacks(study: str, home: HomeOption = HOME, json: JsonOption = "") -> None:
    """Say what the program asks today and the definition that an open study runs under does not."""
    open_home(home)
    found = protocol.lacking(record.protocol_of(study))
    none = f"{study} asks everything that the program asks today."
    say("\n".join(found) or none, json, {"study": study, "lacks": list(found)})


@app.command(name="open")
def open_(study: str, control: ControlOption = "", home: HomeOption = HOME, json: JsonOption = "") -> None:
    """Open a study in this home under a shipped protocol or a protocol file."""
    definition = protocol.load(study, control)
    open_home(home, create=True)
    verbs.open_study(definition)
    content = {"study": definition.id, "definition": definition.digest}
    say(f"Study {definition.id} is open in {home} under definition {definition.digest[:12]}.", json, content)


@app.command()
def enter(
    study: str,
    file: Annotated[Path, typer.Argument(help="JSON: one form or a list; participant, form, visit, … , values.")],
    by: Annotated[str, typer.Option(help="Who enters.")],
    role: Annotated[str, typer.Option(help="In which role.")] = "data entry",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Enter forms from a JSON file as one submission: all of them, or none and every problem."""
    drafts = verbs.drafts(read_json(file))
    open_home(home)
    receipt = verbs.enter(study, drafts, record.Author(by, role))
    say(f"Submission {receipt.sequence}: {len(receipt.entries)} entries.", json, vars(receipt))


@app.command()
def cut(
    study: str,
    at: AtOption = "",
    final: Annotated[bool, typer.Option("--final", help="Refused unless locked and endorsed by every site.")] = False,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Cut what is known: submission, head of the chain, digest, and the number of lines of each table."""
    open_home(home)
    signed = verbs.endorsed(study) if final else {}
    manifest = verbs.cut(study, moment(at)).manifest() | signed
    tables: Any = manifest["tables"]
    lines = [f"{name:>16}  {manifest[name]}" for name in ("study", "sequence", "head", "definition", "digest")]
    lines += [f"{'tables':>16}  " + ", ".join(f"{name} {rows}" for name, rows in tables.items() if rows)]
    say("\n".join(lines), json, manifest)


@app.command()
def verify(
    study: Annotated[str, typer.Argument(help="A study; all of this home when left out.")] = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Replay the record and say whether everything still is what was entered."""
    open_home(home)
    results = [verbs.verify(name) for name in ([study] if study else record.studies())]
    lines = [
        f"{r.study}: {r.submissions} submissions, {r.entries} entries, "
        + (f"verified. Head {r.head}." if r.ok else f"ALTERED. {r.fault}")
        for r in results
    ]
    content = [{**vars(r), "ok": r.ok} for r in results]
    say("\n".join(lines) or "No study is open in this home.", json, content)
    if not all(r.ok for r in results):
        faults = [protocol.Problem(r.study, r.fault, "Compare with the last backup.") for r in results if not r.ok]
        raise protocol.RefusedError(faults)


@app.command()
def analyse(
    study: Annotated[str, typer.Argument(help="A study of this home; or use --csv and --formula.")] = "",
    at: AtOption = "",
    endpoint: Annotated[str, typer.Option(help="Endpoint of the protocol; the primary when left out.")] = "",
    csv: Annotated[Path | None, typer.Option(help="Analyse this table instead of a study.")] = None,
    formula: Annotated[str, typer.Option(help="Model, as in lme4: y ~ arm*visit + (1|participant).")] = "",
    method: Annotated[str, typer.Option(help="kr, kr-linear or satterthwaite; kr when left out, but for --ml.")] = "",
    ml: Annotated[bool, typer.Option("--ml", help="Maximum likelihood instead of REML.")] = False,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Fit the model of an endpoint, or of a plain CSV, with Kenward-Roger degrees of freedom."""
    if csv is not None:
        fit = analysis.fit(analysis.read_csv(csv), formula, method=analysis.method_named(method, ml), reml=not ml)
        say(analysis.fit_text(fit), json, fit.to_json())
        return
    if not study:
        protocol.refuse([protocol.Problem("analyse", "Nothing to analyse.", "Name a study, or --csv and --formula.")])
    open_home(home)
    result = verbs.analyse(verbs.cut(study, moment(at)), endpoint)
    say(analysis.analysis_text(result), json, analysis.analysis_json(result))


@app.command()
def report(
    study: str,
    out: Annotated[Path | None, typer.Option(help="Folder for the report; HOME/reports/STUDY when left out.")] = None,
    at: AtOption = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Write the report of a study as HTML, PDF/A and Word, with its data as tidy tables beside it."""
    open_home(home)
    written = verbs.report(verbs.cut(study, moment(at)), out or home / "reports" / study)
    content = {name: str(path) for name, path in vars(written).items()}
    say("\n".join(f"{name:>8}  {path}" for name, path in content.items()), json, content)


@app.command()
def board(
    study: str,
    out: Annotated[Path, typer.Option(help="Folder for the package.")],
    at: AtOption = "",
    only_open: Annotated[bool, typer.Option("--only-open", help="Leave the closed part, by arm, out.")] = False,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Write the safety board's package of a study: an open part without any arm, and a closed part by arm."""
    open_home(home)
    written = verbs.board(verbs.cut(study, moment(at)), out, closed=not only_open)
    content = {name: str(path) for name, path in vars(written).items() if path}
    say("\n".join(f"{name:>11}  {path}" for name, path in content.items()), json, content)


def the_study(name: str) -> str:
    """Return the study that is named, or the only one that is open here; RefusedError otherwise."""
    known = record.studies()
    if not name and len(known) != 1:
        told = ", ".join(known) or "none"
        protocol.refuse([protocol.Problem("study", "No study is named.", f"Name one; open here: {told}.")])
    return name or known[0]


@app.command()
def why(
    study: Annotated[str, typer.Argument(help="A study; the only one of this home when left out.")] = "",
    what: Annotated[
        str, typer.Argument(help="primary, an endpoint, a participant, a lesion, an entry number, a figure's name.")
    ] = "",
    figures: Annotated[bool, typer.Option("--figures", help="List the figures of the report.")] = False,
    at: AtOption = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Walk from a number in the report back to the entries, people and images behind it."""
    open_home(home)
    known = verbs.cut(the_study(study), moment(at))
    if figures:
        found = reporting.figures_of(known)
        listed = {key: cell.text for key, cell in found.items() if not what or f"{key}.".startswith(f"{what}.")}
        say("\n".join(f"{key}  {text}" for key, text in listed.items()) or "There is none.", json, listed)
        return
    trace = verbs.why(known, what or "primary")
    say(reporting.why_text(trace), json, trace.to_json())


@app.command()
def export(
    study: str,
    standard: Annotated[str, typer.Argument(help="who-trds (registry items, CSV) or dataset-json (adverse events).")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Write a study in a standard form: the WHO registration items of its protocol, or its adverse events."""
    if standard != "who-trds" or study not in protocol.SHIPPED:
        open_home(home)
    write_whole(out, verbs.export(study, standard))
    say(f"{out}: {study} as {standard}.", json, {"study": study, "standard": standard, "file": str(out)})


@app.command()
def demo(
    participants: Annotated[int, typer.Option(min=1, max=500, help="Simulated participants per trial.")] = 12,
    seed: Annotated[int, typer.Option(help="The same seed gives the same cut digest.")] = 1,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Show the pages afterwards.")] = True,
    port: PortOption = 8000,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Run both trials with simulated participants, from protocol to report, and show the pages."""
    console = Console(stderr=json == "-")
    result = demonstration.run(home, participants, seed, console, database())
    say(result.text(), json, result.to_json())
    if serve:
        web.serve(home, port, address=database())


@app.command()
def serve(
    port: PortOption = 8000,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Serve the pages of this home at 127.0.0.1 until interrupted; sign in with an account of the home."""
    web.serve(home, port, address=database())


@app.command()
def version(home: HomeOption = HOME, json: JsonOption = "") -> None:
    """Print the version."""
    say(__version__, json, {"version": __version__})
