"""The commands of what is told in public: the evidence base, and the check of protocols and pages."""

from pathlib import Path
from typing import Annotated

import typer

from calcitrial import claims, evidence, leaflet, protocol, public, record, synthesis
from calcitrial.commands.console import HOME, HomeOption, JsonOption, app, database, open_home, say, write_json
from calcitrial.whole_file import write_whole

HTML = (".html", ".htm")
PAGES = (*HTML, ".txt")
MOST_BYTES = 2_000_000


@app.command(name="evidence")
def evidence_(
    route: Annotated[str, typer.Argument(help="Such as intralesional or topical; all routes when left out.")] = "",
    outcome: Annotated[str, typer.Argument(help="response, adverse_event, serious_adverse_event, recurrence.")] = "",
    route_: Annotated[str, typer.Option("--route", help="The route, as the first argument.")] = "",
    outcome_: Annotated[str, typer.Option("--outcome", help="The outcome, as the second argument.")] = "",
    population: Annotated[str, typer.Option(help=f"Only people with: {', '.join(evidence.CONDITIONS)}.")] = "",
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
    route, outcome = route_ or route, outcome_ or outcome
    if population:
        base = evidence.by_population(population, base)
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
def check(
    file: Annotated[str, typer.Argument(help="A protocol (name or TOML file), or a public page (HTML or text).")],
    study: Annotated[str, typer.Option(help="The study that a page is about, where the page does not say so.")] = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Check a protocol and the public pages made from it, or any public page, and report all problems at once."""
    base = evidence.studies(home)
    try:
        if Path(file).suffix in PAGES:
            text = _checked_page(Path(file), study, home, base)
            content: dict[str, object] = {}
        else:
            definition = protocol.load(file)
            protocol.refuse(leaflet.checked(definition, base))
            text = f"{file}: no problem found, nor in its public pages. Definition {definition.digest}."
            content = {"definition": definition.digest}
    except protocol.RefusedError as error:
        if json:
            write_json(json, {"ok": False, "problems": [vars(problem) for problem in error.problems]})
        raise
    say(text, json, {"ok": True, "problems": [], **content})


@app.command()
def publish(
    study: Annotated[str, typer.Argument(help="A study of this home, a shipped protocol or a protocol file.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for the pages; any web host can serve it.")] = None,
    check_: Annotated[
        Path | None, typer.Option("--check", help="Say which pages of this folder are not what is known now.")
    ] = None,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Write the public pages of a trial (en, fr, each whole and in easy words), once the claim check passes."""
    if check_ is not None:
        _check_export(check_, study, home, json)
        return
    if not study or out is None:
        protocol.refuse([protocol.Problem("publish", "No study or no folder is named.", "publish STUDY --out FOLDER")])
    base, definition = evidence.studies(home), _definition(study, home)
    written = leaflet.publish(definition, base, out or Path(), public.fit_files(definition, base))
    scores = {name: score.told for name, score in written.readability.items()}
    lines = [f"{name:>14}  {size:>6} bytes  {scores.get(name, '')}".rstrip() for name, size in written.files.items()]
    say("\n".join([f"{written.folder}:", *lines]), json, {"files": written.files, "readability": scores})


def _check_export(folder: Path, study: str, home: Path, json: str) -> None:
    """Say which pages of an export are stale; RefusedError with a problem for each, so that a script can act on it."""
    base, definition = evidence.studies(home), _definition(study or leaflet.study_in(folder), home)
    found = leaflet.stale(definition, base, folder, public.fit_files(definition, base))
    if json:
        write_json(json, {"ok": not found, "problems": [vars(problem) for problem in found]})
    protocol.refuse(found)
    say(f"{folder}: every page is what would be written now.", "", {})


def _definition(study: str, home: Path) -> protocol.Protocol:
    """Return the definition that a study of the home runs under, else the protocol of this name or file."""
    if (home / record.SQLITE_FILE).is_file() or database():
        open_home(home)
        if study in record.studies():
            return record.protocol_of(study)
    return protocol.load(study)


def _checked_page(path: Path, study: str, home: Path, base: tuple[evidence.Study, ...]) -> str:
    """Return that a page has no defect; RefusedError with every defect, or when no study is named."""
    try:
        if path.stat().st_size > MOST_BYTES:
            what = f"The page has {path.stat().st_size} bytes."
            protocol.refuse([protocol.Problem(path.name, what, f"A page has {MOST_BYTES} at most.")])
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise protocol.RefusedError([protocol.Problem(str(path), f"{error}.", "Name a page in UTF-8.")]) from None
    marked = claims.page_in(text) if path.suffix in HTML else None
    about = study or (marked.study if marked else "")
    if not about:
        protocol.refuse([protocol.Problem(path.name, "The page does not say which study it is about.", "Add --study.")])
    definition = _definition(about, home)
    if marked is not None:
        texts = leaflet.texts_in(marked.language)
        ground = claims.Ground(definition, base, texts.house)
        titles = {**texts.parts, **texts.fit, "sources": texts.page["sources"]}
        found = [*claims.check_page(marked, ground), *claims.check_frame(text, ground, titles)]
    else:
        words = claims.words_of(text) if path.suffix in HTML else text
        found = claims.check_text(words, claims.Ground(definition, base), record.now().date())
    protocol.refuse([claims.problem_of(defect, path.name) for defect in found])
    return f"{path}: every sentence is supported." if marked else f"{path}: no defect that its words alone show."
