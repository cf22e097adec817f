"""The commands of what is told in public: the evidence base, and the check of protocols and pages."""

from pathlib import Path
from typing import Annotated

import typer

from calcitrial import evidence, protocol, synthesis
from calcitrial.console import HOME, HomeOption, JsonOption, app, say, write_json
from calcitrial.whole_file import write_whole


@app.command(name="evidence")
def evidence_(
    route: Annotated[str, typer.Argument(help="Such as intralesional or topical; all routes when left out.")] = "",
    outcome: Annotated[str, typer.Argument(help="response, adverse_event, serious_adverse_event, recurrence.")] = "",
    add: Annotated[Path | None, typer.Option(help="Add this report (TOML) to the base of the home.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the forest plot and the flow of reports (SVG).")] = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Print what may be said of a route and an outcome from the reports that were read, and what may not."""
    if add is not None:
        added = evidence.add_report(add, home)
        say(f"{added.id} is in the base of {home}.", json, {"added": added.id})
        return
    base = evidence.studies(home)
    if not route:
        say("Routes: " + "; ".join(evidence.routes(base)), json, {"routes": evidence.routes(base)})
        return
    found = synthesis.synthesise(route, outcome or "response", base)
    flow = synthesis.report_flow(found, base)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        pictures = {"forest.svg": synthesis.forest_picture(found), "flow.svg": synthesis.flow_picture(flow)}
        for name, picture in pictures.items():
            if picture:
                write_whole(out / name, picture.encode())
    say(synthesis.synthesis_text(found, flow), json, synthesis.synthesis_json(found, flow))


@app.command()
def check(file: str, home: HomeOption = HOME, json: JsonOption = "") -> None:
    """Check a protocol file and report all its problems at once."""
    try:
        definition = protocol.load(file)
    except protocol.RefusedError as error:
        if json:
            write_json(json, {"ok": False, "problems": [vars(problem) for problem in error.problems]})
        raise
    text = f"{file}: no problem found. Definition {definition.digest}."
    say(text, json, {"ok": True, "problems": [], "definition": definition.digest})
